"""WebSockets: opened, found out about without a picture, and closed without a wait."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmSettings
from bot.adapters.swarmui import websocket as websocket_module
from bot.adapters.swarmui.websocket import (
    NoWebSocket,
    close_socket,
    close_socket_later,
    detect_websocket,
    open_socket,
    retry_websocket,
)
from bot.core.errors import BackendDown, LoginRequired
from tests.support.drawing import draw
from tests.support.frames import (
    DRAWING,
    ENDING,
    Play,
    drop,
    image,
    open_client,
    say,
    saying,
    serving_context,
    silence,
    status,
)

NO_SESSION = {"error": "missing session id", "error_id": "basic_api"}


async def test_detection_at_the_start_draws_nothing() -> None:
    async with open_client(saying(NO_SESSION)) as (server, swarm):
        assert await swarm.detect_websocket()
        assert [set(asked) for asked in server.requests] == [{"session_id"}]
        assert swarm.health.websocket_ok


async def test_detection_asks_an_old_release_what_it_answers() -> None:
    """SwarmUI 0.9.6 closes with 1011 and no frame where no session is named."""

    async def release_0_9_6(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        if "session_id" not in asked:
            await ws.close(code=1011)
        else:
            await say(ws, {"error": "Invalid session ID.", "error_id": "invalid_session_id"})

    async with open_client(release_0_9_6) as (_, swarm):
        assert await swarm.detect_websocket()
        assert swarm.health.websocket_ok


@pytest.mark.parametrize("answered", [None, 400, 200])
async def test_detection_finds_a_proxy_that_strips_or_swallows(answered: int | None) -> None:
    async with open_client(silence, first_frame_s=0.05) as (server, swarm):
        server.refuse_upgrade = answered
        assert not await swarm.detect_websocket()
        assert not swarm.health.websocket_ok


async def test_detection_takes_a_server_that_is_away_for_no_missing_websocket() -> None:
    async with open_client(silence) as (server, swarm):
        server.refuse_upgrade = 502
        with pytest.raises(BackendDown):
            await swarm.detect_websocket()
        assert swarm.health.websocket_ok


async def test_a_server_that_never_answers_the_close_keeps_nobody() -> None:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING), image(), *ENDING)
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    async with open_client(play) as (_, swarm):
        begun = loop.time()
        assert (await draw(swarm)).ended
        assert loop.time() - begun < 0.9


@pytest.mark.parametrize(
    ("answered", "kind"),
    [(401, LoginRequired), (502, BackendDown), (404, NoWebSocket), (302, NoWebSocket)],
)
async def test_a_refused_upgrade_says_whether_it_is_about_the_websocket(
    answered: int, kind: type[Exception]
) -> None:
    async with serving_context() as (server, kit):
        server.refuse_upgrade = answered
        with pytest.raises(kind):
            await open_socket(kit.settings)


async def test_a_server_that_does_not_listen_is_down_for_a_socket_too() -> None:
    with pytest.raises(BackendDown):
        await open_socket(SwarmSettings(url="http://127.0.0.1:9"))


async def test_the_upgrade_carries_the_secrets_and_no_origin() -> None:
    async with serving_context(token="t", authorization="Bearer xyz") as (server, kit):
        await close_socket(await open_socket(kit.settings))
        (headers,) = [{key.lower(): value for key, value in one.items()} for one in server.headers]
        assert (headers["cookie"], headers["authorization"]) == ("swarm_token=t", "Bearer xyz")
        assert "origin" not in headers


@pytest.mark.parametrize("play", [drop, saying(), saying("garbage")])
async def test_a_socket_without_a_frame_of_swarmui_is_none(play: Play) -> None:
    async with serving_context(play) as (_, kit):
        assert not await detect_websocket(kit)
        assert not kit.health.websocket_ok


async def test_a_websocket_that_is_back_is_used_again() -> None:
    async with serving_context(saying(NO_SESSION)) as (_, kit):
        kit.health.disable_websocket("as a test")
        assert await detect_websocket(kit)
        assert kit.health.websocket_ok


async def test_a_new_try_at_a_server_that_is_down_changes_nothing() -> None:
    """Nobody waits for it, so nobody could catch what it raised."""
    async with serving_context() as (server, kit):
        server.refuse_upgrade = 502
        kit.health.disable_websocket("as a test")
        await retry_websocket(kit)
        assert not kit.health.websocket_ok


async def test_a_closed_socket_is_closed_politely_or_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that does not answer the close keeps nobody: its connection is cut."""
    monkeypatch.setattr(websocket_module, "CLOSE_TIMEOUT_S", 0.05)
    never = asyncio.Event()

    async def deaf(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await never.wait()

    for play in (deaf, silence):
        async with serving_context(play) as (_, kit):
            socket = await open_socket(kit.settings)
            await socket.send("{}")
            await close_socket(socket)
            assert socket.transport.is_closing()
            never.set()


async def test_a_client_that_ends_cuts_the_sockets_that_it_was_closing() -> None:
    """Even one whose closing had not begun."""
    async with serving_context(silence) as (_, kit):
        socket = await open_socket(kit.settings)
        await socket.send("{}")
        close_socket_later(kit, socket)
        assert not socket.transport.is_closing()
        await kit.tasks.finish_tasks()
        assert socket.transport.is_closing()


async def test_a_new_try_finds_a_websocket_that_is_back() -> None:
    async with serving_context(saying(NO_SESSION)) as (_, kit):
        kit.health.disable_websocket("as a test")
        await retry_websocket(kit)
        assert kit.health.websocket_ok
