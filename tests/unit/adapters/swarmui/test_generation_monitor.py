"""Detection of the WebSocket, and how long silence is borne, against a server told what to say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.core.errors import BackendDown, BackendStalled
from tests.support.drawing import FOLDER, ORDER, draw
from tests.support.frames import (
    DRAWING,
    ENDING,
    FORGOTTEN,
    FREE,
    LOADING,
    FrameServer,
    Play,
    image,
    say,
    saying,
    silence,
    status,
)

STEP = {"gen_progress": {"batch_index": "0", "current_percent": 0.25}}
NO_SESSION = {"error": "missing session id", "error_id": "basic_api"}


@asynccontextmanager
async def against(*plays: Play, **settings: Any) -> AsyncIterator[tuple[FrameServer, SwarmClient]]:
    async with (
        FrameServer(*plays).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base, poll_s=0.01, **settings)) as swarm,
        asyncio.timeout(10),
    ):
        yield server, swarm


def then_silent(*frames: dict[str, Any]) -> Play:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, *frames)
        await silence(ws, asked)

    return play


async def test_detection_at_the_start_draws_nothing() -> None:
    async with against(saying(NO_SESSION)) as (server, swarm):
        assert await swarm.detect_websocket()
        assert server.requests == [{}]
        assert swarm.health.websocket_ok


@pytest.mark.parametrize("answered", [None, 400, 200])
async def test_detection_finds_a_proxy_that_strips_or_swallows(answered: int | None) -> None:
    async with against(silence, first_frame_s=0.05) as (server, swarm):
        server.refuse_upgrade = answered
        assert not await swarm.detect_websocket()
        assert not swarm.health.websocket_ok


async def test_detection_takes_a_server_that_is_away_for_no_missing_websocket() -> None:
    async with against(silence) as (server, swarm):
        server.refuse_upgrade = 502
        with pytest.raises(BackendDown):
            await swarm.detect_websocket()
        assert swarm.health.websocket_ok


@pytest.mark.parametrize("saved", [True, False])
async def test_what_a_silent_socket_may_have_taken_is_looked_for_and_not_submitted_again(
    saved: bool,
) -> None:
    """Its frames are swallowed on the way back: what it drew lies in the folder."""
    async with against(silence, first_frame_s=0.05) as (server, swarm):
        files = [{"src": f"raw/{FOLDER}.png"}] if saved else []
        server.answers["ListImages"] = {"files": files}
        server.answers["GetCurrentStatus"] = status(FREE if saved else DRAWING)
        assert isinstance((await draw(swarm)).error, BackendDown)
        assert len(server.requests) == 1
        assert not swarm.health.websocket_ok, "the next attempt goes over HTTP"


async def test_a_model_whose_pace_is_known_is_given_up_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.core.jobs.stall_timeout.STALL_MIN_S", 0.1)
    async with against(then_silent(status(DRAWING), STEP), silence_s=1000.0) as (server, swarm):
        swarm.set_duration_estimate(lambda wanted: 0.04)
        assert isinstance((await draw(swarm)).error, BackendStalled)
        assert server.interrupts == [server.requests[0]["session_id"]]


async def test_known_to_show_steps_it_is_given_up_before_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.core.jobs.stall_timeout.STALL_MIN_S", 0.1)
    monkeypatch.setattr("bot.core.jobs.stall_timeout.NO_STEPS_MIN_S", 1000.0)
    once = saying(status(DRAWING), STEP, image(), *ENDING)
    async with against(once, then_silent(status(DRAWING)), silence_s=1000.0) as (_, swarm):
        swarm.set_duration_estimate(lambda wanted: 0.04)
        assert (await draw(swarm)).ended
        assert isinstance((await draw(swarm)).error, BackendStalled)


async def test_a_backend_without_steps_has_the_time_of_five_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.core.jobs.stall_timeout.NO_STEPS_MIN_S", 0.0)
    go_on = asyncio.Event()

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, {**status(DRAWING), "supported_features": ["autowebui"]})
        await go_on.wait()
        await say(ws, image(), *ENDING)

    async with against(play, silence_s=0.02) as (_, swarm):
        drawing = asyncio.create_task(draw(swarm))
        await asyncio.wait({drawing}, timeout=0.15)
        assert not drawing.done(), "unknown, and of a kind that shows nothing: long"
        go_on.set()
        assert (await drawing).ended
        go_on.clear()
        swarm.set_duration_estimate(lambda wanted: 0.02)
        assert isinstance((await draw(swarm)).error, BackendStalled)
        go_on.set()


@pytest.mark.parametrize("answer", [FORGOTTEN, status(FREE)])
@pytest.mark.parametrize("last", [DRAWING, LOADING])
async def test_a_generation_that_the_server_knows_nothing_of_is_lost(
    answer: dict[str, Any], last: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a keep-alive comes: the line is dead, or the server is another process."""
    monkeypatch.setattr("bot.adapters.swarmui.generation_monitor.IDLE_RECHECK_S", 0.05)
    async with against(then_silent(status(last)), look_s=0.05, silence_s=1000.0) as (server, swarm):
        server.answers["GetCurrentStatus"] = answer
        error = (await draw(swarm)).error
        assert isinstance(error, BackendDown)
        assert not isinstance(error, BackendStalled), "it says nothing of the backend"


async def test_a_server_that_still_works_for_it_is_waited_for() -> None:
    looked = asyncio.Event()

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        await looked.wait()
        await say(ws, image(), *ENDING)

    async with against(play, look_s=0.03, silence_s=1000.0) as (server, swarm):
        looks = 0

        def counters(body: dict[str, Any]) -> web.Response:
            nonlocal looks
            looks += 1
            if looks == 3:
                looked.set()
            return web.json_response(status(DRAWING))

        server.answers["GetCurrentStatus"] = counters
        assert (await draw(swarm)).ended


async def test_another_process_ends_the_streams_of_the_old_one() -> None:
    async with against(then_silent(status(DRAWING))) as (server, swarm):
        ids = iter("aa")

        def fresh(body: dict[str, Any]) -> web.Response:
            session = f"{len(server.sessions):040x}"
            server.sessions.append(session)
            return web.json_response({"session_id": session, "server_id": next(ids, "b")})

        server.answers["GetNewSession"] = fresh
        await swarm.fetch_identity()
        seen = asyncio.Event()

        async def watch() -> None:
            async with (
                swarm.lease_session() as lease,
                aclosing(lease.generate_images(ORDER, FOLDER)) as events,
            ):
                async for _ in events:
                    seen.set()

        task = asyncio.create_task(watch())
        await seen.wait()
        async with swarm.lease_session():
            pass  # its new session names another process
        with pytest.raises(BackendDown):
            await task
        assert server.interrupts == [], "nothing is stopped: the folder is looked into"


async def test_back_after_an_outage_the_server_is_asked_who_it_is() -> None:
    async with against(silence) as (server, swarm):
        await swarm.fetch_identity()
        server.answers["GetCurrentStatus"] = lambda body: web.Response(status=502)
        with pytest.raises(BackendDown):
            await swarm.is_session_busy("s")
        del server.answers["GetCurrentStatus"]
        await swarm.is_session_busy("s")
        before = len(server.sessions)
        await swarm.check_backend()
        assert len(server.sessions) == before + 1
