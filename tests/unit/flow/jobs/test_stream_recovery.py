"""A running job whose stream is gone: how it ended is found out before anything is drawn again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import BackendDown, NotAllowed
from bot.core.jobs import refusals as job_refusals
from bot.core.jobs.job import Failed, Generated, Job, Lost
from bot.flow.jobs.stream_recovery import (
    POLL_INTERVAL_S,
    STOP_WAIT,
    WRITE_TIME_S,
    StreamRecovery,
)
from tests.support.flow import FakePainter, Hands, Stage, stage


def recovery(here: Stage) -> StreamRecovery:
    return here.flow.worker._stream_recovery


async def running(here: Stage, images: int = 2) -> Job:
    """A job that SwarmUI has, with nobody at it here."""
    job, _ = await here.ask(images=images)
    await here.books.run(job.id)
    found = await here.kit.stores.jobs.find_job(job.id)
    assert found is not None
    return found


@pytest.mark.parametrize("saved", [0, 1, 2, 3])
async def test_what_lies_in_the_folder_is_what_was_drawn(tmp_path: Path, saved: int) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        job = await running(here)
        painter.saved[job.folder] = [f"View/{number}.png" for number in range(saved)]
        outcome = await recovery(here).determine_outcome(job, "the stream broke")
        kept = await here.kit.spool.list_spooled_files(job.id)
        assert len(kept) == min(saved, job.order.images)
        assert outcome == (Generated(len(kept)) if kept else Lost("the stream broke"))
        assert painter.interrupted == [job.session]


@pytest.mark.parametrize("listed", [0, 1])
async def test_a_file_that_is_written_a_moment_later_is_not_drawn_again(
    tmp_path: Path, listed: int
) -> None:
    """SwarmUI's counters are at zero 0.6 s before the last files are there."""
    painter, hands = FakePainter(), Hands()
    async with stage(tmp_path, painter=painter, hands=hands) as here:
        job = await running(here)
        refs = ("View/0.png", "View/1.png")
        written_at = hands.now + timedelta(seconds=0.6)

        async def find(path: str) -> tuple[str, ...]:
            return refs if hands.now >= written_at else refs[:listed]

        painter.list_saved_images = find  # type: ignore[method-assign]
        assert await recovery(here).determine_outcome(job, "the stream broke") == Generated(2)


async def test_files_that_are_all_there_are_not_waited_for(tmp_path: Path) -> None:
    painter, hands = FakePainter(), Hands()
    async with stage(tmp_path, painter=painter, hands=hands) as here:
        job = await running(here)
        painter.saved[job.folder] = ["View/0.png", "View/1.png"]
        began = hands.now
        assert await recovery(here).determine_outcome(job) == Generated(2)
        assert hands.now == began


