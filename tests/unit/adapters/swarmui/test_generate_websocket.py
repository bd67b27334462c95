"""The odd ways in which a stream can go, against a server that says exactly what it is told."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui.generate_websocket import stream_over_websocket
from bot.adapters.swarmui.generation_monitor import GenerationWatch
from bot.adapters.swarmui.websocket import NoWebSocket
from bot.core.errors import (
    BackendDown,
    BackendError,
    GenerationInterrupted,
    GenerationNotStarted,
    NoPicture,
    ProtocolError,
    RequestRejected,
)
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame
from tests.support.drawing import FOLDER, ORDER, draw, order
from tests.support.frames import (
    DRAWING,
    ENDING,
    FREE,
    LOADING,
    QUEUED,
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

against = partial(open_client, sleep=pause_briefly)


async def test_only_the_pictures_that_were_asked_for_count_each_once() -> None:
    frames = [image(i, f"View/local/raw/{n}.png") for n, i in enumerate(("-1", "-11", "00", "4"))]
    wanted = [image(i, f"View/local/raw/w{i}.png") for i in ("1", "0", "1")]
    async with against(saying(status(DRAWING), *frames, *wanted, *ENDING)) as (_, swarm):
        drawn = await draw(swarm, order(images=2))
    assert [(i.index, i.ref) for i in drawn.images] == [
        (1, "View/local/raw/w1.png"),
        (0, "View/local/raw/w0.png"),
    ]
    assert drawn.ended


async def test_progress_of_foreign_indices_is_not_shown() -> None:
    strange = {"gen_progress": {"batch_index": "7", "current_percent": 0.5}}
    mine = {"gen_progress": {"batch_index": "0", "current_percent": 0.5}}
    async with against(saying(status(DRAWING), strange, mine, image(), *ENDING)) as (_, swarm):
        assert (await draw(swarm)).steps == [SamplingStep(0, 0.5)]


async def test_pictures_that_follow_an_error_are_kept_and_the_error_comes_last() -> None:
    frames = (status(DRAWING), {"error": "CUDA out of memory"}, image("1"), *ENDING)
    async with against(saying(*frames)) as (_, swarm):
        drawn = await draw(swarm, order(images=2))
    assert [i.index for i in drawn.images] == [1]
    assert isinstance(drawn.error, RequestRejected)
    assert not any(isinstance(event, RequestEnded) for event in drawn.events)


async def test_an_error_after_every_picture_is_no_error() -> None:
    frames = (status(DRAWING), image("0"), {"error": "x"}, *ENDING)
    async with against(saying(*frames)) as (_, swarm):
        assert (await draw(swarm)).ended


@pytest.mark.parametrize(
    ("seen", "error"),
    [
        ((QUEUED,), GenerationInterrupted),
        ((QUEUED, LOADING, QUEUED), GenerationInterrupted),
        ((QUEUED, DRAWING), NoPicture),
        ((FREE,), NoPicture),
    ],
)
async def test_an_interrupt_from_elsewhere_is_silent_for_what_waits(
    seen: tuple[dict[str, int], ...], error: type[BackendError]
) -> None:
    async with against(saying(*map(status, seen), *ENDING)) as (_, swarm):
        drawn = await draw(swarm)
    assert type(drawn.error) is error
    stopped = drawn.error.sentence == "Probably stopped on the image server while it waited."
    assert stopped is (error is GenerationInterrupted)


async def test_fewer_pictures_without_a_word_are_what_there_is() -> None:
    async with against(saying(status(DRAWING), image("0"), *ENDING)) as (_, swarm):
        drawn = await draw(swarm, order(images=4))
    assert drawn.ended
    assert len(drawn.images) == 1


async def test_an_end_without_discard_indices_is_an_end_too() -> None:
    frames = (status(DRAWING), {"socket_intention": "close"})
    async with against(saying(*frames)) as (server, swarm):
        drawn = await draw(swarm)
        assert isinstance(drawn.error, NoPicture)
        assert server.interrupts == []


async def test_nothing_but_garbage_is_a_protocol_error() -> None:
    async with against(saying(status(DRAWING), "<html>", "[", *ENDING)) as (_, swarm):
        assert isinstance((await draw(swarm)).error, ProtocolError)


async def test_a_break_in_the_middle_is_down_neither_resubmitted_nor_interrupted() -> None:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        await drop(ws, asked)

    async with against(play) as (server, swarm):
        drawn = await draw(swarm)
        assert isinstance(drawn.error, BackendDown)
        assert len(server.requests) == 1
        assert server.interrupts == []


async def test_a_polite_close_in_the_middle_is_a_break_as_well() -> None:
    async with against(saying(status(DRAWING))) as (_, swarm):
        assert isinstance((await draw(swarm)).error, BackendDown)


async def test_a_break_after_the_last_picture_costs_nothing() -> None:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING), image())
        await drop(ws, asked)

    async with against(play) as (_, swarm):
        drawn = await draw(swarm)
    assert drawn.ended
    assert drawn.error is None


async def test_silence_while_drawing_is_interrupted_and_down() -> None:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING), {"keep_alive": True})
        await silence(ws, asked)

    async with against(play, silence_s=0.05) as (server, swarm):
        drawn = await draw(swarm)
        assert isinstance(drawn.error, BackendDown)
        assert server.interrupts == [server.requests[0]["session_id"]]


async def test_keep_alive_is_no_sign_of_a_picture() -> None:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        while not ws.closed:
            await say(ws, {"keep_alive": True}, "garbage")
            await asyncio.sleep(0.01)

    async with against(play, silence_s=0.1) as (_, swarm):
        async with asyncio.timeout(30):
            assert isinstance((await draw(swarm)).error, BackendDown)


async def test_a_load_that_never_ends_is_given_up_all_the_same() -> None:
    """It may take long, but nothing waits for ever."""

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(LOADING))
        await silence(ws, asked)

    async with against(play, silence_s=0.02, load_s=0.3) as (server, swarm):
        drawn = await draw(swarm)
        assert isinstance(drawn.error, GenerationNotStarted)
        assert server.interrupts


async def test_a_loading_model_may_be_silent_for_long() -> None:
    go_on = asyncio.Event()

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(LOADING))
        await go_on.wait()
        await say(ws, status(DRAWING), image(), *ENDING)

    async with against(play, silence_s=0.02) as (_, swarm):
        drawing = asyncio.create_task(draw(swarm))
        await asyncio.wait({drawing}, timeout=0.2)
        assert not drawing.done()
        go_on.set()
        assert (await drawing).ended


async def test_a_picture_being_drawn_excuses_the_one_behind_it() -> None:
    """Two jobs in one backend: the second is "live", and silent until the first is done."""
    first_is_done = asyncio.Event()

    async def slow(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        for step in range(20):
            await say(ws, {"gen_progress": {"batch_index": "0", "current_percent": step / 20}})
            await asyncio.sleep(0.02)
        await say(ws, image(), *ENDING)
        first_is_done.set()

    async def behind(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        await first_is_done.wait()
        await say(ws, image(), *ENDING)

    async with against(slow, behind, silence_s=0.15) as (_, swarm):
        one = asyncio.create_task(draw(swarm))
        two = asyncio.create_task(draw(swarm))
        assert (await one).ended
        assert (await two).ended


async def test_leaving_before_any_frame_waits_for_the_first_then_interrupts() -> None:
    asked, speak = asyncio.Event(), asyncio.Event()
    at_first_frame: list[int] = []

    async def play(ws: web.WebSocketResponse, body: dict[str, Any]) -> None:
        asked.set()
        await speak.wait()
        at_first_frame.append(len(server.interrupts))
        await say(ws, status(DRAWING))
        await silence(ws, body)

    async with against(play) as (server, swarm):
        async with swarm.lease_session() as lease:
            stream = lease.generate_images(ORDER, FOLDER)
            first = asyncio.create_task(anext(stream))
            await asked.wait()
            first.cancel()
            speak.set()
            await asyncio.gather(first, return_exceptions=True)
            await stream.aclose()
        assert at_first_frame == [0]
        assert server.interrupts == [server.requests[0]["session_id"]]


async def test_where_no_first_frame_comes_the_interrupt_is_repeated() -> None:
    asked = asyncio.Event()

    async def play(ws: web.WebSocketResponse, body: dict[str, Any]) -> None:
        asked.set()
        await silence(ws, body)

    async with against(play) as (server, swarm):
        async with swarm.lease_session() as lease:
            stream = lease.generate_images(ORDER, FOLDER)
            first = asyncio.create_task(anext(stream))
            await asked.wait()
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
        assert len(server.interrupts) == 2


async def test_a_stream_left_in_the_middle_has_interrupted_when_it_is_closed() -> None:
    """Not when the garbage collector comes by: the session would be another job's by then."""

    async def play(ws: web.WebSocketResponse, body: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        await silence(ws, body)

    async with against(play) as (server, swarm), swarm.lease_session() as lease:
        async with aclosing(lease.generate_images(ORDER, FOLDER)) as events:
            async for _ in events:
                break
        assert server.interrupts == [lease.session]


async def test_a_second_cancel_does_not_stop_the_interrupt() -> None:
    drawing = asyncio.Event()

    async def play(ws: web.WebSocketResponse, body: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        await silence(ws, body)

    async def work() -> None:
        async with (
            swarm.lease_session() as lease,
            aclosing(lease.generate_images(ORDER, FOLDER)) as events,
        ):
            async for _ in events:
                drawing.set()

    async with against(play) as (server, swarm):
        task = asyncio.create_task(work())
        await drawing.wait()
        for _ in range(20):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(30):
            await server.interrupted.wait()


async def test_a_frame_of_many_megabytes_arrives() -> None:
    ref = "data:image/png;base64," + "A" * 8_000_000
    async with against(saying(status(DRAWING), image("0", ref), *ENDING)) as (_, swarm):
        drawn = await draw(swarm)
    assert drawn.refs == [ref]


async def test_the_last_picture_ends_a_stream_that_says_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.adapters.swarmui.generation_monitor.END_GRACE_S", 0.05)

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING), image())
        await silence(ws, asked)

    async with against(play) as (_, swarm):
        drawn = await draw(swarm)
        assert drawn.ended
        assert [type(e) for e in drawn.events] == [StatusFrame, ImageReady, RequestEnded]


