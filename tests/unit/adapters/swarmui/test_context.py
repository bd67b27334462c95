"""What the parts of a client share: tasks that end, and interrupts that never raise."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui.context import SwarmTasks
from bot.core.errors import BackendDown
from tests.support.drawing import FOLDER, ORDER
from tests.support.frames import DRAWING, open_client, serving_context, silence, status, then_silent


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


async def test_another_process_ends_the_streams_of_the_old_one() -> None:
    async with open_client(then_silent(status(DRAWING))) as (server, swarm):
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
    async with open_client(silence) as (server, swarm):
        await swarm.fetch_identity()
        server.answers["GetCurrentStatus"] = lambda body: web.Response(status=502)
        with pytest.raises(BackendDown):
            await swarm.is_session_busy("s")
        del server.answers["GetCurrentStatus"]
        await swarm.is_session_busy("s")
        before = len(server.sessions)
        await swarm.check_backend()
        assert len(server.sessions) == before + 1


async def test_what_is_not_owed_is_cancelled_at_the_end() -> None:
    tasks, cancelled = SwarmTasks(), asyncio.Event()

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def fail() -> None:
        raise ValueError("as a test")

    task = tasks.start_task(wait_for_ever(), "look", owed=False)
    tasks.start_task(fail(), "fail", owed=True)
    await asyncio.sleep(0)  # one turn of the loop, for the tasks to begin
    await tasks.finish_tasks()
    assert cancelled.is_set()
    assert task.cancelled()


async def test_an_interrupt_is_repeated_where_the_first_may_have_come_too_early() -> None:
    async with serving_context() as (server, kit):
        await kit.interrupt_session("a")
        assert server.interrupts == ["a"]
        await kit.interrupt_session("b", sure=False)
        assert server.interrupts == ["a", "b", "b"]


@pytest.mark.parametrize("answered", [502, 400])
async def test_an_interrupt_that_fails_raises_nothing(answered: int) -> None:
    async with serving_context() as (server, kit):
        server.answers["InterruptAll"] = lambda _: web.Response(status=answered, text="no")
        await kit.interrupt_session("a")


async def test_a_sign_of_life_is_dated_by_the_loop() -> None:
    async with serving_context() as (_, kit):
        before = asyncio.get_running_loop().time()
        assert kit.last_activity < before
        kit.record_activity()
        assert kit.last_activity >= before
