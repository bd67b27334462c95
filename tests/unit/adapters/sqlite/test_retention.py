"""What is forgotten, when, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite import Retention, retention
from bot.core.drawing.request import DrawRequest
from bot.core.history.model import DeliveryPlace, Draft, StoredImage
from bot.core.jobs.job import Cancelled, Failed, Generated, Started
from bot.core.jobs.model import Post, Purpose
from bot.core.limits.quota import Limits, LimitScope
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk, job_id, open_desk


async def days_later(desk: Desk, days: float) -> tuple[str, ...]:
    """Sweep that many days after NOON."""
    return await desk.sweep(NOON + timedelta(days=days))


async def test_tokens_are_erased_when_they_are_dead(desk: Desk) -> None:
    """Those that live stay; one without an end dies with its intent's quarter of an hour."""
    for number, until in enumerate((NOON, NOON + timedelta(seconds=1), None)):
        job = (await desk.ask()).job.id
        early = NOON - timedelta(minutes=15) + timedelta(seconds=number)
        await desk.books.posts.record_post_intent(
            Post(job, Purpose.STATUS, "n", 70, early, 9, "t", until)
        )
    await desk.books.retention.delete_expired_rows(NOON)
    assert [row["token"] for row in await desk.rows("posts")] == [None, "t", "t"]
    await desk.books.retention.delete_expired_rows(NOON + timedelta(seconds=2))
    assert [row["token"] for row in await desk.rows("posts")] == [None, None, None]


async def test_drafts_are_kept_a_day(desk: Desk) -> None:
    """And not two."""
    draft = Draft(job_id(5), MIA.user, MIA.guild, DrawRequest("message:1", "a fox"))
    await desk.books.history.save_draft(draft, NOON)
    await days_later(desk, 0.99)
    assert await desk.books.history.find_draft(draft.id) == draft
    await days_later(desk, 1)
    assert await desk.books.history.find_draft(draft.id) is None


async def test_the_spool_of_ended_jobs_may_go_after_a_day(desk: Desk) -> None:
    """Each is named until its files are said to be gone; the living never."""
    ended = (await desk.ask()).job.id
    await desk.finish(ended)
    living = (await desk.ask()).job.id
    await desk.run(living)
    assert await days_later(desk, 0.99) == ()
    assert await days_later(desk, 1) == (ended,)
    assert await days_later(desk, 1) == ()
    assert await days_later(desk, 200) == ()
    assert [job.id for job in await desk.books.jobs.list_living_jobs()] == [living]


async def test_after_a_crash_the_spool_is_named_again(tmp_path: Path) -> None:
    """Nobody knows whether the files went."""
    async with open_desk(tmp_path / "b.db") as desk:
        ended = (await desk.ask()).job.id
        await desk.finish(ended)
        assert await desk.books.retention.list_expired_spools(NOON + timedelta(days=1)) == (ended,)
    async with open_desk(tmp_path / "b.db") as desk:
        await desk.books.retention.delete_expired_rows(NOON + timedelta(days=100))
        assert await desk.books.jobs.find_job(ended) is not None  # first its files, then its row
        assert await days_later(desk, 100) == (ended,)
        assert await desk.books.jobs.find_job(ended) is None


async def test_a_picture_that_waits_to_be_seen_keeps_its_files_as_long_as_its_row(
    desk: Desk,
) -> None:
    """Nobody else may have it. What was collected goes with the next sweep."""
    ids = []
    for _ in range(2):
        job = (await desk.ask(2)).job.id
        ids.append(job)
        await desk.run(job)
        await desk.books.jobs.apply_job_event(job, Generated(2), NOON)
        places = (DeliveryPlace.CHANNEL, DeliveryPlace.UNCOLLECTED)
        images = tuple(StoredImage(job, i, "", 42, None, place) for i, place in enumerate(places))
        await desk.books.jobs.record_delivery(job, images, NOON)
    assert await days_later(desk, 1) == ()
    await desk.books.history.mark_images_collected(ids[0])
    assert await days_later(desk, 1.1) == (ids[0],)
    assert await days_later(desk, 89.9) == ()
    assert await days_later(desk, 90) == (ids[1],)
    assert await desk.rows("jobs") == []


async def test_only_known_jobs_with_files_are_found(desk: Desk) -> None:
    living, ended = (await desk.ask()).job.id, (await desk.ask()).job.id
    await desk.finish(ended)
    asked = {living, ended, job_id(99)}
    find = desk.books.retention.find_spooled_jobs
    assert await find(asked) == {living, ended}
    assert await days_later(desk, 1) == (ended,)
    assert await find(asked) == {living}
    assert await find(()) == set()


