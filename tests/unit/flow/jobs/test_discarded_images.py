"""Pictures that SwarmUI takes back are not shown, and not charged."""

from __future__ import annotations

from pathlib import Path

from bot.core.jobs.progress import ImageReady, RequestEnded
from tests.support.flow import FakePainter, stage


async def test_only_the_pictures_that_stay_are_delivered(tmp_path: Path) -> None:
    pictures = [ImageReady(index, f"View/{index}.png") for index in range(3)]
    painter = FakePainter(script=lambda _: [*pictures, RequestEnded((0, 2))])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask(images=3)
        await here.becomes(job.id, "done")
        shown = await here.says(message, "1 picture was kept, 2 returned")
        assert [file.name for file in shown.files] == [f"swarmbot-{job.id}-2.png"]
        await here.balanced()


async def test_a_job_of_which_nothing_stays_is_returned(tmp_path: Path) -> None:
    painter = FakePainter(script=lambda _: [ImageReady(0, "View/0.png"), RequestEnded((0,))])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "1 picture returned")
        await here.becomes(job.id, "failed")
        await here.balanced()
