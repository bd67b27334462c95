"""The gate and the moves, with their money, over a real file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.adapters.sqlite import jobs as job_rows
from bot.core.errors import Refused
from bot.core.history.model import StoredImage
from bot.core.jobs.job import Cancelled, Delivered, Failed, Generated, Lost, Started, State
from bot.core.limits.quota import Limits, LimitScope
from tests.support.books import (
    BEN,
    MIA,
    MODERATOR,
    NOON,
    Desk,
    job_id,
    open_desk,
    order,
    set_clocks,
)


async def test_a_job_comes_back_as_it_was_born(desk: Desk) -> None:
    """Every field survives the file, the order's tuple and floats too."""
    asker = replace(MIA, name="Mia \ud800 🦊", roles=(5, 6))
    admission = await desk.ask(2, asker)
    assert admission.created
    assert admission.job.requester_name == "Mia ? 🦊"
    assert admission.job.order == order(2)
    assert admission.job.roles == (5, 6)
    assert await desk.books.jobs.find_job(admission.job.id) == admission.job
    assert await desk.books.jobs.find_job(job_id(999)) is None


async def test_a_known_source_is_the_same_job(desk: Desk) -> None:
    """A replayed gateway event creates nothing and takes nothing."""
    first = await desk.ask(source="message:1")
    again = await desk.ask(source="message:1")
    assert (again.job, again.created) == (first.job, False)
    assert again.balance.day_used == 1
    assert len(await desk.rows("jobs")) == len(await desk.rows("holds")) == 1


async def test_a_known_source_is_known_when_nothing_is_left(tmp_path: Path) -> None:
    """The replay of the last picture's event is no refusal."""
    async with open_desk(tmp_path / "b.db", Limits(day=1)) as desk:
        first = await desk.ask(source="message:1")
        assert (await desk.ask(source="message:1")).job == first.job


async def test_the_balance_of_an_admission_has_the_job_in_it(desk: Desk) -> None:
    """So that the card may say what is left now."""
    balance = (await desk.ask(3)).balance
    assert (balance.day_used, balance.day_left, balance.waiting) == (3, 17, 1)


async def test_the_last_picture_has_one_winner(tmp_path: Path) -> None:
    """Ten clicks at the same moment, one picture left."""
    async with open_desk(tmp_path / "b.db", Limits(day=3, waiting=None)) as desk:
        await desk.ask(2)
        answers = await asyncio.gather(*(desk.ask() for _ in range(10)), return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, Refused)]
        assert len(refused) == 9
        assert await desk.used() == (3, 3)
        assert sum(row["pictures"] for row in await desk.rows("holds")) == 3


async def test_two_programs_on_one_file_have_one_winner(tmp_path: Path) -> None:
    """The gate is a transaction of the file, not a lock in one process."""
    path = tmp_path / "b.db"
    async with open_desk(path, Limits(day=1)) as one, open_desk(path, Limits(day=1)) as two:
        two.numbers = count(1000)  # other ids and sources than those of the first
        answers = await asyncio.gather(
            *(desk.ask() for desk in (one, two) * 4), return_exceptions=True
        )
        assert sum(not isinstance(answer, Exception) for answer in answers) == 1
        assert all(isinstance(a, Refused) for a in answers if isinstance(a, Exception))


@pytest.mark.parametrize(
    ("limits", "images", "rule"),
    [
        (Limits(day=2), 3, "quota.day"),
        (Limits(day=None, month=2), 3, "quota.month"),
        (Limits(day=0), 1, "quota.none"),
        (Limits(per_job=0), 1, "quota.none"),
        (Limits(running=0), 1, "quota.none"),
        (Limits(per_job=2), 3, "quota.per_job"),
    ],
)
async def test_each_number_refuses(tmp_path: Path, limits: Limits, images: int, rule: str) -> None:
    """By its own rule, with the prompt given back, and nothing is written."""
    async with open_desk(tmp_path / "b.db", limits) as desk:
        with pytest.raises(Refused) as caught:
            await desk.ask(images)
        assert (caught.value.rule, caught.value.prompt) == (rule, "a fox")
        for table in ("jobs", "holds", "totals"):
            assert await desk.rows(table) == []


async def test_waiting_is_bounded_per_person(desk: Desk) -> None:
    """Three wait; one that runs does not count; another person is free to ask."""
    jobs = [(await desk.ask()).job.id for _ in range(3)]
    with pytest.raises(Refused, match="3 waiting") as caught:
        await desk.ask()
    assert caught.value.rule == "queue.waiting"
    await desk.ask(asker=BEN)
    await desk.ask(asker=replace(MIA, guild=8))
    await desk.run(jobs[0])
    balance = (await desk.ask()).balance
    assert (balance.waiting, balance.running) == (3, 1)


