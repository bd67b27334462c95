"""Reports on disk: once a person and picture, and at most so many an hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.adapters.sqlite.reports import (
    REPORT_ACTION,
    REPORT_WINDOW,
    REPORTS_MAX,
    SqliteReportStore,
)
from bot.core.jobs.job import Job
from bot.core.reports import ReportOutcome, ReportResult
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk

CLEO = replace(BEN, user=103, name="Cleo")


async def draw(desk: Desk) -> Job:
    """A finished job of Mia's."""
    job = (await desk.ask()).job
    await desk.finish(job.id)
    return job


async def test_each_reporter_of_a_picture_is_counted_once(desk: Desk) -> None:
    store, job = SqliteReportStore(desk.db), await draw(desk)
    assert await store.record_report(BEN, job, NOON) == ReportResult(ReportOutcome.RECORDED, 1)
    assert await store.record_report(BEN, job, NOON) == ReportResult(ReportOutcome.DUPLICATE, 1)
    assert await store.record_report(CLEO, job, NOON) == ReportResult(ReportOutcome.RECORDED, 2)
    assert await store.record_report(BEN, job, NOON) == ReportResult(ReportOutcome.DUPLICATE, 2)
    assert len(await desk.rows("audit")) == 2


async def test_two_pictures_are_reported_apart(desk: Desk) -> None:
    store = SqliteReportStore(desk.db)
    for job in (await draw(desk), await draw(desk)):
        assert await store.record_report(BEN, job, NOON) == ReportResult(ReportOutcome.RECORDED, 1)


async def test_one_report_too_many_in_an_hour_is_not_written(desk: Desk) -> None:
    """Another person's report is, and the same person's again once the first is an hour old."""
    store = SqliteReportStore(desk.db)
    jobs = [await draw(desk) for _ in range(REPORTS_MAX + 1)]
    outcomes = [(await store.record_report(BEN, job, NOON)).outcome for job in jobs]
    assert outcomes == [ReportOutcome.RECORDED] * REPORTS_MAX + [ReportOutcome.TOO_MANY]
    assert len(await desk.rows("audit")) == REPORTS_MAX
    assert (await store.record_report(CLEO, jobs[-1], NOON)).reporter_count == 1

    just_before = NOON + REPORT_WINDOW - timedelta(microseconds=1)
    assert await store.record_report(BEN, jobs[-1], just_before) == ReportResult(
        ReportOutcome.TOO_MANY, 1
    )
    assert await store.record_report(BEN, jobs[-1], NOON + REPORT_WINDOW) == ReportResult(
        ReportOutcome.RECORDED, 2
    )


async def test_reports_of_another_guild_do_not_count_here(desk: Desk) -> None:
    store = SqliteReportStore(desk.db)
    for _ in range(REPORTS_MAX):
        await store.record_report(replace(BEN, guild=8), await draw(desk), NOON)
    result = await store.record_report(BEN, await draw(desk), NOON)
    assert result == ReportResult(ReportOutcome.RECORDED, 1)


async def test_what_a_moderator_did_is_about_the_requester_and_no_report(desk: Desk) -> None:
    store, job = SqliteReportStore(desk.db), await draw(desk)
    await store.record_moderation(MODERATOR, "picture.deleted", job, NOON)
    await store.record_report(BEN, job, NOON)
    assert [
        (row["action"], row["actor"], row["target"], row["new"]) for row in await desk.rows("audit")
    ] == [
        ("picture.deleted", MODERATOR.user, f"member:{MIA.user}", job.id),
        (REPORT_ACTION, BEN.user, f"member:{MIA.user}", job.id),
    ]
