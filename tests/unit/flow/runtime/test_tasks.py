"""Tasks with an owner: none outlives it, none fails unheard, none begins after the end."""

from __future__ import annotations

import asyncio

import structlog

from bot.flow.runtime.tasks import TaskSupervisor


async def test_leaving_ends_what_still_runs() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    async with TaskSupervisor() as crew:
        crew.spawn_task(work(), "work")
        await asyncio.sleep(0)
    assert ended == ["work"]


async def test_leaving_ends_where_a_task_has_just_ended() -> None:
    """The task is done, and its callback has yet to run. On Python 3.12 this spun for ever."""
    done = asyncio.get_running_loop().create_future()

    async def work() -> None:
        done.set_result(None)

    async with TaskSupervisor() as crew:
        task = crew.spawn_task(work(), "delivery")
        await done
        assert task.done()


async def test_what_is_begun_by_the_dying_ends_too() -> None:
    begun = []

    async def child() -> None:
        begun.append("child")

    async with TaskSupervisor() as crew:

        async def parent() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                crew.spawn_task(child(), "child")

        crew.spawn_task(parent(), "parent")
        await asyncio.sleep(0)
    assert begun == []


async def test_nothing_begins_after_the_end() -> None:
    """Discord's own tasks may still call us: what they want would run without books."""
    async with TaskSupervisor() as crew:
        pass
    begun = []

    async def work() -> None:
        begun.append("work")

    task = crew.spawn_task(work(), "late")
    await asyncio.wait({task})
    assert task.cancelled()
    assert begun == []


async def test_a_failure_is_heard_and_does_not_end_the_others() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    goes_on = asyncio.Event()
    with structlog.testing.capture_logs() as logs:
        async with TaskSupervisor() as crew:
            await asyncio.wait({crew.spawn_task(fails(), "fails")})
            crew.spawn_task(asyncio.sleep(0, goes_on.set()), "other")
            await goes_on.wait()
    assert [(line["event"], line["task"]) for line in logs] == [("task failed", "fails")]