async def test_history_is_kept_ninety_days(desk: Desk) -> None:
    """Then prompt, posts and images go together, and the charge stays."""
    job = (await desk.ask()).job.id
    await desk.books.posts.record_post_intent(Post(job, Purpose.STATUS, "n", 70, NOON))
    await desk.run(job)
    await desk.books.jobs.apply_job_event(job, Generated(1), NOON)
    await desk.books.jobs.record_delivery(job, (StoredImage(job, 0, "View/1.png", 42, 900),), NOON)
    await days_later(desk, 1)
    await days_later(desk, 89.9)
    assert len(await desk.books.history.list_job_images(job)) == 1
    await days_later(desk, 90)
    assert await desk.books.jobs.find_job(job) is None
    assert await desk.rows("posts") == await desk.rows("images") == []
    assert len(await desk.rows("charges")) == 1


async def test_charges_are_kept_thirteen_months_with_their_totals(desk: Desk) -> None:
    """Whole months; a hold of that month still counts; the totals are those of the facts."""
    for asker in (MIA, BEN):
        await desk.finish((await desk.ask(2, asker)).job.id, 2)
    await desk.ask(asker=BEN)  # lives for ever
    await desk.finish((await desk.ask(now=NOON + timedelta(days=20))).job.id)
    await desk.books.retention.delete_expired_rows(
        datetime(2027, 12, 31, 23, 59, tzinfo=NOON.tzinfo)
    )
    assert len(await desk.rows("charges")) == 5
    await desk.books.retention.delete_expired_rows(datetime(2028, 1, 1, tzinfo=NOON.tzinfo))
    assert [row["day"] for row in await desk.rows("charges")] == ["2026-12-14"]
    assert (await desk.used(), await desk.used(BEN)) == ((0, 0), (1, 1))
    kept = await desk.rows("totals")
    await desk.books.limits.rebuild_totals()
    assert await desk.rows("totals") == kept


async def test_audit_is_kept_a_year(desk: Desk) -> None:
    """Of who changed what."""
    await desk.books.limits.set_limit(MODERATOR, LimitScope.MEMBER, MIA.user, {"day": 5}, NOON)
    await days_later(desk, 364)
    assert len(await desk.rows("audit")) == 1
    await days_later(desk, 365)
    assert await desk.rows("audit") == []


async def test_a_long_past_goes_in_bites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it in one sweep, no transaction longer than a bite; the hosts' times are obeyed."""
    monkeypatch.setattr(retention, "BATCH_SIZE", 2)
    short = Retention(
        spool=timedelta(0), history=timedelta(hours=1), charges_months=1, audit=timedelta(hours=1)
    )
    free = Limits(day=None, waiting=None)
    async with open_desk(tmp_path / "b.db", free, retention=short) as desk:
        for _ in range(5):
            await desk.finish((await desk.ask(3)).job.id, 3)
        named = [await desk.sweep(NOON + timedelta(minutes=n)) for n in range(4)]
        assert [len(jobs) for jobs in named] == [2, 2, 1, 0]
        await days_later(desk, 100)
        for table in ("jobs", "charges", "totals"):
            assert await desk.rows(table) == []


async def test_another_guilds_charges_are_their_own(desk: Desk) -> None:
    """The same person in two guilds has two accounts."""
    await desk.finish((await desk.ask(2)).job.id, 2)
    await desk.finish((await desk.ask(asker=replace(MIA, guild=8))).job.id)
    assert await desk.used() == (2, 2)
    assert await desk.used(replace(MIA, guild=8)) == (1, 1)


async def test_of_files_on_swarmui_owner_and_path_outlive_the_history(desk: Desk) -> None:
    """Also of an attempt that failed, since it may have saved something."""
    done, failed, never = [(await desk.ask()).job.id for _ in range(3)]
    for job in (done, failed):
        await desk.books.jobs.apply_job_event(
            job, Started("s", f"swarmbot/2026-11-24/{job}-1"), NOON
        )
    await desk.books.jobs.apply_job_event(done, Generated(1), NOON)
    await desk.books.jobs.record_delivery(
        done, (StoredImage(done, 0, "View/1.png", 42, 900),), NOON
    )
    await desk.books.jobs.apply_job_event(failed, Failed(0, "no"), NOON)
    await desk.books.jobs.apply_job_event(never, Cancelled(0), NOON)
    await days_later(desk, 89)
    assert await desk.rows("kept_files") == []
    await days_later(desk, 91)
    assert await desk.rows("jobs") == []
    assert [(row["user"], row["guild"], row["path"]) for row in await desk.rows("kept_files")] == [
        (MIA.user, 7, "View/1.png"),
        (MIA.user, 7, f"swarmbot/2026-11-24/{failed}-1"),
    ]
