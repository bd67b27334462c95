"""A headless Chromium, driven over the DevTools protocol with nothing but aiohttp.

Conditions are waited for inside the page: a promise that settles when the document has changed
enough, so nothing here sleeps. What the console complains of is kept in `Browser.complaints`.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--mute-audio",
    "--remote-debugging-port=0",
)

# Looks again after every change of the document, and now and then for what changes without one
# (a value that was typed, an image that has loaded).
WAIT = """
new Promise((resolve, reject) => {
  const look = () => { try { return (%(expression)s); } catch (error) { return false; } };
  const end = () => { watch.disconnect(); clearInterval(again); clearTimeout(late); };
  const check = () => { const value = look(); if (value) { end(); resolve(value); } };
  const watch = new MutationObserver(check);
  const again = setInterval(check, 50);
  const late = setTimeout(() => {
    end();
    reject(new Error("waited %(seconds)s s for: " + %(quoted)s));
  }, %(ms)d);
  watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  check();
})
"""

# Where to click, once the same place was found before and after a frame was drawn: what the page
# does to its layout on the way to the screen has then been done.
SPOT = """(() => {
  const node = %(find)s;
  if (!node || node.disabled) return false;
  node.scrollIntoView({block: "nearest", inline: "nearest"});
  const box = node.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  if (!top || !(node.contains(top) || top.contains(node))) return false;
  const seen = window.spot;
  if (seen?.click === %(click)d && seen.node === node && seen.x === x && seen.y === y)
    return seen.drawn && [x, y];
  const spot = window.spot = {click: %(click)d, node, x, y, drawn: false};
  requestAnimationFrame(() => setTimeout(() => { spot.drawn = true; }));
  return false;
})()"""


# The part of the viewport that the newest messages fill, with a little air.
NEWEST = """(() => {
  const seen = [...document.querySelectorAll("#messages .message")].slice(-%(n)d);
  seen.at(-1).scrollIntoView({block: "end"});
  const boxes = seen.map((message) => message.getBoundingClientRect());
  const air = 8, top = Math.max(0, boxes[0].top - air);
  const bottom = Math.min(innerHeight, boxes.at(-1).bottom + air);
  return {x: boxes[0].left, y: top, width: boxes[0].width, height: bottom - top};
})()"""


class BrowserError(AssertionError):
    """The page raised, or did not come to what was waited for."""


def chromium() -> str:
    """The browser's path; skips the test where there is none, except under CI, where it must be."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    reason = f"no browser found (looked for {', '.join(NAMES)})"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True)
class Spot:
    """The middle of something in the viewport, in CSS pixels."""

    x: float
    y: float


