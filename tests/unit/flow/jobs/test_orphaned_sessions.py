"""A cancelled generation is interrupted until SwarmUI has stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import BackendDown
from bot.core.jobs.job import Cancelled, Event, Failed, Lost, Started, Withdrawn
from bot.flow.jobs.orphaned_sessions import OrphanedSessions
from bot.flow.maintenance import ROUND_INTERVAL_S
from tests.support.flow import FakePainter, Stage, stage

CANCELLED = Cancelled(0)


async def cancel_running(here: Stage, session: str, event: Event = CANCELLED) -> None:
    """A job that SwarmUI draws is cancelled, and nothing else happens."""
    job, _ = await here.ask()
    jobs = here.books.books.jobs
    await jobs.apply_job_event(job.id, Started(session, f"f/{job.id}/1"), here.hands.now)
    await jobs.apply_job_event(job.id, event, here.hands.now)


@pytest.mark.parametrize(
    "event", [Withdrawn(), Cancelled(1), Failed(0, "x"), Failed(1, "x"), Lost()]
)
async def test_whatever_ends_a_drawing_has_it_interrupted(tmp_path: Path, event: Event) -> None:
    """The process dies before its own interrupt. Kept pictures are delivered meanwhile."""
    painter = FakePainter(working={"orphan"})
    async with stage(tmp_path, painter=painter) as here:
        await cancel_running(here, "orphan", event)
        for _ in range(2):
            await OrphanedSessions(here.kit.ports).interrupt_all()
        assert painter.interrupted == ["orphan"] * 2


async def test_a_session_that_goes_on_is_interrupted_again(tmp_path: Path) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        await cancel_running(here, "orphan")
        orphans, jobs = OrphanedSessions(here.kit.ports), here.books.books.jobs
        painter.working.add("orphan")
        for tries in (1, 2):
            await orphans.interrupt_all()
            assert painter.interrupted == ["orphan"] * tries
            assert await jobs.list_orphaned_sessions() == ("orphan",)
        painter.working.clear()
        await orphans.interrupt_all()
        assert await jobs.list_orphaned_sessions() == ()
        await orphans.interrupt_all()
        assert painter.interrupted == ["orphan"] * 3


async def test_a_server_that_is_away_is_asked_again(tmp_path: Path) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        for name in ("orphan", "second"):
            await cancel_running(here, name)
        painter.down = BackendDown()
        orphans = OrphanedSessions(here.kit.ports)
        await orphans.interrupt_all()
        left = await here.books.books.jobs.list_orphaned_sessions()
        assert set(left) == {"orphan", "second"}
        assert len(painter.interrupted) == 1, "nobody waits for each of them in turn"


async def test_a_session_that_was_leased_meanwhile_is_left_alone(tmp_path: Path) -> None:
    """The first interrupt takes its time, and the second session gets a new job in it."""
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        for name in ("first", "second"):
            await cancel_running(here, name)
        job, _ = await here.ask()
        jobs = here.books.books.jobs
        order = await jobs.list_orphaned_sessions()

        async def lease(session: str) -> None:
            painter.interrupted.append(session)
            started = Started(order[1], f"f/{job.id}/1")
            await jobs.apply_job_event(job.id, started, here.hands.now)

        painter.interrupt_session = lease  # type: ignore[method-assign]
        await OrphanedSessions(here.kit.ports).interrupt_all()
        assert painter.interrupted == [order[0]]
        assert await jobs.list_orphaned_sessions() == ()


async def test_every_minute_they_are_looked_after(tmp_path: Path) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        await cancel_running(here, "orphan")
        painter.working.add("orphan")
        began = here.hands.now
        task = here.kit.tasks.spawn_task(here.flow.maintenance.run_rounds(), "rounds")

        async def interrupted_twice() -> bool:
            return len(painter.interrupted) >= 2

        await here.until(interrupted_twice)
        task.cancel()
        assert (here.hands.now - began).total_seconds() >= ROUND_INTERVAL_S
