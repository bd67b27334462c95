"""The pool of sessions: each is one job's, and is used again once the server has ended with it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui.sessions import SwarmIdentity, is_working
from bot.core.errors import BackendDown, LoginRequired, NoBackend, ProtocolError, SessionForgotten
from bot.core.jobs.progress import StatusFrame
from tests.support.drawing import ORDER
from tests.support.frames import (
    DRAWING,
    ENDING,
    FORGOTTEN,
    FREE,
    image,
    pause_briefly,
    saying,
    serving,
    serving_context,
    status,
)

WHOLE = saying(status(DRAWING), image(), *ENDING)


async def test_a_session_is_used_again_only_when_the_server_has_ended_with_it() -> None:
    async with serving(WHOLE, sleep=pause_briefly) as (server, swarm):
        ended = asyncio.Event()
        looked = asyncio.Event()

        def counters(body: dict[str, Any]) -> web.Response:
            looked.set()
            return web.json_response(status(FREE if ended.is_set() else DRAWING))

        server.answers["GetCurrentStatus"] = counters
        # The last status that this stream saw says that something is under way.
        server.plays = [saying(status(DRAWING), image(), {"discard_indices": []})]
        async with swarm.lease_session() as first:
            async for _ in first.generate_images(ORDER, "f/1"):
                pass
        await looked.wait()
        async with swarm.lease_session() as second:
            assert second.session != first.session
        ended.set()
        await asyncio.gather(
            *(task for task in asyncio.all_tasks() if task.get_name() == "watch a session")
        )
        async with swarm.lease_session() as third, swarm.lease_session() as fourth:
            assert {third.session, fourth.session} == {first.session, second.session}


async def test_two_leases_never_share_a_session() -> None:
    async with (
        serving(WHOLE) as (_, swarm),
        swarm.lease_session() as one,
        swarm.lease_session() as two,
    ):
        assert one.session != two.session


async def test_a_session_that_was_only_lent_goes_straight_back() -> None:
    async with serving(WHOLE) as (server, swarm):
        async with swarm.lease_session() as one:
            pass
        async with swarm.lease_session() as two:
            assert one.session == two.session
        assert len(server.sessions) == 1


async def test_no_session_is_no_swarmui() -> None:
    async with serving(WHOLE) as (server, swarm):
        server.answers["GetNewSession"] = {"hello": "world"}
        with pytest.raises(ProtocolError):
            async with swarm.lease_session():
                pass
        server.answers["GetNewSession"] = {"error": "Invalid or unauthorized."}
        with pytest.raises(LoginRequired):
            async with swarm.lease_session():
                pass


@pytest.mark.parametrize("said", ["empty", "all_disabled", "idle"])
async def test_a_server_without_a_backend_is_not_ready(said: str) -> None:
    async with serving(WHOLE) as (server, swarm):
        server.answers["GetCurrentStatus"] = {"status": FREE, "backend_status": {"status": said}}
        with pytest.raises(BackendDown, match="backend"):
            await swarm.check_backend()
        server.answers["GetCurrentStatus"] = status(FREE)
        await swarm.check_backend()


async def test_a_returned_session_is_the_next_one_taken() -> None:
    async with serving_context() as (server, kit):
        pool = kit.sessions
        first = await pool.take_session()
        second = await pool.take_session()
        assert len({first, second}) == 2
        pool.return_session(first)
        assert await pool.take_session() == first
        assert await pool.take_session() not in (first, second)
        assert len(server.sessions) == 3


async def test_a_session_that_the_server_works_for_is_looked_at_until_it_is_free() -> None:
    async with serving_context() as (server, kit):
        session, looks = await kit.sessions.take_session(), 0

        def counters(body: dict[str, Any]) -> web.Response:
            nonlocal looks
            looks += 1
            return web.json_response(status(DRAWING if looks < 3 else FREE))

        server.answers["GetCurrentStatus"] = counters
        await kit.sessions.return_when_free(session)
        assert looks == 3
        assert await kit.sessions.take_session() == session


@pytest.mark.parametrize("answer", [status(DRAWING), FORGOTTEN])
async def test_a_session_that_never_gets_free_is_dropped(answer: dict[str, Any]) -> None:
    """As is one of which the server knows nothing any more."""
    async with serving_context() as (server, kit):
        session = await kit.sessions.take_session()
        server.answers["GetCurrentStatus"] = answer
        await kit.sessions.return_when_free(session)
        assert await kit.sessions.take_session() != session


async def test_questions_share_one_session_however_many_come_at_once() -> None:
    async with serving_context() as (server, kit):
        server.answers["Ask"] = lambda body: web.json_response({"by": body["session_id"]})
        answers = await asyncio.gather(*(kit.sessions.query_server("Ask", {}) for _ in range(5)))
        assert {answer["by"] for answer in answers} == set(server.sessions)
        assert len(server.sessions) == 1
        kit.sessions.drop_common_session()
        assert (await kit.sessions.query_server("Ask", {}))["by"] == server.sessions[1]


async def test_a_forgotten_session_is_renewed_once_for_a_question() -> None:
    async with serving_context() as (server, kit):
        asked: list[str] = []

        def answer(body: dict[str, Any]) -> web.Response:
            asked.append(body["session_id"])
            return web.json_response(FORGOTTEN if len(asked) == 1 else {"fine": 1})

        server.answers["Ask"] = answer
        assert await kit.sessions.query_server("Ask", {}) == {"fine": 1}
        assert asked == server.sessions
        server.answers["Ask"] = FORGOTTEN
        with pytest.raises(SessionForgotten):
            await kit.sessions.query_server("Ask", {})
        assert kit.health.down_reason is None, (
            "the server is well, it only does not know the session"
        )


async def test_status_that_is_none_is_a_protocol_error() -> None:
    async with serving_context() as (server, kit):
        server.counters["a"] = DRAWING
        assert await kit.sessions.fetch_status("a") == StatusFrame(1, 0, 0, 1)
        server.answers["GetCurrentStatus"] = {"status": "fine"}
        with pytest.raises(ProtocolError):
            await kit.sessions.fetch_status("a")


@pytest.mark.parametrize(
    ("said", "root"),
    [
        ({}, "View/local/"),
        ({"user_id": "bot"}, "View/bot/"),
        ({"user_id": "bot", "output_append_user": True}, "View/bot/"),
        ({"user_id": "bot", "output_append_user": False}, "Output/"),
    ],
)
async def test_the_server_says_where_files_are(said: dict[str, Any], root: str) -> None:
    async with serving_context() as (server, kit):
        server.answers["GetNewSession"] = {"session_id": "s", **said}
        assert (await kit.sessions.create_session()).files_root == root


def test_an_identity_does_not_show_its_session() -> None:
    assert "secret-session" not in repr(SwarmIdentity("secret-session"))


@pytest.mark.parametrize(
    ("counters", "working"),
    [
        ((0, 0, 0, 0), False),
        ((1, 0, 0, 0), True),
        ((0, 1, 0, 0), True),
        ((0, 0, 1, 0), True),
        ((0, 0, 0, 1), True),
    ],
)
def test_any_counter_above_zero_is_work(counters: tuple[int, int, int, int], working: bool) -> None:
    assert is_working(StatusFrame(*counters)) is working


async def test_a_server_without_a_backend_is_down_until_it_says_otherwise() -> None:
    async with serving_context() as (server, kit):
        server.answers["GetCurrentStatus"] = {"status": FREE, "backend_status": {"status": "idle"}}
        with pytest.raises(NoBackend):
            await kit.sessions.require_backend()
        server.answers["Ask"] = {"fine": 1}
        await kit.sessions.query_server("Ask", {})
        assert isinstance(kit.health.down_reason, NoBackend), "other answers prove nothing"
        server.answers["GetCurrentStatus"] = status(FREE)
        await kit.sessions.require_backend()
        assert kit.health.down_reason is None