class Browser:
    """One page. Use `async with Browser.start(folder) as page`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self.complaints: list[str] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls, profile: Path, *, width: int = 1280, height: int = 800, scale: float = 1
    ) -> AsyncIterator[Self]:
        """`profile` is a folder of its own; the browser is gone when the block ends."""
        process = await asyncio.create_subprocess_exec(
            chromium(),
            *FLAGS,
            f"--user-data-dir={profile}",
            "about:blank",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        drain: asyncio.Task[bytes] | None = None
        try:
            base = await _devtools(process)
            assert process.stderr is not None
            drain = asyncio.create_task(process.stderr.read(), name="chromium's log")
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"{base}/json/list") as response,
            ):
                target = next(t for t in await response.json() if t["type"] == "page")
                url = target["webSocketDebuggerUrl"]
                async with (
                    http.ws_connect(url, max_msg_size=64 << 20) as socket,
                    cls(socket) as page,
                ):
                    await page.size(width, height, scale)
                    yield page
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            if drain is not None:
                await drain

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read(), name="devtools")
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._reader is not None
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One DevTools command and its result."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        result: dict[str, Any] = await answer
        return result

    async def _read(self) -> None:
        async for frame in self._socket:
            said = json.loads(frame.data)
            if "id" in said:
                answer = self._waiting.pop(said["id"])
                if answer.done():
                    continue
                if "error" in said:
                    answer.set_exception(BrowserError(said["error"]["message"]))
                else:
                    answer.set_result(said["result"])
            else:
                self._note(said["method"], said["params"])
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(BrowserError("the browser is gone"))

    def _note(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                what = details.get("exception", {}).get("description") or details["text"]
                self.complaints.append(f"exception: {what}")
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                words = " ".join(str(a.get("value", a.get("description"))) for a in params["args"])
                self.complaints.append(f"{params['type']}: {words}")
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                entry = params["entry"]
                self.complaints.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")

    async def size(self, width: int, height: int, scale: float = 1, *, touch: bool = False) -> None:
        """The viewport in CSS pixels; `touch` makes it a phone, without hovering."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=touch,
        )
        await self.call("Emulation.setTouchEmulationEnabled", enabled=touch)

    async def open(self, url: str) -> None:
        """Goes there and waits for the page's load event, if it is not the same page."""
        self._loaded.clear()
        answer = await self.call("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"{url}: {answer['errorText']}")
        if "loaderId" in answer:
            await self._loaded.wait()

    async def js(self, expression: str) -> Any:
        """The value of an expression; a promise is awaited."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    async def until(self, expression: str, *, seconds: float = 15) -> Any:
        """Waits until the expression is truthy, and gives its value."""
        wait = WAIT % {
            "expression": expression,
            "quoted": json.dumps(expression),
            "seconds": seconds,
            "ms": seconds * 1000,
        }
        return await self.js(wait)

    async def see(self, selector: str, text: str = "", *, seconds: float = 15) -> None:
        """Waits until something visible matches, holding the text anywhere inside."""
        await self.until(f"{_find(selector, text)}", seconds=seconds)

    async def text(self, selector: str) -> str:
        """What is written in the first match."""
        return str(await self.js(f"document.querySelector({json.dumps(selector)}).innerText"))

    async def click(self, selector: str, text: str = "", *, button: str = "left") -> None:
        """A real click in the middle of what matches, once it is there, still, and not covered."""
        spot = await self._spot(selector, text)
        common = {"x": spot.x, "y": spot.y, "button": button, "clickCount": 1}
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", x=spot.x, y=spot.y)
        await self.call("Input.dispatchMouseEvent", type="mousePressed", **common)
        await self.call("Input.dispatchMouseEvent", type="mouseReleased", **common)

    async def _spot(self, selector: str, text: str) -> Spot:
        sought = SPOT % {"find": _find(selector, text), "click": next(self._numbers)}
        found = await self.until(sought)
        return Spot(*found)

    async def type(self, text: str) -> None:
        """Into whatever has the focus."""
        await self.call("Input.insertText", text=text)

    async def press(self, key: str) -> None:
        """One key by its DevTools name: Enter, Tab, Escape, ArrowDown, …"""
        code = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}[key]
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        words = {"text": "\r"} if key == "Enter" else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **common, **words)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def clear(self) -> None:
        """Empties the field that has the focus."""
        await self.js("document.activeElement.select()")
        await self.call("Input.insertText", text="")

    async def screenshot(self, path: Path, *, newest: int = 0) -> None:
        """A PNG of the viewport, or of no more of it than the newest so many messages."""
        clip: dict[str, Any] = {}
        if newest:
            clip = {"clip": {**await self.js(NEWEST % {"n": newest}), "scale": 1}}
        answer = await self.call("Page.captureScreenshot", format="png", **clip)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(answer["data"]))


def _find(selector: str, text: str) -> str:
    """JavaScript for the last visible match, for the newest message stands last."""
    return (
        f"[...document.querySelectorAll({json.dumps(selector)})]"
        f".filter((n) => n.getClientRects().length && n.textContent.includes({json.dumps(text)}))"
        ".at(-1)"
    )


async def _devtools(process: asyncio.subprocess.Process) -> str:
    """The address that the browser announces on standard error."""
    assert process.stderr is not None
    said = []
    async with asyncio.timeout(30):
        async for raw in process.stderr:
            line = raw.decode(errors="replace").strip()
            said.append(line)
            if line.startswith("DevTools listening on ws://"):
                return "http://" + line.split("ws://", 1)[1].split("/", 1)[0]
    raise BrowserError("Chromium did not start:\n" + "\n".join(said[-10:]))