async def test_the_queue_is_bounded_for_all(tmp_path: Path) -> None:
    """Counted over people and guilds."""
    async with open_desk(tmp_path / "b.db", queue_max=2) as desk:
        first = await desk.ask()
        await desk.ask(asker=replace(BEN, guild=8))
        with pytest.raises(Refused) as caught:
            await desk.ask(asker=replace(BEN, guild=9))
        assert caught.value.rule == "queue.full"
        await desk.run(first.job.id)
        await desk.ask(asker=replace(BEN, guild=9))


async def test_a_moderator_raises_the_limit_and_it_acts_at_once(tmp_path: Path) -> None:
    """The same transaction that lets in also reads the rules."""
    async with open_desk(tmp_path / "b.db", Limits(day=1)) as desk:
        await desk.ask()
        with pytest.raises(Refused):
            await desk.ask()
        await desk.books.limits.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, {"day": 2}, NOON)
        assert (await desk.ask()).balance.day_source == "member"


async def test_delivered_pictures_become_charges(desk: Desk) -> None:
    """k rows dated when they were held; what did not come is returned; the hold is gone."""
    asked = NOON - timedelta(minutes=5)
    job = (await desk.ask(4, now=asked)).job.id
    await desk.run(job)
    assert await desk.used() == (4, 4)
    await desk.books.jobs.apply_job_event(job, Generated(3), NOON)
    assert await desk.used() == (3, 3)
    images = tuple(StoredImage(job, i, f"View/{i}.png", 42 + i, 900) for i in range(3))
    moved = await desk.books.jobs.record_delivery(job, images, NOON)
    assert moved is not None
    assert moved.job.state is State.DONE
    assert await desk.books.jobs.find_job(job) == moved.job
    charges = await desk.rows("charges")
    assert [(c["user"], c["day"], c["month"]) for c in charges] == [
        (MIA.user, "2026-11-24", "2026-11")
    ] * 3
    assert {c["held_at"] for c in charges} == {int(asked.timestamp()) * 1_000_000}
    assert await desk.rows("holds") == []
    assert await desk.used() == (3, 3)
    assert await desk.books.history.list_job_images(job) == images


async def test_a_second_delivery_writes_nothing(desk: Desk) -> None:
    """A doubled event finds no move."""
    job = (await desk.ask()).job.id
    await desk.run(job)
    await desk.books.jobs.apply_job_event(job, Generated(1), NOON)
    image = StoredImage(job, 0, "", 42, 900)
    assert await desk.books.jobs.record_delivery(job, (image,), NOON)
    assert await desk.books.jobs.record_delivery(job, (image,), NOON) is None
    assert await desk.books.jobs.apply_job_event(job, Delivered(), NOON) is None
    assert len(await desk.rows("charges")) == len(await desk.rows("images")) == 1


async def test_a_delivery_without_a_move_writes_no_history(desk: Desk) -> None:
    """Pictures of a job that is only queued are nobody's."""
    job = (await desk.ask()).job.id
    assert (
        await desk.books.jobs.record_delivery(job, (StoredImage(job, 0, "", 1, None),), NOON)
        is None
    )
    assert await desk.rows("images") == []


@pytest.mark.parametrize("end", [Failed(0, "no memory", "K7Q2"), Cancelled(0)])
async def test_an_end_without_a_picture_returns_the_hold(
    desk: Desk, end: Failed | Cancelled
) -> None:
    """Nothing is charged that was not delivered; the ended job knows no session."""
    job = (await desk.ask(2)).job.id
    await desk.run(job)
    moved = await desk.books.jobs.apply_job_event(job, end, NOON)
    assert moved is not None
    assert moved.job.session == ""
    assert await desk.books.jobs.find_job(job) == moved.job
    assert await desk.used() == (0, 0)
    assert await desk.rows("holds") == await desk.rows("totals") == []


async def test_a_refund_goes_to_the_day_it_was_taken_from(desk: Desk) -> None:
    """Asked before midnight, failed after it: today's count is not touched."""
    late = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    early = late + timedelta(minutes=2)
    job = (await desk.ask(2, now=late)).job.id
    await desk.ask(1, now=early)
    assert (await desk.used(now=late), await desk.used(now=early)) == ((2, 2), (1, 1))
    await desk.books.jobs.apply_job_event(job, Failed(0, "gone"), early)
    assert (await desk.used(now=late), await desk.used(now=early)) == ((0, 0), (1, 1))


