"""A session on loan: what is mended for its job, and which way its order goes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.lease import SwarmLease
from bot.core.errors import (
    BackendCrashed,
    BackendDown,
    BackendError,
    LoadFailed,
    LoginRequired,
    OrderTooLarge,
    SessionForgotten,
)
from bot.core.jobs.progress import ImageReady
from tests.support.drawing import FOLDER, ORDER, draw, order
from tests.support.frames import (
    DRAWING,
    ENDING,
    FORGOTTEN,
    LOADING,
    FrameServer,
    drop,
    image,
    open_client,
    pause_briefly,
    say,
    saying,
    serving_context,
    silence,
    status,
)

LOAD_FAILED = {"error": "All available backends failed to load the model '/srv/x.safetensors'."}


against = partial(open_client, sleep=pause_briefly)


async def test_the_same_order_goes_on_in_a_new_session_once() -> None:
    plays = (saying(FORGOTTEN), saying(status(DRAWING), image(), *ENDING))
    async with against(*plays) as (server, swarm):
        drawn = await draw(swarm)
        first, second = server.requests
    assert drawn.ended
    assert [r.session for r in drawn.renewed] == [second["session_id"]]
    assert first.pop("session_id") != second.pop("session_id")
    assert first == second


async def test_a_server_that_forgets_twice_is_not_asked_a_third_time() -> None:
    async with against(saying(FORGOTTEN)) as (server, swarm):
        drawn = await draw(swarm)
        assert isinstance(drawn.error, SessionForgotten)
        assert len(server.requests) == 2


async def test_an_upgrade_that_leads_nowhere_falls_back_to_http() -> None:
    async def answer(body: dict[str, Any]) -> web.Response:
        return web.json_response({"images": ["View/local/raw/a.png"]})

    async with against(silence, first_frame_s=0.1) as (server, swarm):
        server.over_http, server.answers["ListImages"] = answer, {"files": []}
        drawn = await draw(swarm)
        assert drawn.refs == ["View/local/raw/a.png"]
        assert drawn.ended
        assert not swarm.health.websocket_ok
        assert server.interrupts, "what the silent socket may have begun is stopped first"


@pytest.mark.parametrize("saved", [True, False])
async def test_what_a_silent_socket_may_have_taken_is_looked_for_and_not_submitted_again(
    saved: bool,
) -> None:
    """Its frames are swallowed on the way back: what it drew lies in the folder."""
    async with against(silence, first_frame_s=0.05) as (server, swarm):
        src = f"raw/{FOLDER}.png"
        server.answers["ListImages"] = {"files": [{"src": src}] if saved else []}
        if not saved:
            server.answers["GetCurrentStatus"] = status(DRAWING)
        drawn = await draw(swarm)
        assert isinstance(drawn.error, BackendDown)
        assert len(server.requests) == 1
        assert not swarm.health.websocket_ok, "the next attempt goes over HTTP"


@pytest.mark.parametrize("answered", [400, 403, 404, 426, 200, 302])
async def test_a_refused_upgrade_falls_back_and_is_remembered(answered: int) -> None:
    async def answer(body: dict[str, Any]) -> web.Response:
        return web.json_response({"images": ["View/local/raw/a.png"]})

    async with against(silence) as (server, swarm):
        server.refuse_upgrade, server.over_http = answered, answer
        assert (await draw(swarm)).ended
        assert not swarm.health.websocket_ok
        server.refuse_upgrade = None
        assert (await draw(swarm)).ended, "not tried again so soon, or it would be silent"


@pytest.mark.parametrize(
    ("answered", "kind"), [(401, LoginRequired), (502, BackendDown), (504, BackendDown)]
)
async def test_some_refusals_are_not_about_the_websocket(answered: int, kind: type) -> None:
    async with against(silence) as (server, swarm):
        server.refuse_upgrade = answered
        assert isinstance((await draw(swarm)).error, kind)
        assert swarm.health.websocket_ok


async def test_the_websocket_is_tried_again_after_a_while() -> None:
    async def answer(body: dict[str, Any]) -> web.Response:
        return web.json_response({"images": ["View/local/raw/http.png"]})

    time = 0.0
    async with (
        FrameServer(saying(status(DRAWING), image(), *ENDING)).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base, poll_s=0.01), now=lambda: time) as swarm,
    ):
        server.refuse_upgrade, server.over_http = 400, answer
        assert (await draw(swarm)).refs == ["View/local/raw/http.png"]
        server.refuse_upgrade = None
        time = 601.0
        server.plays.insert(0, saying({"error": "missing session id", "error_id": "basic_api"}))
        assert (await draw(swarm)).refs == ["View/local/raw/http.png"], "no picture is risked"
        tries = [t for t in asyncio.all_tasks() if t.get_name() == "try the WebSocket"]
        await asyncio.gather(*tries)
        assert swarm.health.websocket_ok
        assert (await draw(swarm)).refs == ["View/local/raw/x.png"]


STEP = {"gen_progress": {"batch_index": "0", "current_percent": 0.25}}
CRASHED = {"error": "Something went wrong while generating images."}


@pytest.mark.parametrize("failure", [LOAD_FAILED, CRASHED])
async def test_a_failed_load_and_a_crash_are_tried_once_more(failure: Any) -> None:
    plays = (
        saying(status(LOADING), failure, *ENDING),
        saying(status(DRAWING), image(), *ENDING),
    )
    async with against(*plays) as (server, swarm):
        drawn = await draw(swarm)
        assert drawn.ended
        assert len(server.requests) == 2
        assert server.requests[0] == server.requests[1]


@pytest.mark.parametrize(
    ("frames", "kind", "tries"),
    [
        ([LOAD_FAILED], LoadFailed, 2),
        ([CRASHED], BackendCrashed, 3),  # of a restarted ComfyUI a dead socket may be left, or two
        ([STEP, CRASHED], BackendCrashed, 2),
    ],
)
async def test_what_fails_again_is_not_tried_for_ever(
    frames: list[Any], kind: type[BackendError], tries: int
) -> None:
    async with against(saying(status(LOADING), *frames, *ENDING)) as (server, swarm):
        assert isinstance((await draw(swarm)).error, kind)
        assert len(server.requests) == tries


async def test_a_crash_after_a_picture_is_not_tried_again() -> None:
    async with against(saying(status(DRAWING), image(), CRASHED, *ENDING)) as (server, swarm):
        drawn = await draw(swarm, order(images=2))
        assert isinstance(drawn.error, BackendCrashed)
        assert len(server.requests) == 1


async def generate(lease: SwarmLease, picture: bytes | None = None) -> None:
    """Draw to the end."""
    async with aclosing(lease.generate_images(ORDER, FOLDER, picture)) as events:
        async for _ in events:
            pass


async def test_a_lease_is_free_before_its_order_and_after_its_end() -> None:
    """In between it is not: another job must not get the session."""
    async with serving_context(saying(status(DRAWING), image(), *ENDING)) as (_, kit):
        lease = SwarmLease(kit, await kit.sessions.take_session())
        assert lease.session_free
        states: list[bool] = []
        async with aclosing(lease.generate_images(ORDER, FOLDER)) as events:
            async for _event in events:
                states.append(lease.session_free)
        assert states[0] is False
        assert lease.session_free
        assert not lease.connection_lost


async def test_a_lease_whose_connection_broke_says_so() -> None:
    async with serving_context(drop) as (_, kit):
        lease = SwarmLease(kit, await kit.sessions.take_session())
        with pytest.raises(BackendDown):
            await generate(lease)
        assert lease.connection_lost
        assert kit.health.down_reason is not None


async def test_a_renewed_session_is_that_of_the_lease() -> None:
    """Whoever interrupts it later must not name the one that the server has forgotten."""
    plays = (saying(FORGOTTEN), saying(status(DRAWING), image(), *ENDING))
    async with serving_context(*plays) as (server, kit):
        lease = SwarmLease(kit, first := await kit.sessions.take_session())
        await generate(lease)
        assert lease.session == server.sessions[-1] != first


async def test_the_picture_to_begin_from_goes_out_with_the_order() -> None:
    """As a data URL of its own type; an order without one has no such parameter."""
    async with serving_context(saying(status(DRAWING), image(), *ENDING)) as (server, kit):
        lease = SwarmLease(kit, await kit.sessions.take_session())
        for picture in (b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", None):
            await generate(lease, picture)
        as_png, as_jpeg, without = server.requests
        assert as_png["initimage"] == "data:image/png;base64,iVBORw0K"
        assert as_jpeg["initimage"] == "data:image/jpeg;base64,/9j/4A=="
        assert "initimage" not in without


async def test_an_image_that_is_too_large_for_a_proxy_is_sent_once_more_and_smaller() -> None:
    """Over a socket, then it is told by the code of the close."""
    sizes: list[int] = []

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        sizes.append(len(asked["initimage"]))
        if len(sizes) % 2:
            await ws.close(code=1009)
        else:
            await say(ws, status(DRAWING), image(), *ENDING)

    async def shrink(data: bytes, side: int) -> bytes:
        return data[: side // 64]

    async with open_client(play) as (_, swarm), swarm.lease_session() as lease:
        swarm.set_image_shrinker(shrink)
        stream = lease.generate_images(ORDER, FOLDER, b"x" * 999)
        events = [event async for event in stream]
        assert any(isinstance(event, ImageReady) for event in events)
        assert len(sizes) == 2
        assert sizes[1] < sizes[0]


async def test_an_image_that_is_too_large_all_the_same_is_refused_and_no_outage() -> None:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await ws.close(code=1009)

    async with open_client(play) as (server, swarm), swarm.lease_session() as lease:
        with pytest.raises(OrderTooLarge):
            async for _ in lease.generate_images(ORDER, FOLDER, b"x"):
                pass
        assert len(server.requests) == 2
        assert swarm.health.down_reason is None
