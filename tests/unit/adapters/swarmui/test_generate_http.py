"""The request over plain HTTP: its phases, its pictures, and how it is given up."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui.generate_http import stream_over_http
from bot.adapters.swarmui.generation_monitor import GenerationWatch
from bot.core.errors import (
    BackendDown,
    BackendStalled,
    GenerationInterrupted,
    NoPicture,
    ProtocolError,
    RequestRejected,
)
from bot.core.jobs.progress import ImageReady, RequestEnded, StatusFrame, SwarmEvent
from tests.support.drawing import ORDER, draw, order
from tests.support.frames import (
    DRAWING,
    FORGOTTEN,
    FREE,
    QUEUED,
    open_client,
    pause_briefly,
    serving_context,
    silence,
    status,
)

against = partial(open_client, sleep=pause_briefly)


async def test_http_says_phases_and_numbers_the_pictures_in_their_order() -> None:
    seen = asyncio.Event()

    async def answer(body: dict[str, Any]) -> web.Response:
        await seen.wait()
        return web.json_response({"images": [f"View/local/raw/{n}.png" for n in range(3)]})

    async with against(silence) as (server, swarm):
        server.refuse_upgrade, server.over_http = 400, answer

        def counters(body: dict[str, Any]) -> web.Response:
            seen.set()
            return web.json_response(status(DRAWING))

        server.answers["GetCurrentStatus"] = counters
        drawn = await draw(swarm, order(images=2))
    assert drawn.statuses == [StatusFrame(1, 0, 0, 1)]
    assert [(i.index, i.ref[-5:]) for i in drawn.images] == [(0, "0.png"), (1, "1.png")]
    assert drawn.ended


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"images": []}, NoPicture),
        ({"error": "Generation session interrupted."}, GenerationInterrupted),
        ({"strange": 1}, ProtocolError),
        ({"error_id": "internal_error", "error": "An internal error occurred"}, RequestRejected),
    ],
)
async def test_http_fails_in_the_same_words(said: dict[str, Any], kind: type) -> None:
    async def answer(body: dict[str, Any]) -> web.Response:
        return web.json_response(said)

    async with against(silence) as (server, swarm):
        server.refuse_upgrade, server.over_http = 400, answer
        assert isinstance((await draw(swarm)).error, kind)


async def test_http_renews_a_session_too() -> None:
    async def answer(body: dict[str, Any]) -> web.Response:
        if len(server.requests) == 1:
            return web.json_response(FORGOTTEN, status=401)
        return web.json_response({"images": ["View/local/raw/a.png"]})

    async with against(silence) as (server, swarm):
        server.refuse_upgrade, server.over_http = 400, answer
        drawn = await draw(swarm)
    assert drawn.ended
    assert len(drawn.renewed) == 1


async def test_http_answers_that_never_come_from_an_idle_server_are_given_up() -> None:
    never = asyncio.Event()

    async def answer(body: dict[str, Any]) -> web.Response:
        await never.wait()
        return web.Response()

    async with against(silence, silence_s=0.05) as (server, swarm):
        server.refuse_upgrade, server.over_http = 400, answer
        assert isinstance((await draw(swarm)).error, BackendDown)
        assert server.interrupts
        never.set()


def answering(said: dict[str, Any]) -> Any:
    async def answer(body: dict[str, Any]) -> web.Response:
        return web.json_response(said)

    return answer


async def never_answer(body: dict[str, Any]) -> web.Response:
    return await asyncio.Future[web.Response]()


async def test_only_refs_that_are_text_become_pictures_and_no_more_than_were_asked_for() -> None:
    refs = ["View/a.png", None, "", 7, "View/b.png", "View/c.png"]
    async with serving_context() as (server, kit):
        server.over_http = answering({"images": refs})
        watch = GenerationWatch(kit, order(images=2))
        events = [event async for event in stream_over_http(kit, "a", {"x": 1}, watch)]
    pictures = [event for event in events if isinstance(event, ImageReady)]
    assert pictures == [ImageReady(0, "View/a.png"), ImageReady(1, "View/b.png")]
    assert events[-1] == RequestEnded()
    assert server.requests == [{"x": 1, "session_id": "a"}]


async def collect(stream: Any) -> list[SwarmEvent]:
    return [event async for event in stream]


async def test_leaving_interrupts_the_session_and_a_client_that_ends_does_not() -> None:
    async with serving_context() as (server, kit):
        server.over_http = never_answer
        server.counters["a"] = DRAWING
        for detached in (True, False):
            kit.detached = detached
            stream = stream_over_http(kit, "a", {}, GenerationWatch(kit, ORDER))
            async with aclosing(stream) as events:
                assert await anext(events) == StatusFrame(1, 0, 0, 1)
            assert server.interrupts == ([] if detached else ["a"])


async def test_counters_that_stand_still_end_the_wait_by_what_they_say() -> None:
    """A server that still works is stalled, an idle one has lost the request."""
    for counters, bounds, kind in (
        (QUEUED, {"lost_stream_s": 0.05}, BackendStalled),
        (FREE, {"answer_s": 0.05}, BackendDown),
    ):
        async with serving_context(**bounds) as (server, kit):
            server.over_http = never_answer
            server.counters["a"] = counters
            with pytest.raises(kind) as caught:
                await collect(stream_over_http(kit, "a", {}, GenerationWatch(kit, ORDER)))
            assert type(caught.value) is kind


async def test_the_session_is_free_once_the_answer_is_there() -> None:
    async with serving_context() as (server, kit):
        server.over_http = answering({"images": ["View/a.png"]})
        watch = GenerationWatch(kit, ORDER)
        assert not watch.is_free
        await collect(stream_over_http(kit, "a", {}, watch))
        assert watch.is_free