async def test_the_guilds_clocks_decide_the_day(desk: Desk) -> None:
    """Eleven in the evening in London is tomorrow in Berlin."""
    await set_clocks(desk.books, MODERATOR, "Europe/Berlin", NOON)
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    admission = await desk.ask(now=late)
    assert admission.balance.window.day == "2026-12-01"
    assert (await desk.books.limits.compute_balance(MIA, late)).window == admission.balance.window
    assert [row["month"] for row in await desk.rows("holds")] == ["2026-12"]
    assert await desk.used(replace(MIA, guild=8), late) == (0, 0)
    with pytest.raises(ValueError, match="not a time zone"):
        await set_clocks(desk.books, MODERATOR, "Mars/Olympus", NOON)


async def test_lost_once_is_queued_again_with_its_hold(desk: Desk) -> None:
    """And the second time it fails and returns it."""
    job = (await desk.ask()).job.id
    await desk.run(job)
    moved = await desk.books.jobs.apply_job_event(job, Lost(), NOON)
    assert moved is not None
    assert (moved.job.state, await desk.used()) == (State.QUEUED, (1, 1))
    await desk.run(job)
    await desk.books.jobs.apply_job_event(job, Lost("restarted"), NOON)
    assert await desk.used() == (0, 0)


async def test_living_are_the_unended_oldest_first(desk: Desk) -> None:
    """In the order they were asked, whatever their state."""
    old = (await desk.ask(now=NOON + timedelta(seconds=1))).job.id
    older = (await desk.ask(now=NOON)).job.id
    done = (await desk.ask(now=NOON)).job.id
    await desk.run(old)
    await desk.finish(done)
    assert [job.id for job in await desk.books.jobs.list_living_jobs()] == [older, old]


async def test_a_session_is_noted_only_for_a_running_job(desk: Desk) -> None:
    """A renewal that is told too late does not bring a secret back."""
    job = (await desk.ask()).job.id
    await desk.books.jobs.update_job_session(job, "early")
    await desk.run(job)
    await desk.books.jobs.update_job_session(job, "renewed")
    living = await desk.books.jobs.find_job(job)
    assert living is not None
    assert living.session == "renewed"
    await desk.books.jobs.apply_job_event(job, Cancelled(0), NOON)
    await desk.books.jobs.update_job_session(job, "late")
    assert [row["session"] for row in await desk.rows("jobs")] == [""]


async def test_an_unknown_job_has_no_moves(desk: Desk) -> None:
    """Forgotten with its history, perhaps."""
    moved = await desk.db.run_transaction(
        job_rows.apply_job_event, job_id(77), Started("s", "f"), NOON
    )
    assert moved is None
    assert await desk.rows("jobs") == []


async def test_a_row_that_another_connection_wrote_is_read_as_the_same_job(desk: Desk) -> None:
    """By its id, by its source, and among the living."""
    job = (await desk.ask(2, replace(MIA, roles=(5, 6)), source="message:1")).job
    await desk.run(job.id)
    for sql, params in (
        (job_rows.SELECT_BY_ID, (job.id,)),
        (job_rows.SELECT_BY_SOURCE, ("message:1",)),
        (job_rows.SELECT_LIVING, ()),
    ):
        (row,) = await desk.db.read_rows(sql, params)
        assert job_rows.read_job(row) == replace(
            job,
            state=State.RUNNING,
            attempt=1,
            session="session",
            folder=f"day/{job.id}/1",
            started_at=NOON,
        )


async def test_who_has_not_heard_of_an_end(desk: Desk) -> None:
    """Failed and cancelled, since then, oldest first; not the delivered, the living, the told."""
    failed, cancelled, old, done = [(await desk.ask(asker=a)).job.id for a in (MIA, BEN) * 2]
    await desk.ask()  # lives
    await desk.books.jobs.apply_job_event(old, Failed(0, "no memory"), NOON - timedelta(seconds=1))
    await desk.books.jobs.apply_job_event(cancelled, Cancelled(0), NOON + timedelta(seconds=1))
    await desk.books.jobs.apply_job_event(failed, Failed(0, "no memory"), NOON)
    await desk.finish(done)
    assert [job.id for job in await desk.books.jobs.list_unnotified_jobs(NOON)] == [
        failed,
        cancelled,
    ]
    await desk.books.jobs.mark_job_notified(failed)
    assert [job.id for job in await desk.books.jobs.list_unnotified_jobs(NOON)] == [cancelled]
