"""A small real discord.py bot against the sandbox Discord, with everything it was told kept."""

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord
import yarl
from discord import app_commands
from PIL import Image

from bot.sandbox.discord import SandboxDiscord


def png(colour: str = "red", size: int = 16) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(out, "PNG")
    return out.getvalue()


def point_at(server: SandboxDiscord, monkeypatch: Any) -> None:
    """The three overrides that discord.py needs, undone after the test."""
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_base)
    gateway = yarl.URL(server.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    monkeypatch.setattr(discord.Asset, "BASE", server.cdn_url)


class Bot(discord.Client):
    """`answers` are (method, path, status, JSON) in order, `events` are (name, data)."""

    def __init__(self, intents: discord.Intents | None = None, **options: Any) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._answered)
        super().__init__(
            intents=intents or discord.Intents(discord.Intents.default().value | 1 << 15),
            guild_ready_timeout=0.05,
            enable_debug_events=True,
            http_trace=trace,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.answers: list[tuple[str, str, int, Any]] = []
        self.events: list[tuple[str, Any]] = []
        self.heard = asyncio.Condition()
        self.faults: list[BaseException | None] = []
        self._running: asyncio.Task[None] | None = None

    async def _answered(self, _session: Any, _context: Any, params: Any) -> None:
        raw = await params.response.read()
        body = json.loads(raw) if params.response.content_type == "application/json" else None
        path = urlsplit(str(params.url)).path
        self.answers.append((params.method, path, params.response.status, body))

    async def on_socket_raw_receive(self, raw: str) -> None:
        payload = json.loads(raw)
        async with self.heard:
            self.events.append((payload["t"] or f"op {payload['op']}", payload["d"]))
            self.heard.notify_all()

    async def on_error(self, _event: str, /, *_: Any, **__: Any) -> None:
        self.faults.append(sys.exception())

    async def event(self, name: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first event of this name that fits, also one that came before."""

        def found() -> Any:
            return next((data for each, data in self.events if each == name and fits(data)), None)

        async with asyncio.timeout(30), self.heard:
            await self.heard.wait_for(lambda: found() is not None)
        return found()

    async def __aenter__(self) -> "Bot":
        return self

    async def begin(self, token: str) -> None:
        """Log in and wait until ready; raises what `start` raises."""
        self._running = asyncio.create_task(self.start(token))
        ready = asyncio.create_task(self._ready_soon())
        await asyncio.wait([self._running, ready], return_when=asyncio.FIRST_COMPLETED)
        if self._running.done():
            ready.cancel()
            await self._running
        await ready

    async def _ready_soon(self) -> None:
        await self.event("READY")
        await self.wait_until_ready()

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)


class Door:
    """The people's side: JSON in, (status, JSON) out."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session, self._base = session, base

    async def post(self, path: str, form: Any) -> tuple[int, Any]:
        async with self._session.post(f"{self._base}/sandbox{path}", json=form) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        async with self._session.get(f"{self._base}/sandbox{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def act(self, who: str, do: str, **fields: Any) -> Any:
        """The answer of an act that must succeed."""
        status, body = await self.post("/act", {"as": who, "do": do, **fields})
        assert status == 200, body
        return body

    async def refused(self, who: str, do: str, **fields: Any) -> str:
        """The sentence of an act that Discord's client would not let happen."""
        status, body = await self.post("/act", {"as": who, "do": do, **fields})
        assert status == 409, body
        return str(body["error"])

    async def messages(self, channel: str = "imagine", who: str = "mia") -> list[Any]:
        found: list[Any] = await self.get(f"/channels/{channel}/messages?as={who}")
        return found

    async def interaction(self, answer: Any) -> Any:
        return await self.get(f"/interactions/{answer['interaction']}")


async def until(look: Callable[[], Awaitable[Any]], server: SandboxDiscord) -> Any:
    """The first true answer of `look`, asked again after each change of the world."""
    changed = asyncio.Event()
    before = server.hub.changed

    def tell() -> None:
        before()
        changed.set()

    server.hub.changed = tell
    try:
        async with asyncio.timeout(30):
            while not (found := await look()):
                await changed.wait()
                changed.clear()
    finally:
        server.hub.changed = before
    return found


class Clock:
    """Seconds since 1970 that pass only when told."""

    def __init__(self) -> None:
        self.at = 1_790_000_000.0

    def __call__(self) -> float:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += seconds


class Api:
    """The bot's side without discord.py: method and path in, (status, JSON, headers) out."""

    def __init__(self, session: aiohttp.ClientSession, server: SandboxDiscord) -> None:
        self._session, self.server = session, server
        self.token = server.token

    async def call(
        self, method: str, path: str, body: Any = None, files: dict[str, bytes] | None = None
    ) -> tuple[int, Any, Any]:
        data: Any = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bot {self.token}"}
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body or {}), content_type="application/json")
            for index, (name, raw) in enumerate(files.items()):
                data.add_field(f"files[{index}]", io.BytesIO(raw), filename=name)
        elif data is not None:
            headers["Content-Type"] = "application/json"
        url = yarl.URL(self.server.api_base + path, encoded=True)
        async with self._session.request(method, url, data=data, headers=headers) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else None, answer.headers

    async def code(self, method: str, path: str, body: Any = None, **files: Any) -> int:
        """Discord's error code of a call that must fail."""
        status, answer, _ = await self.call(method, path, body, **files)
        assert status >= 400, answer
        return int(answer["code"])

    async def good(self, method: str, path: str, body: Any = None, **files: Any) -> Any:
        """The JSON of a call that must succeed."""
        status, answer, _ = await self.call(method, path, body, **files)
        assert status < 300, answer
        return answer

    async def fetch(self, url: str) -> bytes:
        async with self._session.get(url) as answer:
            assert answer.status == 200
            return await answer.read()

    async def register(self, *commands: Any) -> Any:
        path = f"/applications/{self.server.world.application_id}/commands"
        return await self.good("PUT", path, list(commands))

    def channel(self, name: str) -> str:
        """The path of a channel, by its name."""
        found = next(c for c in self.server.world.channels.values() if c.name == name)
        return f"/channels/{found.id}"

    def callback(self, interaction: Any) -> str:
        found = self.server.world.interactions[interaction["interaction"]]
        return f"/interactions/{found.id}/{found.token}/callback"

    def hook(self, interaction: Any) -> str:
        found = self.server.world.interactions[interaction["interaction"]]
        return f"/webhooks/{self.server.world.application_id}/{found.token}"
