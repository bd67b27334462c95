"""A SwarmUI on 127.0.0.1: the real server's API, sockets, files and silences, without a GPU.

    stand_in = SwarmStandIn(Setup())
    base = await stand_in.start()          # "http://127.0.0.1:PORT"
    ...
    await stand_in.stop()

or `async with SwarmStandIn(Setup()) as stand_in:` with `stand_in.base`.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote

from aiohttp import web

from bot.sandbox.swarmui import envelope, views
from bot.sandbox.swarmui.script import Nonsense
from bot.sandbox.swarmui.setup import Setup
from bot.sandbox.swarmui.sockets import over_websocket
from bot.sandbox.swarmui.state import Restarted, State

_HEADER_BYTES = 1 << 20


class SwarmStandIn:
    """One server. It may be started once; `state` is its inside, for tests in the same process."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        self.base = ""
        self._runner: web.AppRunner | None = None
        self._state: State | None = None
        self._open: dict[asyncio.Transport, bool] = {}

    @property
    def state(self) -> State:
        """Raises RuntimeError before the start."""
        if self._state is None:
            raise RuntimeError("the stand-in has not been started")
        return self._state

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and answer the base URL; port 0 takes a free one. Raises OSError."""
        self._state = State(self.setup, self._drop_all, self._drop_sockets)
        app = web.Application(client_max_size=envelope.MOST_BYTES)
        app.router.add_route("*", "/{tail:.*}", self._front)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=0.1,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound = self._runner.addresses[0][1]
        self.base = f"http://{host}:{bound}"
        return self.base

    async def stop(self) -> None:
        """End all work and connections; write down what is kept. Safe to call twice."""
        state, self._state = self._state, None
        if state is None or self._runner is None:
            return
        await asyncio.to_thread(state.remember)
        await state.close()
        self._drop_all()
        await self._runner.cleanup()

    async def idle(self) -> None:
        """Wait until no generation is under way, those of vanished clients included."""
        await self.state.idle()

    async def __aenter__(self) -> SwarmStandIn:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def _drop_all(self) -> None:
        for transport in list(self._open):
            transport.abort()

    def _drop_sockets(self) -> None:
        for transport, is_socket in list(self._open.items()):
            if is_socket:
                transport.abort()

    async def _front(self, request: web.Request) -> web.StreamResponse:
        path = views.normal(request.raw_path)
        if path.startswith("/sandbox/"):
            return await self._door(request, path)
        transport = request.transport
        if transport is None:
            return _cut(request)
        self._open[transport] = _upgrades(request)
        try:
            return await self._behave(request, path)
        except Restarted:
            return web.Response(status=500) if self.state.leaving else _cut(request)
        finally:
            self._open.pop(transport, None)

    async def _behave(self, request: web.Request, path: str) -> web.StreamResponse:
        state = self.state
        if state.script.down:
            return _cut(request)
        if state.leaving:
            return web.Response(status=500)
        if state.script.html:
            return views.page("502 Bad Gateway")
        key = self.setup.authorization
        if key is not None and request.headers.get("Authorization") != key:
            return web.Response(status=401, text="Unauthorized")
        if not path.lower().startswith("/api/"):
            return await views.view(state, request, path)
        name = unquote(path[len("/api/") :])
        if _upgrades(request) and state.script.websocket:
            return await over_websocket(state, request, name)
        if request.method != "POST":
            return views.redirect("/Error/NoGetAPI")
        return await envelope.over_http(state, request, name)

    async def _door(self, request: web.Request, path: str) -> web.Response:
        state = self.state
        match request.method, path:
            case "GET", "/sandbox/report":
                return web.json_response(
                    state.report.told() | {"open_files": state.files.databases.open_files}
                )
            case "GET", "/sandbox/script":
                return web.json_response(state.script.told())
            case "POST", "/sandbox/script":
                try:
                    state.script.obey(await request.json())
                except Nonsense as nonsense:
                    return web.json_response({"error": str(nonsense)}, status=400)
                except ValueError:
                    return web.json_response({"error": "The body must be JSON."}, status=400)
                if state.script.down:
                    self._drop_all()
                return web.json_response(state.script.told())
        return web.json_response({"error": f"There is no door {path}."}, status=404)


def _cut(request: web.Request) -> web.Response:
    """Drop the connection; what is answered after that is written to nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _upgrades(request: web.Request) -> bool:
    return (
        request.headers.get("Upgrade", "").lower() == "websocket"
        and "upgrade" in request.headers.get("Connection", "").lower()
    )


async def serve(
    port: int,
    *,
    json_line: bool = False,
    like: Path | None = None,
    data: Path | None = None,
) -> None:
    """Run until SIGINT or SIGTERM; with `json_line` say the base URL as one line of JSON.

    Raises OSError when the port is taken and ValueError for a recording that says no server.
    """
    setup = (Setup() if like is None else Setup.like(like)).with_data(data)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not the loop's own way of listening: Windows has none.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
    stand_in = SwarmStandIn(setup)
    base = await stand_in.start(port=port)
    line = json.dumps({"base": base}) if json_line else f"SwarmUI stand-in: {base}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    try:
        await stopping.wait()
    finally:
        await stand_in.stop()
