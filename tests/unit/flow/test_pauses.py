"""A pause: nothing new is begun, what runs ends, places are kept, and it ends by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.limits import COUNT_QUEUED
from bot.adapters.sqlite.pauses import write_host_pause
from bot.core.drawing.request import RequestContext
from bot.core.errors import BackendDown
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame
from bot.core.pauses import EVERYWHERE, StoredPause, parse_window
from bot.core.text.format import format_timestamp
from bot.flow.pauses import CHECK_INTERVAL_S, PauseCommands
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR, NOON
from tests.support.flow import FakePainter, Hands, Stage, stage

ELSEWHERE = RequestContext(user=301, name="Zoe", guild=8, channel=80)


@asynccontextmanager
async def working(
    folder: Path,
    painter: FakePainter | None = None,
    hands: Hands | None = None,
    house: HostSettings | None = None,
) -> AsyncIterator[Stage]:
    """A bot that draws, started as `app.run` does."""
    async with stage(folder, painter=painter, hands=hands, house=house) as here:
        await here.flow.pauses.apply_pauses()
        await here.restart()
        here.work()
        yield here


async def passes(here: Stage, span: timedelta) -> None:
    """Let that much time pass, and have the watch look at the clock."""
    here.hands.now += span
    await here.flow.pauses.apply_pauses()


async def test_a_paused_server_keeps_its_places_and_others_draw(tmp_path: Path) -> None:
    async with working(tmp_path) as here:
        card = await here.flow.pauses.pause_guild(MODERATOR, 60)
        assert "`/resume`" in card.content
        first, message = await here.ask()
        second, _ = await here.ask(asker=BEN)
        other, _ = await here.ask(asker=ELSEWHERE)
        await here.becomes(other.id, "done")
        ends = format_timestamp(NOON + timedelta(hours=1))
        shown = await here.says(message, "paused")
        assert shown.card.content == (
            f"Drawing is paused. It continues {ends}. Nothing was charged, and I'll keep your "
            "place."
        )
        assert [button.action for button in shown.card.buttons] == ["cancel"]
        assert [await here.state(job.id) for job in (first, second)] == ["queued", "queued"]
        await passes(here, timedelta(minutes=59))
        assert await here.state(first.id) == "queued"
        await passes(here, timedelta(minutes=1))
        for job in (first, second):
            await here.becomes(job.id, "done")
        await here.balanced()


async def test_what_runs_ends_and_resume_goes_on_at_once(tmp_path: Path) -> None:
    going = asyncio.Event()
    painter = FakePainter()
    painter.script = lambda _: [
        StatusFrame(1, 0, 0, 0),
        SamplingStep(0, 0.5),
        going,
        ImageReady(0, "View/0.png"),
        RequestEnded(),
    ]
    async with working(tmp_path, painter) as here:
        running, _ = await here.ask()
        await here.becomes(running.id, "running")
        await here.flow.pauses.pause_guild(MODERATOR, 60)
        waiting, _ = await here.ask(asker=BEN)
        going.set()
        await here.becomes(running.id, "done")
        assert await here.state(waiting.id) == "queued"
        card = await here.flow.pauses.resume_guild(MODERATOR)
        assert card.content == "Drawing continues in this server."
        await here.becomes(waiting.id, "done")


async def test_the_host_pauses_everybody_from_another_process(tmp_path: Path) -> None:
    books = tmp_path / "books.db"
    async with working(tmp_path) as here:
        write_host_pause(books, StoredPause(EVERYWHERE, NOON + timedelta(hours=8)))
        watch = asyncio.create_task(here.flow.pauses.watch_pauses())

        async def noticed() -> bool:
            return bool(here.flow.queue.pause_ends)

        await here.until(noticed)
        watch.cancel()
        jobs = [(await here.ask(asker=one))[0] for one in (MIA, ELSEWHERE)]
        for _ in range(200):
            await asyncio.sleep(0)
        assert [await here.state(job.id) for job in jobs] == ["queued", "queued"]
        card = await here.flow.pauses.resume_guild(MODERATOR)
        assert "The host has paused drawing for everybody." in card.content
        write_host_pause(books, None)
        await here.flow.pauses.apply_pauses()
        for job in jobs:
            await here.becomes(job.id, "done")


async def test_the_watch_looks_every_few_seconds(tmp_path: Path) -> None:
    slept: list[float] = []

    class Counted(Hands):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            await super().sleep(seconds)

    async with stage(tmp_path, hands=Counted()) as here:
        watch = asyncio.create_task(here.flow.pauses.watch_pauses())

        async def thrice() -> bool:
            return len(slept) == 3

        await here.until(thrice)
        watch.cancel()
    assert set(slept) == {CHECK_INTERVAL_S}


async def test_a_restart_keeps_to_a_pause_and_shows_it(tmp_path: Path) -> None:
    async with working(tmp_path) as here:
        await here.flow.pauses.pause_guild(MODERATOR, 60)
        job, message = await here.ask()
        board = here.board
    async with stage(tmp_path, board=board) as here:
        await here.flow.pauses.apply_pauses()
        await here.restart()
        here.work()
        await here.says(message, "Drawing is paused.")
        assert await here.state(job.id) == "queued"
        await passes(here, timedelta(hours=1))
        await here.becomes(job.id, "done")


async def test_the_schedule_pauses_and_continues(tmp_path: Path) -> None:
    house = HostSettings(pause_windows=(parse_window("13:00-15:00"),))
    async with working(tmp_path, house=house) as here:
        first, _ = await here.ask()
        await here.becomes(first.id, "done")
        await passes(here, timedelta(hours=1))
        second, _ = await here.ask()
        for _ in range(200):
            await asyncio.sleep(0)
        assert await here.state(second.id) == "queued"
        await passes(here, timedelta(hours=2))
        await here.becomes(second.id, "done")


async def test_an_outage_in_a_pause_costs_nobody_their_place(tmp_path: Path) -> None:
    """The owner pauses, ends SwarmUI and plays. It is back some minutes after the pause."""
    painter, hands = FakePainter(), Hands(held=True)
    async with working(tmp_path, painter, hands) as here:
        write_host_pause(tmp_path / "books.db", StoredPause(EVERYWHERE, NOON + timedelta(hours=4)))
        await here.flow.pauses.apply_pauses()
        job, message = await here.ask()
        painter.down = BackendDown()
        await here.flow.maintenance.refresh_lists()
        await here.says(message, "Drawing is paused.")
        for span in (timedelta(hours=3), timedelta(hours=1), timedelta(minutes=29)):
            await passes(here, span)
            await here.flow.outage._fail_expired_jobs()
            assert await here.state(job.id) == "queued"
        card = here.flow.queue.build_queued_card(job)
        assert card.content.startswith("The image server is offline.")
        await passes(here, timedelta(minutes=1))
        await here.flow.outage._fail_expired_jobs()
        assert await here.state(job.id) == "failed", "the usual time is over"


@pytest.mark.parametrize("moderator", [False, True])
async def test_the_queue_says_that_it_pauses(tmp_path: Path, moderator: bool) -> None:
    asker = replace(MIA, can_manage_guild=moderator)
    ends = format_timestamp(NOON + timedelta(hours=1))
    async with working(tmp_path) as here:
        await here.flow.pauses.pause_guild(MODERATOR, 60)
        pause = f"Drawing is paused. It continues {ends}."
        assert (await here.flow.info.queue_card(asker)).content == f"The queue is empty. {pause}"
        await here.ask()
        card = await here.flow.info.queue_card(asker)
        assert card.content == f"{pause} 1 waiting, 0 in progress."
        assert card.embed is not None
        assert card.embed.body == "1. *a fox* · paused"
        elsewhere = await here.flow.info.queue_card(ELSEWHERE)
        assert "paused" not in elsewhere.content


async def test_a_paused_job_is_nobodys_place_in_line(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.ask(asker=BEN)
        await here.flow.pauses.pause_guild(MODERATOR, 60)
        other, _ = await here.ask(asker=ELSEWHERE)
        assert here.flow.queue.find_position(other.id) == 1
        assert len(here.flow.queue.list_waiting()) == 1
        await here.flow.pauses.resume_guild(MODERATOR)
        assert len(here.flow.queue.list_waiting()) == 2
        assert isinstance(here.flow.pauses, PauseCommands)


async def test_a_paused_job_can_be_cancelled(tmp_path: Path) -> None:
    async with working(tmp_path) as here:
        await here.flow.pauses.pause_guild(MODERATOR, 60)
        job, _ = await here.ask()
        await here.flow.cancellation.cancel_own_jobs(MIA)
        await here.becomes(job.id, "cancelled")
        await here.balanced()


async def test_who_waits_in_a_paused_server_is_in_nobody_elses_way(tmp_path: Path) -> None:
    house = HostSettings(max_in_flight=1)
    async with working(tmp_path, house=house) as here:
        await here.flow.pauses.pause_guild(MODERATOR, 60)
        rows = "SELECT count(*) AS n FROM jobs WHERE state = 'queued'"
        for number in range(3):
            await here.ask(f"fox {number}", replace(MIA, user=900 + number))
        assert (await here.books.db.read_rows(rows))[0]["n"] == 3
        params = {"now": to_micros(here.hands.now)}
        counts = [
            (await here.books.db.read_rows(COUNT_QUEUED, {**params, "guild": guild}))[0][0]
            for guild in (MIA.guild, ELSEWHERE.guild)
        ]
        assert counts == [3, 0]
        await passes(here, timedelta(hours=2))
