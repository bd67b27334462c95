"""The rounds of the janitor: lists are read anew, and what has had its time is forgotten."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

from bot.core.drawing.request import DrawRequest
from bot.core.jobs.job import Generated, Started
from bot.flow.maintenance import ROUND_INTERVAL_S, ROUNDS_PER_CLEANUP
from bot.flow.runtime.context import HostSettings
from tests.support.books import MIA
from tests.support.flow import Hands, png, stage


async def test_the_lists_are_read_anew_in_their_time_and_after_a_restart(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        read: list[float] = []
        stale = [False]
        enough = asyncio.Event()

        async def refresh() -> None:
            read.append((here.hands.now - start).total_seconds() / 60)
            stale[0] = len(read) == 2  # the server is restarted right after the second
            if len(read) == 4:
                enough.set()

        here.painter.refresh_catalog = refresh  # type: ignore[method-assign]  # only when it is asked
        here.painter.is_stale = lambda: stale[0]  # type: ignore[method-assign]
        start = here.hands.now
        task = asyncio.create_task(here.flow.maintenance.run_rounds())
        await asyncio.wait_for(enough.wait(), 20)
        task.cancel()
    first, second, restarted, after = read[:4]
    assert 10 <= first <= 13
    assert 10 <= second - first <= 13
    assert restarted - second == 1
    assert 10 <= after - restarted <= 13


async def test_the_first_round_comes_after_a_minute_and_old_files_go_with_the_tenth(
    tmp_path: Path,
) -> None:
    slept: list[float] = []
    swept = asyncio.Event()

    class Counted(Hands):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            await super().sleep(seconds)

    house = HostSettings(deliver_within=timedelta(minutes=1))
    async with stage(tmp_path, hands=Counted(), house=house) as here:

        async def delete_old(keep: object, before: object) -> None:
            assert before == here.hands.now - house.deliver_within
            swept.set()

        here.kit.spool.delete_old_init_images = delete_old  # type: ignore[method-assign]
        task = asyncio.create_task(here.flow.maintenance.run_rounds())
        await asyncio.wait_for(swept.wait(), 20)
        task.cancel()
    assert slept == [ROUND_INTERVAL_S] * ROUNDS_PER_CLEANUP


async def test_what_nobody_is_at_is_taken_up_again(tmp_path: Path) -> None:
    """A job whose pictures are on the disk, and nobody brings them."""
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        jobs = here.books.books.jobs
        await jobs.apply_job_event(job.id, Started("s", f"f/{job.id}/1"), here.hands.now)
        await here.kit.spool.save_image(job.id, 0, png())
        await jobs.apply_job_event(job.id, Generated(1), here.hands.now)
        assert here.board.messages[message].files == ()
        await here.flow.maintenance.resume_stuck_jobs()
        await here.becomes(job.id, "done")
        assert here.board.messages[message].files
        await here.balanced()


async def test_a_picture_to_begin_from_is_kept_while_a_living_job_wants_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        wanted = await here.kit.spool.save_init_image(here.kit.ids.new_job_id(), png(side=40))
        other = await here.kit.spool.save_init_image(here.kit.ids.new_job_id(), png(side=40))
        wish = DrawRequest("interaction:1", "a fox", image=wanted.name)
        await here.flow.requests.submit_request(wish, MIA)
        old = (here.hands.now - 2 * HostSettings().deliver_within).timestamp()
        for path in (tmp_path / "spool" / "inputs").iterdir():
            os.utime(path, (old, old))
        await here.flow.maintenance.delete_expired_data()
        kept = [one.stem for one in (tmp_path / "spool" / "inputs").iterdir()]
        assert wanted.name in kept
        assert other.name not in kept
