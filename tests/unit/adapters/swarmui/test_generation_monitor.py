"""What a request has come to, and how long its silence is borne."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmClient
from bot.adapters.swarmui.generation_monitor import GenerationWatch
from bot.adapters.swarmui.protocol import CloseFrame, ErrorFrame, KeepAlive
from bot.core.errors import (
    BackendDown,
    BackendError,
    BackendStalled,
    GenerationNotStarted,
    NoPicture,
    ProtocolError,
)
from bot.core.jobs.progress import (
    ImageReady,
    PreviewFrame,
    RequestEnded,
    SamplingStep,
    ServerBusy,
    StatusFrame,
    SwarmEvent,
)
from tests.support.drawing import draw, order
from tests.support.frames import (
    DRAWING,
    ENDING,
    FORGOTTEN,
    FREE,
    LOADING,
    image,
    open_client,
    say,
    serving_context,
    status,
    then_silent,
)

STEP = {"gen_progress": {"batch_index": "0", "current_percent": 0.25}}


@pytest.mark.parametrize(("frames", "kind"), [([], GenerationNotStarted), ([STEP], BackendStalled)])
async def test_a_silent_stream_is_given_up_and_says_whether_it_had_begun(
    frames: list[Any], kind: type[BackendError]
) -> None:
    async with open_client(then_silent(status(DRAWING), *frames), silence_s=0.1) as (
        server,
        swarm,
    ):
        assert type((await draw(swarm)).error) is kind
        assert server.interrupts == [server.requests[0]["session_id"]]


async def test_a_backend_without_steps_has_the_time_of_a_lost_stream() -> None:
    go_on = asyncio.Event()

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, {**status(DRAWING), "supported_features": ["autowebui"]})
        await go_on.wait()
        await say(ws, image(), *ENDING)

    async with open_client(play, silence_s=0.02, lost_stream_s=60.0) as (_, swarm):
        drawing = asyncio.create_task(draw(swarm))
        await asyncio.wait({drawing}, timeout=0.15)
        assert not drawing.done()
        go_on.set()
        assert (await drawing).ended


async def list_events(swarm: SwarmClient, until: type) -> list[SwarmEvent]:
    """What a stream brings until an event of that kind."""
    events: list[SwarmEvent] = []
    async with (
        swarm.lease_session() as lease,
        aclosing(lease.generate_images(order(), "swarmbot/1")) as stream,
    ):
        async for event in stream:
            events.append(event)
            if isinstance(event, until):
                break
    return events


async def test_a_server_that_works_for_others_is_called_busy_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.adapters.swarmui.generation_monitor.BUSY_AFTER_S", 0.05)
    told = asyncio.Event()

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        for _ in range(20):
            await say(ws, {"keep_alive": True})
            await asyncio.sleep(0.01)
        await say(ws, STEP, image(), *ENDING)
        told.set()

    async with open_client(play) as (_, swarm):
        events = await list_events(swarm, RequestEnded)
    assert [type(event) for event in events[:3]] == [StatusFrame, ServerBusy, SamplingStep]
    assert sum(isinstance(event, ServerBusy) for event in events) == 1


@pytest.mark.parametrize("frames", [[status(LOADING)], [status(DRAWING), STEP], [status(FREE)]])
async def test_a_server_is_not_called_busy_while_it_loads_or_draws_ours(
    frames: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.swarmui.generation_monitor.BUSY_AFTER_S", 0.02)

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, *frames)
        await asyncio.sleep(0.1)
        await say(ws, STEP, image(), *ENDING)

    async with open_client(play) as (_, swarm):
        events = await list_events(swarm, RequestEnded)
    assert not any(isinstance(event, ServerBusy) for event in events)


async def test_a_server_that_draws_another_picture_of_ours_is_not_called_busy() -> None:
    async with serving_context() as (_, kit):
        first, second = GenerationWatch(kit, order()), GenerationWatch(kit, order())
        second.record_event(StatusFrame(1, 0, 0, 1))
        kit.active_watches = {first, second}
        assert second._may_be_busy
        first.record_event(SamplingStep(0, 0.1))
        assert not second._may_be_busy


@pytest.mark.parametrize("answer", [FORGOTTEN, status(FREE)])
@pytest.mark.parametrize("last", [DRAWING, LOADING])
async def test_a_generation_that_the_server_knows_nothing_of_is_lost(
    answer: dict[str, Any], last: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a keep-alive comes: the line is dead, or the server is another process."""
    monkeypatch.setattr("bot.adapters.swarmui.generation_monitor.IDLE_RECHECK_S", 0.05)
    async with open_client(then_silent(status(last)), look_s=0.05, silence_s=1000.0) as (
        server,
        swarm,
    ):
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

    async with open_client(play, look_s=0.03, silence_s=1000.0) as (server, swarm):
        looks = 0

        def counters(body: dict[str, Any]) -> web.Response:
            nonlocal looks
            looks += 1
            if looks == 3:
                looked.set()
            return web.json_response(status(DRAWING))

        server.answers["GetCurrentStatus"] = counters
        assert (await draw(swarm)).ended


async def test_only_words_about_the_pictures_of_the_order_are_for_the_caller() -> None:
    """Not those of pictures beyond it, of intermediates, and of a picture for the second time."""
    async with serving_context() as (_, kit):
        watch = GenerationWatch(kit, order(images=2))
        first, second = ImageReady(0, "a"), ImageReady(1, "b")
        assert watch.record_event(first) == first
        for other in (first, ImageReady(2, "c"), ImageReady(-1, "d")):
            assert watch.record_event(other) is None
        assert (watch.picture_count, watch.is_complete) == (1, False)
        assert watch.record_event(second) == second
        assert watch.is_complete
        assert watch.record_event(SamplingStep(1, 0.5)) is not None
        for foreign in (SamplingStep(2, 0.5), PreviewFrame(-1, b"x")):
            assert watch.record_event(foreign) is None
        for silent in (KeepAlive(), CloseFrame(), ErrorFrame(NoPicture()), RequestEnded()):
            assert watch.record_event(silent) is None


async def test_a_session_is_free_by_the_last_counters_alone() -> None:
    async with serving_context() as (_, kit):
        watch = GenerationWatch(kit, order())
        assert not watch.is_free, "nothing was heard yet"
        for counters, free in (
            (StatusFrame(1, 0, 1, 0), False),
            (StatusFrame(1, 0, 1, 1), False),
            (StatusFrame(0, 0, 0, 0), True),
        ):
            watch.record_event(counters)
            assert watch.is_free == free


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ([], NoPicture),
        ([ErrorFrame(BackendDown()), ErrorFrame(ProtocolError())], BackendDown),
        ([ImageReady(0, "a")], None),
        ([ImageReady(0, "a"), ErrorFrame(BackendDown())], BackendDown),
        ([ImageReady(0, "a"), ErrorFrame(BackendDown()), ImageReady(1, "b")], None),
    ],
)
async def test_a_request_fails_by_its_first_error_unless_every_picture_came(
    words: list[Any], kind: type[BackendError] | None
) -> None:
    async with serving_context() as (_, kit):
        watch = GenerationWatch(kit, order(images=2))
        for word in words:
            watch.record_event(word)
        failure = watch.find_failure()
        assert (None if failure is None else type(failure)) is kind
