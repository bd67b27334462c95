"""Hours in a moment: what waits long or is drawn for long arrives all the same, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA
from tests.support.flow import FakePainter, stage


async def test_a_job_queued_for_twenty_minutes_delivers_without_its_token(tmp_path: Path) -> None:
    """The interaction's token died at fifteen; the same message is edited by the bot's own."""
    first_may_end = asyncio.Event()
    waits = [first_may_end]

    def script(order: object) -> list[object]:
        pause = [waits.pop()] if waits else []
        return [
            StatusFrame(1, 0, 0, 1),
            SamplingStep(0, 0.5),
            *pause,
            ImageReady(0, "View/0.png"),
            RequestEnded(),
        ]

    painter = FakePainter(script=script)  # type: ignore[arg-type]  # events and things to wait for
    async with stage(tmp_path, painter=painter, house=HostSettings(max_in_flight=1)) as here:
        here.work()
        ahead, shown_ahead = await here.ask(asker=BEN)
        await here.says(shown_ahead, "Drawing, step 10 of 20")
        job, message = await here.ask(asker=MIA)
        await here.says(message, "You're 1st in line")
        here.hands.now += timedelta(minutes=20)
        first_may_end.set()
        await here.becomes(ahead.id, "done")
        await here.becomes(job.id, "done")
        assert [way for name, way in here.board.edits if name == message][-1] == "bot"
        assert len(here.board.messages[message].files) == 1
        assert len(painter.drawn) == 2
        assert await here.books.used(MIA) == (1, 1)
        await here.balanced()


async def test_a_picture_drawn_for_ninety_minutes_comes_as_a_new_message(tmp_path: Path) -> None:
    """Edits of a message older than an hour are held back by Discord: the old card points on."""
    may_end = asyncio.Event()
    painter = FakePainter(
        script=lambda _: [
            StatusFrame(1, 0, 0, 1),
            SamplingStep(0, 0.05),
            may_end,
            ImageReady(0, "View/0.png"),
            RequestEnded(),
        ]
    )
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "Drawing, step 1 of 20")
        for _ in range(9):
            here.hands.now += timedelta(minutes=10)
            await here.flow.queue.refresh_jobs()
        may_end.set()
        await here.becomes(job.id, "done")
        with_files = [n for n, shown in here.board.messages.items() if shown.files]
        assert len(with_files) == 1
        assert with_files != [message]
        await here.says(message, f"/{with_files[0]}")
        assert len(painter.drawn) == 1
        assert await here.books.used(MIA) == (1, 1)
        await here.balanced()
