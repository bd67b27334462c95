"""The sandbox's servers as processes of their own, and the people who use them.

They are the same for the bot and for the bare script beside it, and run on another core than both.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp

Json: TypeAlias = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def server(kind: str) -> AsyncIterator[Json]:
    """`swarmbot sandbox KIND`; gives the line that it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "sandbox", kind, "--json"),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


class Street:
    """One sandbox Discord as its people see it. `seen` has (time, event), oldest first.

    Times are seconds since 1970 and the server's own: nobody's busy loop delays them.
    """

    def __init__(self, place: Json, http: aiohttp.ClientSession) -> None:
        self.place, self._http = place, http
        self._events: asyncio.Queue[Json] = asyncio.Queue()
        self.world: Json = {}

    async def act(self, who: str, do: str, **fields: Any) -> Json:
        """Do something as a person."""
        return await self._ask("POST", "act", json={"as": who, "do": do, **fields})

    async def imagine(self, who: str, channel: str, **options: Any) -> float:
        """/imagine; returns when it was typed."""
        began = time.time()
        asked = {"channel": channel, "name": "imagine", "options": options}
        await self.act(who, "command", **asked)
        return began

    async def until_picture(self) -> float:
        """The time at which the next finished picture stood in a channel."""
        while True:
            event = await self._events.get()
            message = event.get("message")
            if event["kind"] in ("message", "edit") and isinstance(message, dict):
                names = [file["filename"] for file in message["attachments"]]
                if any(name.endswith(".png") for name in names):
                    return float(event["t"])

    async def until_card(self) -> None:
        """The next answer of the bot."""
        while True:
            event = await self._events.get()
            if event["kind"] == "message" and event["message"]["author"].get("bot"):
                return

    async def until_commands(self) -> None:
        """Wait until the bot has registered what people can use."""
        while not self.world.get("commands"):
            await asyncio.sleep(0.05)
            self.world = await self._ask("GET", "world")

    def channel(self, name: str) -> str:
        """A channel's id."""
        channels = self.world["guilds"][0]["channels"]
        return str(next(one["id"] for one in channels if one["name"] == name))

    async def report(self) -> Json:
        return await self._ask("GET", "report")

    async def _ask(self, method: str, door: str, **more: Any) -> Json:
        url = f"{self.place['base']}/sandbox/{door}"
        async with self._http.request(method, url, **more) as answer:
            body: Json = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{door}: {answer.status} {body}")
            return body

    async def listen(self) -> None:
        """Hear everything, for ever."""
        url = f"{self.place['base']}/sandbox/events"
        async with self._http.ws_connect(url, params={"as": "mona"}, max_msg_size=0) as events:
            async for frame in events:
                self._events.put_nowait(json.loads(frame.data))


@asynccontextmanager
async def street(http: aiohttp.ClientSession) -> AsyncIterator[Street]:
    """A Discord of its own, and ears in it."""
    async with server("discord") as place:
        here = Street(place, http)
        here.world = await here._ask("GET", "world")
        ears = asyncio.create_task(here.listen(), name="ears")
        try:
            yield here
        finally:
            ears.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ears


class Studio:
    """One sandbox SwarmUI."""

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base, self._http = base, http

    async def script(self, **settings: Any) -> None:
        """Set how it behaves."""
        url = f"{self.base}/sandbox/script"
        async with self._http.post(url, json={"set": settings}) as answer:
            answer.raise_for_status()

    async def report(self) -> Json:
        async with self._http.get(f"{self.base}/sandbox/report") as answer:
            report: Json = await answer.json()
            return report


@asynccontextmanager
async def studio(http: aiohttp.ClientSession, **settings: Any) -> AsyncIterator[Studio]:
    """A SwarmUI that behaves like that."""
    async with server("swarmui") as place:
        here = Studio(place["base"], http)
        await here.script(**settings)
        yield here
