"""Who reported which picture, and what moderators did to others' jobs: rows of the record."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.sqlite.audit import audit
from bot.adapters.sqlite.codec import micros
from bot.adapters.sqlite.database import Database
from bot.core.drawing.request import RequestContext
from bot.core.jobs.job import Job
from bot.core.reports import ReportOutcome, ReportResult

REPORTED: Final = "picture.reported"
AN_HOUR: Final = timedelta(hours=1)
HOURLY: Final = 5

_PEOPLE: Final = (
    "SELECT count(DISTINCT actor) AS people, coalesce(max(actor = :user), 0) AS mine FROM audit"
    " WHERE guild = :guild AND action = :action AND new = :job"
)
_LATELY: Final = (
    "SELECT count(*) AS n FROM audit"
    " WHERE at > :since AND guild = :guild AND action = :action AND actor = :user"
)


class SqliteReportStore:
    """Reports and moderation of images. Implements the port `ReportStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def record_report(self, asker: RequestContext, job: Job, now: datetime) -> ReportResult:
        return await self._db.run(_report, asker, job, now)

    async def record_moderation(
        self, asker: RequestContext, action: str, job: Job, now: datetime
    ) -> None:
        await self._db.run(_note, asker, action, job, now)


def _report(
    conn: sqlite3.Connection, asker: RequestContext, job: Job, now: datetime
) -> ReportResult:
    which = {"guild": asker.guild, "action": REPORTED, "user": asker.user, "job": job.id}
    known = conn.execute(_PEOPLE, which).fetchone()
    if known["mine"]:
        return ReportResult(ReportOutcome.DUPLICATE, known["people"])
    lately = conn.execute(_LATELY, {**which, "since": micros(now - AN_HOUR)}).fetchone()
    if lately["n"] >= HOURLY:
        return ReportResult(ReportOutcome.TOO_MANY, known["people"])
    _note(conn, asker, REPORTED, job, now)
    return ReportResult(ReportOutcome.RECORDED, known["people"] + 1)


def _note(
    conn: sqlite3.Connection, asker: RequestContext, action: str, job: Job, now: datetime
) -> None:
    audit(conn, asker, action, f"member:{job.requester}", "", job.id, now)