async def test_the_request_is_the_first_message_whole() -> None:
    async with against(saying(status(DRAWING), image(), *ENDING)) as (server, swarm):
        await draw(swarm)
        asked = server.requests[0]
    assert asked["session_id"] == server.sessions[0]
    assert asked["overrideoutpathformat"] == f"raw/{FOLDER}"
    assert "null" not in json.dumps(asked)


async def test_a_stream_is_known_to_the_client_while_it_lasts() -> None:
    """So that all of them can be ended when the server turns out to be another process."""
    async with serving_context(saying(status(DRAWING), image(), *ENDING)) as (server, kit):
        watch = GenerationWatch(kit, ORDER)
        during: list[tuple[int, int]] = []
        async for _ in stream_over_websocket(kit, "a" * 40, {"images": 1}, watch):
            during.append((len(kit.active_watches), len(kit.open_sockets)))
        assert set(during[:2]) == {(1, 1)}
        assert (kit.active_watches, kit.open_sockets) == (set(), set())
        assert watch.is_complete
        assert server.requests == [{"images": 1, "session_id": "a" * 40}]


async def test_a_refused_upgrade_is_for_the_caller_to_go_around() -> None:
    """Nothing was asked, so nothing is interrupted."""
    async with serving_context() as (server, kit):
        server.refuse_upgrade = 404
        with pytest.raises(NoWebSocket) as caught:
            async for _ in stream_over_websocket(kit, "a", {}, GenerationWatch(kit, ORDER)):
                pass
        assert not caught.value.submitted
        assert server.requests == server.interrupts == []


async def test_a_client_that_ends_leaves_its_streams_to_the_server() -> None:
    """It is detached then: the picture is finished over there and found at the next start."""

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING))
        await silence(ws, asked)

    async with serving_context(play) as (server, kit):
        kit.detached = True
        stream = stream_over_websocket(kit, "a", {}, GenerationWatch(kit, ORDER))
        async with aclosing(stream) as events:
            await anext(events)
        assert server.interrupts == []
