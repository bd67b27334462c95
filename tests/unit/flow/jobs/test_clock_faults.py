"""Somebody sets the clock, or the night does, while jobs live: each comes to its end, once.

Only the wall clock is set: seconds that were counted off stay counted off.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.errors import BackendDown, DiscordUnavailable, NoPicture
from bot.core.jobs.job import Started
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame
from bot.core.limits.quota import build_window, parse_zone
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR, NOON, set_clocks
from tests.support.flow import FakeBoard, FakePainter, Hands, Stage, stage
from tests.support.table import AddRow

TITLE = "Faults of the clock"
JUMPS = [timedelta(hours=-26), timedelta(hours=-3), timedelta(hours=3), timedelta(hours=20)]
NAMES = ["26 h back", "3 h back", "3 h forward", "20 h forward"]
jumps = pytest.mark.parametrize("jump", JUMPS, ids=NAMES)


@dataclass
class Watch(Hands):
    """Hands with a wall clock that can be set without any time passing."""

    jump: timedelta = timedelta()

    def clock(self) -> Clock:
        plain = super().clock()
        return Clock(lambda: self.now + self.jump, plain.tick, plain.sleep)


def held_up(gate: asyncio.Event) -> FakePainter:
    """A SwarmUI that goes on when the gate is opened."""
    return FakePainter(
        script=lambda _: [
            StatusFrame(1, 0, 0, 1),
            SamplingStep(0, 0.5),
            gate,
            ImageReady(0, "0.png"),
            RequestEnded(),
        ]
    )


async def picture_once(here: Stage, painter: FakePainter) -> None:
    """One message with one picture, drawn once, charged once, in the day that held it."""
    shown = [one for one in here.board.messages.values() if one.files]
    assert [len(one.files) for one in shown] == [1]
    assert len(painter.drawn) == 1
    assert await here.books.rows("holds") == []
    assert await here.books.used(MIA, NOON) == (1, 1)
    await here.balanced()


def say(row: AddRow, met_by: str, fault: str, ended: str = "picture once") -> None:
    """One line of the report's table; the test has just proven it."""
    told = "once, in words" if ended == "returned" else "by the picture"
    row(TITLE, met_by=met_by, fault=fault, ended=ended, told=told, hold="closed")


def name(jump: timedelta) -> str:
    return NAMES[JUMPS.index(jump)]


@jumps
async def test_set_while_it_waits(tmp_path: Path, jump: timedelta, row: AddRow) -> None:
    gate, watch = asyncio.Event(), Watch()
    painter = held_up(gate)
    async with stage(
        tmp_path, painter=painter, house=HostSettings(max_in_flight=1), hands=watch
    ) as here:
        here.work()
        ahead, first = await here.ask(asker=BEN)
        await here.says(first, "Drawing")
        job, _ = await here.ask()
        watch.jump = jump
        gate.set()
        await here.becomes(ahead.id, "done")
        await here.becomes(job.id, "done")
        assert await here.books.used(MIA, NOON) == (1, 1)
        assert len(painter.drawn) == 2
        assert sum(bool(one.files) for one in here.board.messages.values()) == 2
        await here.balanced()
        say(row, "queued", name(jump))


@jumps
async def test_set_while_it_is_drawn(tmp_path: Path, jump: timedelta, row: AddRow) -> None:
    gate, watch = asyncio.Event(), Watch()
    painter = held_up(gate)
    async with stage(tmp_path, painter=painter, hands=watch) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "Drawing")
        watch.jump = jump
        await here.flow.maintenance.resume_stuck_jobs()
        gate.set()
        await here.becomes(job.id, "done")
        await picture_once(here, painter)
        say(row, "running", name(jump))


@jumps
async def test_set_while_it_is_looked_for_after_a_restart(
    tmp_path: Path, jump: timedelta, row: AddRow
) -> None:
    """SwarmUI works on it: neither interrupted at once nor waited for for hours."""
    watch, painter = Watch(), FakePainter()
    async with stage(tmp_path, painter=painter, hands=watch) as here:
        job, _ = await here.ask()
        folder = f"swarmbot/2026-11-24/{job.id}/1"
        await here.books.books.jobs.apply_job_event(job.id, Started("s-1", folder), here.hands.now)
        painter.drawn.append(folder)
        asked: list[float] = []

        async def busy(session: str) -> bool:
            asked.append(here.kit.clock.tick())
            watch.jump = jump
            if len(asked) == 5:
                painter.saved[folder] = ["View/0.png"]
            return len(asked) < 5

        painter.is_session_busy = busy  # type: ignore[method-assign]  # a server that needs five looks
        await here.restart()  # first, as at a start: what runs is nobody's to begin
        here.work()
        await here.becomes(job.id, "done")
        assert len(asked) == 5
        await picture_once(here, painter)
        say(row, "recovered", name(jump))


async def test_a_server_that_works_for_ever_is_left_though_the_clock_goes_back(
    tmp_path: Path, row: AddRow
) -> None:
    """An hour is that, whatever the wall says."""
    watch, painter = Watch(), FakePainter()
    async with stage(tmp_path, painter=painter, hands=watch) as here:
        job, message = await here.ask()
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s-1", f"f/{job.id}/1"), here.hands.now
        )
        looks: list[str] = []

        async def busy(session: str) -> bool:
            looks.append(session)
            watch.jump -= timedelta(seconds=2)
            return True

        painter.is_session_busy = busy  # type: ignore[method-assign]  # it never ends
        await here.restart()  # first, as at a start: what runs is nobody's to begin
        here.work()
        await here.becomes(job.id, "done")
        assert 1700 < len(looks) < 1900
        assert painter.interrupted == ["s-1"]
        assert len(painter.drawn) == 1
        await here.balanced()
        say(row, "recovered", "stands still")
        assert here.board.messages[message].files


