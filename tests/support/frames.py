"""A SwarmUI that says on its socket exactly what a test tells it to, for the odd cases.

The sandbox's server is the rule; this is for what it never does: frames in the wrong order, an
upgrade that leads nowhere, a proxy that refuses it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.http import RestClient

FREE = {"waiting_gens": 0, "loading_models": 0, "waiting_backends": 0, "live_gens": 0}
DRAWING = {"waiting_gens": 1, "loading_models": 0, "waiting_backends": 0, "live_gens": 1}
LOADING = {"waiting_gens": 1, "loading_models": 1, "waiting_backends": 1, "live_gens": 0}
QUEUED = {"waiting_gens": 1, "loading_models": 0, "waiting_backends": 1, "live_gens": 0}
MISSING = {"error": "404, file not found.", "error_id": "file_not_found"}
FORGOTTEN = {"error": "Invalid session ID.", "error_id": "invalid_session_id"}


def status(counters: dict[str, int]) -> dict[str, Any]:
    return {"status": counters, "backend_status": {"status": "running"}}


def image(index: object = "0", ref: str = "View/local/raw/x.png") -> dict[str, Any]:
    return {"image": ref, "batch_index": index, "request_id": "1001", "metadata": None}


ENDING: tuple[dict[str, Any], ...] = (
    status(FREE),
    {"keep_alive": True},
    {"discard_indices": []},
    {"socket_intention": "close"},
)

Play = Callable[[web.WebSocketResponse, dict[str, Any]], Awaitable[None]]


async def say(ws: web.WebSocketResponse, *frames: dict[str, Any] | str) -> None:
    for frame in frames:
        await ws.send_str(frame if isinstance(frame, str) else json.dumps(frame))


def saying(*frames: dict[str, Any] | str) -> Play:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, *frames)

    return play


async def silence(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
    """Say nothing until the other side leaves."""
    await ws.receive()


async def drop(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
    """Cut the connection, no farewell."""
    transport = ws._req.transport if ws._req else None
    assert transport is not None
    transport.abort()


class FrameServer:
    """`plays` are taken one per socket, the last one for all that follow."""

    def __init__(self, *plays: Play) -> None:
        self.plays = list(plays)
        self.base = ""
        self.requests: list[dict[str, Any]] = []
        self.sessions: list[str] = []
        self.counters: dict[str, dict[str, int]] = {}
        self.interrupts: list[str] = []
        self.interrupted = asyncio.Event()
        self.refuse_upgrade: int | None = None
        self.over_http: Callable[[dict[str, Any]], Awaitable[web.Response]] | None = None
        self.answers: dict[str, Any] = {}
        self.headers: list[dict[str, str]] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FrameServer]:
        app = web.Application(client_max_size=1 << 28)
        app.router.add_post("/API/{call}", self._api)
        app.router.add_get("/API/GenerateText2ImageWS", self._socket)
        app.router.add_get("/View/{path:.*}", self._view)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _api(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        call, body = request.match_info["call"], await request.json()
        if call in self.answers:
            answer = self.answers[call]
            return answer(body) if callable(answer) else web.json_response(answer)
        match call:
            case "GetNewSession":
                self.sessions.append(f"{len(self.sessions):040x}")
                return web.json_response({"session_id": self.sessions[-1], "user_id": "local"})
            case "GetCurrentStatus":
                return web.json_response(status(self.counters.get(body["session_id"], FREE)))
            case "InterruptAll":
                self.interrupts.append(body["session_id"])
                self.interrupted.set()
                return web.json_response({"success": True})
            case "GenerateText2Image":
                self.requests.append(body)
                assert self.over_http is not None
                return await self.over_http(body)
        return web.json_response({"error_id": "bad_route", "error": "Unknown API route"})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        if self.refuse_upgrade is not None:
            return web.Response(status=self.refuse_upgrade, text="no")
        ws = web.WebSocketResponse(max_msg_size=1 << 28, timeout=0.1)
        await ws.prepare(request)
        asked = await ws.receive_json()
        self.requests.append(asked)
        play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        await play(ws, asked)
        await ws.close()
        return ws

    async def _view(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        if "View" not in self.answers:
            return web.json_response(MISSING, status=404)
        answer: web.Response = self.answers["View"](request)
        return answer


@asynccontextmanager
async def serving(
    *plays: Play, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, **settings: Any
) -> AsyncIterator[tuple[FrameServer, SwarmClient]]:
    """The server with these plays, and a client of it."""
    async with (
        FrameServer(*(plays or (silence,))).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base, **settings), sleep=sleep) as swarm,
    ):
        yield server, swarm


@asynccontextmanager
async def serving_context(
    *plays: Play, now: Callable[[], float] = time.monotonic, **settings: Any
) -> AsyncIterator[tuple[FrameServer, SwarmContext]]:
    """The server with these plays, and what the parts of a client share; pauses are short."""
    async with FrameServer(*(plays or (silence,))).running() as server:
        chosen = SwarmSettings(**{"url": server.base, "poll_s": 0.01, **settings})
        health = Health(now=now, websocket_again_s=chosen.websocket_again_s)
        rest = RestClient(chosen)
        kit = SwarmContext(chosen, rest, health, sleep=pause_briefly)
        try:
            yield server, kit
        finally:
            await kit.tasks.finish_tasks()
            await rest.close()


async def pause_briefly(seconds: float) -> None:
    """A pause of a hundredth of a second at most."""
    await asyncio.sleep(min(seconds, 0.01))


@asynccontextmanager
async def open_client(
    *plays: Play,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    **settings: Any,
) -> AsyncIterator[tuple[FrameServer, SwarmClient]]:
    """Start a frame server with these plays and open a client on it, for ten seconds at most."""
    async with (
        FrameServer(*plays).running() as server,
        SwarmClient.open(
            SwarmSettings(url=server.base, poll_s=0.01, **settings), sleep=sleep
        ) as swarm,
        asyncio.timeout(10),
    ):
        yield server, swarm


def then_silent(*frames: dict[str, Any]) -> Play:
    """Make a play that sends these frames and then nothing more."""

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, *frames)
        await silence(ws, asked)

    return play