class Counted(Hands):
    """A clock that knows how long was slept each time."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await super().sleep(seconds)


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_session_that_is_busy_is_waited_for_so_long_and_no_longer(
    tmp_path: Path, stopped: bool
) -> None:
    """A job of ours is waited for, and one that SwarmUI was told to stop for a minute only."""
    painter, hands = FakePainter(), Counted()
    async with stage(tmp_path, painter=painter, hands=hands) as here:
        job = await running(here)
        painter.working.add(job.session)
        began = hands.now
        assert isinstance(await recovery(here).determine_outcome(job, stopped=stopped), Lost)
        slept = {seconds for seconds in hands.slept if seconds >= 1}
        assert slept == {POLL_INTERVAL_S, WRITE_TIME_S}
        most = STOP_WAIT if stopped else here.kit.host.lost_stream
        late = timedelta(seconds=2 * POLL_INTERVAL_S + WRITE_TIME_S)
        assert most <= hands.now - began <= most + late


@pytest.mark.parametrize("minutes_of_work", [6, 40])
async def test_one_failed_look_after_long_work_is_no_reason_to_give_up(
    tmp_path: Path, minutes_of_work: int
) -> None:
    """The patience with a server that is away begins when it goes away, not with the work."""
    painter, looks = FakePainter(), 0
    async with stage(tmp_path, painter=painter) as here:
        job = await running(here, images=1)
        began = here.hands.now

        async def busy(session: str) -> bool:
            nonlocal looks
            looks += 1
            if here.hands.now - began >= timedelta(minutes=minutes_of_work) and looks % 2:
                raise BackendDown
            done = here.hands.now - began >= timedelta(minutes=minutes_of_work + 1)
            painter.saved[job.folder] = ["View/0.png"] if done else []
            return not done

        painter.is_session_busy = busy  # type: ignore[method-assign]  # away at every other look
        assert await recovery(here).determine_outcome(job) == Generated(1)


async def test_a_job_that_is_found_again_says_that_it_is_still_drawn(tmp_path: Path) -> None:
    """It stood at step 15, and nobody reads that it starts now."""
    painter, hands = FakePainter(), Hands(held=True)
    async with stage(tmp_path, painter=painter, hands=hands) as here:
        job, message = await here.ask()
        await here.books.run(job.id)
        found = await here.kit.stores.jobs.find_job(job.id)
        assert found is not None
        painter.working.add(found.session)
        here.flow.worker.resume_job(found)
        shown = await here.says(message, "is still drawing this")
        assert shown.card.embed is not None
        assert shown.card.embed.title == "Drawing"
        painter.working.clear()
        painter.saved[found.folder] = ["View/0.png"]
        hands.let_go()
        await here.becomes(job.id, "done")


async def test_a_server_that_stays_away_ends_it_with_what_is_kept(tmp_path: Path) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        job = await running(here)
        painter.down = BackendDown()
        outcome = await recovery(here).determine_outcome(job)
        assert outcome == Failed(0, job_refusals.OUTAGE_REASON)
        assert here.flow.queue.down_since is not None
        assert here.flow.queue.interrupted_jobs == set()


async def test_a_server_that_does_not_show_what_it_has_ends_it_at_once(tmp_path: Path) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        job = await running(here)
        painter.down = NotAllowed()
        outcome = await recovery(here).determine_outcome(job)
        assert isinstance(outcome, Failed)
        assert outcome.reason == NotAllowed().sentence
        assert outcome.ref == "K7Q2"


async def test_cancelled_in_the_middle_it_tells_the_server_to_stop(tmp_path: Path) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        job = await running(here)
        painter.working.add(job.session)
        finding = asyncio.create_task(recovery(here).determine_outcome(job))
        for _ in range(20):
            await asyncio.sleep(0)
        finding.cancel()
        await asyncio.wait({finding})
        await here.kit.tasks.wait_for_tasks(("stop ",))
        assert finding.cancelled()
        assert painter.interrupted == [job.session]


@pytest.mark.parametrize(("images", "have", "found"), [(3, 0, 2), (3, 1, 2), (1, 0, 0), (2, 2, 0)])
async def test_the_rest_of_a_batch_that_failed_is_fetched(
    tmp_path: Path, images: int, have: int, found: int
) -> None:
    """A single picture that failed has left nothing, and what is kept already is all there is."""
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        job = await running(here, images=images)
        painter.saved[job.folder] = ["View/0.png", "View/1.png"]
        assert await recovery(here).collect_remaining(job, have) == found
        painter.down = BackendDown()
        assert await recovery(here).collect_remaining(job, have) == found


async def test_each_number_keeps_the_path_of_its_own_picture(tmp_path: Path) -> None:
    """The stream numbered two pictures the other way round than the folder lists them."""
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        job = await running(here)
        for index, ref in ((0, "View/b.png"), (1, "View/a.png")):
            here.flow.delivery.record_image_ref(job.id, index, ref)
        painter.saved[job.folder] = ["View/a.png", "View/b.png"]
        assert await recovery(here).collect_remaining(job, 0) == 2
        assert here.flow.delivery._image_refs[job.id] == {0: "View/a.png", 1: "View/b.png"}
