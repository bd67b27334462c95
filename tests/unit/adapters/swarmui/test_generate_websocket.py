"""The odd ways in which a stream can go, against a server that says exactly what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.context import SwarmTasks
from bot.core.errors import (
    BackendDown,
    BackendStalled,
    GenerationInterrupted,
    LoadFailed,
    LoginRequired,
    NoPicture,
    ProtocolError,
    RequestRejected,
    SessionForgotten,
)
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame
from tests.support.drawing import FOLDER, ORDER, draw, order
from tests.support.frames import (
    DRAWING,
    ENDING,
    FORGOTTEN,
    LOADING,
    QUEUED,
    FrameServer,
    Play,
    drop,
    image,
    say,
    saying,
    silence,
    status,
)

LOAD_FAILED = {"error": "All available backends failed to load the model '/srv/x.safetensors'."}


@asynccontextmanager
async def against(*plays: Play, **settings: Any) -> AsyncIterator[tuple[FrameServer, SwarmClient]]:
    async with (
        FrameServer(*plays).running() as server,
        SwarmClient.open(
            SwarmSettings(url=server.base, poll_s=0.01, **settings), sleep=_at_once
        ) as swarm,
    ):
        yield server, swarm


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


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

    async with against(play, silence_s=0.02, queue_s=0.02, load_s=0.3) as (server, swarm):
        drawn = await draw(swarm)
        assert isinstance(drawn.error, BackendStalled)
        assert server.interrupts


async def test_a_loading_model_may_be_silent_for_long() -> None:
    go_on = asyncio.Event()

    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(LOADING))
        await go_on.wait()
        await say(ws, status(DRAWING), image(), *ENDING)

    async with against(play, silence_s=0.02, queue_s=0.02) as (_, swarm):
        drawing = asyncio.create_task(draw(swarm))
        await asyncio.wait({drawing}, timeout=0.2)
        assert not drawing.done()
        go_on.set()
        assert (await drawing).ended


async def test_waiting_for_a_backend_has_a_patience_of_its_own() -> None:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(QUEUED))
        await silence(ws, asked)

    async with against(play, silence_s=0.02, queue_s=1.0) as (_, swarm):
        drawing = asyncio.create_task(draw(swarm))
        await asyncio.wait({drawing}, timeout=0.15)
        assert not drawing.done()
        assert isinstance((await drawing).error, BackendDown)


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
async def test_what_went_into_a_silent_socket_and_was_taken_is_not_submitted_again(
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


async def test_what_is_owed_to_the_server_is_done_though_its_caller_is_cancelled() -> None:
    chores, go_on, done = SwarmTasks(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.set()

    caller = asyncio.create_task(chores.run_shielded(work(), "interrupt"))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait({caller})
    assert not done.is_set()
    go_on.set()
    await chores.finish_tasks()
    assert done.is_set()


async def test_a_load_that_our_own_interrupt_spoilt_is_tried_once_more() -> None:
    plays = (
        saying(status(LOADING), LOAD_FAILED, *ENDING),
        saying(status(DRAWING), image(), *ENDING),
    )
    async with against(*plays) as (server, swarm):
        async with swarm.lease_session() as other:
            await other.interrupt_generation()
        drawn = await draw(swarm)
        assert drawn.ended
        assert len(server.requests) == 2
        assert server.requests[0] == server.requests[1]


async def test_without_an_interrupt_of_ours_a_failed_load_stays_failed() -> None:
    async with against(saying(status(LOADING), LOAD_FAILED, *ENDING)) as (server, swarm):
        drawn = await draw(swarm)
        assert isinstance(drawn.error, LoadFailed)
        assert len(server.requests) == 1


async def test_a_load_that_fails_twice_is_not_tried_for_ever() -> None:
    async with against(saying(status(LOADING), LOAD_FAILED, *ENDING)) as (server, swarm):
        async with swarm.lease_session() as other:
            await other.interrupt_generation()
        assert isinstance((await draw(swarm)).error, LoadFailed)
        assert len(server.requests) == 2


async def test_a_frame_of_many_megabytes_arrives() -> None:
    ref = "data:image/png;base64," + "A" * 8_000_000
    async with against(saying(status(DRAWING), image("0", ref), *ENDING)) as (_, swarm):
        drawn = await draw(swarm)
    assert drawn.refs == [ref]


async def test_a_server_that_never_answers_the_close_keeps_nobody() -> None:
    async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING), image(), *ENDING)
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    async with against(play) as (_, swarm):
        begun = loop.time()
        assert (await draw(swarm)).ended
        assert loop.time() - begun < 0.9


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