@jumps
async def test_set_while_it_is_delivered(tmp_path: Path, jump: timedelta, row: AddRow) -> None:
    """Nobody takes it for a while; a clock that goes back does not make it wait for hours."""
    watch, painter = Watch(), FakePainter()
    board = FakeBoard(
        {way: [DiscordUnavailable("no")] for way in ("token", "bot", "post", "direct")}
    )
    async with stage(tmp_path, painter=painter, board=board, hands=watch) as here:
        here.work()
        job, _ = await here.ask()

        async def rests() -> bool:
            return job.id in here.flow.delivery.list_undelivered_jobs()

        await here.until(rests)
        watch.jump = jump
        board.trouble.clear()
        watch.now += timedelta(minutes=2)
        await here.flow.maintenance.resume_stuck_jobs()
        await here.becomes(job.id, "done")
        await picture_once(here, painter)
        say(row, "delivering", name(jump))


@pytest.mark.parametrize(
    ("jump", "ended"), [(JUMPS[1], "picture once"), (JUMPS[2], "returned")], ids=NAMES[1:3]
)
async def test_set_while_the_server_is_away(
    tmp_path: Path, jump: timedelta, ended: str, row: AddRow
) -> None:
    """A place is kept until an hour that is written on its card: past that it is returned."""
    watch, painter = Watch(held=True), FakePainter(down=BackendDown())
    async with stage(tmp_path, painter=painter, hands=watch) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "offline")
        watch.jump = jump
        painter.down = None if ended != "returned" else painter.down
        watch.let_go()
        await here.becomes(job.id, "failed" if ended == "returned" else "done")

        async def is_told() -> bool:
            """The word is written down as said."""
            [known] = await here.books.rows("jobs")
            return bool(known["told"] or ended != "returned")

        await here.until(is_told)
        await here.kit.tasks.wait_for_tasks((f"delivery {job.id}",))
        if ended == "returned":
            # Its card seems older than an hour by now: Discord holds back edits of such.
            [told] = [n for n in here.board.messages if n != message]
            assert "1 picture returned" in here.board.messages[told].card.content
            assert await here.books.used(MIA, NOON) == (0, 0)
            await here.balanced()
        else:
            await picture_once(here, painter)
        say(row, "down", name(jump), ended)


NIGHTS = {
    "the night that has an hour twice": (
        "Europe/Berlin",
        datetime(2026, 10, 25, 0, 50, tzinfo=UTC),
    ),
    "the night without an hour": ("Europe/Berlin", datetime(2026, 3, 29, 0, 50, tzinfo=UTC)),
    "a midnight that does not exist": ("Africa/Cairo", datetime(2026, 4, 23, 21, 50, tzinfo=UTC)),
    "the end of a month": ("Europe/Berlin", datetime(2026, 11, 30, 22, 50, tzinfo=UTC)),
    "the end of a February": ("Asia/Kathmandu", datetime(2028, 2, 29, 18, 5, tzinfo=UTC)),
    "the end of a year": ("Pacific/Kiritimati", datetime(2026, 12, 31, 9, 50, tzinfo=UTC)),
}
"""Where, and a moment shortly before it."""


@pytest.mark.parametrize("night", NIGHTS)
async def test_a_night_passes_while_jobs_live(tmp_path: Path, night: str, row: AddRow) -> None:
    """What is drawn is charged to the day that held it, and what fails goes back to that day."""
    where, before = NIGHTS[night]
    gate, hands = asyncio.Event(), Hands(now=before)
    ends = {1: [ImageReady(0, "0.png"), RequestEnded()], 2: [NoPicture()]}
    painter = FakePainter(
        script=lambda order: [
            StatusFrame(1, 0, 0, 1),
            SamplingStep(0, 0.5),
            gate,
            *ends[order.images],
        ]
    )
    async with stage(tmp_path, painter=painter, hands=hands) as here:
        await set_clocks(here.books.books, MODERATOR, where, before)
        here.work()
        drawn, shown = await here.ask()
        lost, card = await here.ask("an owl", images=2)
        await here.says(shown, "Drawing")
        await here.says(card, "Drawing")
        assert (await here.books.used(MIA, before))[0] == 3
        hands.now += timedelta(minutes=40)
        await here.flow.maintenance.resume_stuck_jobs()
        gate.set()
        await here.becomes(drawn.id, "done")
        await here.becomes(lost.id, "failed")
        await here.says(card, "2 pictures returned")
        midnight = build_window(before, parse_zone(where)).day_ends
        assert [
            (await here.books.used(MIA, midnight + timedelta(seconds=s)))[0] for s in (-1, 1)
        ] == [1, 0]
        assert (await here.books.used(MIA, before))[1] == 1
        later, _ = await here.ask("a boar")
        await here.becomes(later.id, "done")
        passed = midnight <= hands.now
        assert (await here.books.used(MIA, before))[0] == (1 if passed else 2)
        assert await here.books.rows("holds") == []
        await here.balanced()
        say(row, "running", night)
        say(row, "running", f"{night}, nothing comes", "returned")
