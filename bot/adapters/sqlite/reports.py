"""Audit rows about reports and about moderators' actions on other members' jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.adapters.sqlite.notices import insert_notice
from bot.core.drawing.request import RequestContext
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.notices import Notice
from bot.core.reports import ReportOutcome, ReportResult

REPORT_ACTION: Final = "picture.reported"
REPORT_WINDOW: Final = timedelta(hours=1)
REPORTS_MAX: Final = 5

_COUNT_REPORTERS: Final = (
    "SELECT count(DISTINCT actor) AS people, coalesce(max(actor = :user), 0) AS mine FROM audit"
    " WHERE guild = :guild AND action = :action AND new = :job"
)
_COUNT_RECENT: Final = (
    "SELECT count(*) AS n FROM audit"
    " WHERE at > :since AND guild = :guild AND action = :action AND actor = :user"
)


_LIST_REPORTERS: Final = (
    "SELECT actor FROM audit WHERE guild = ? AND action = ? AND new = ? AND actor != 0"
    " GROUP BY actor ORDER BY min(at), min(rowid)"
)


class SqliteReportStore(SqliteStore):
    """Reports and moderation of images. Implements the port `ReportStore`."""

    @transaction
    def record_report(
        self,
        conn: Connection,
        asker: RequestContext,
        job: Job,
        now: datetime,
        build_notice: Callable[[ReportResult], Notice | None] | None = None,
    ) -> ReportResult:
        result = self._record(conn, asker, job, now)
        notice = None if build_notice is None else build_notice(result)
        if notice is not None:
            insert_notice(conn, notice)
        return result

    def _record(
        self, conn: Connection, asker: RequestContext, job: Job, now: datetime
    ) -> ReportResult:
        which = {
            "guild": asker.guild,
            "action": REPORT_ACTION,
            "user": asker.user,
            "job": job.id,
            "since": to_micros(now - REPORT_WINDOW),
        }
        known = conn.execute(_COUNT_REPORTERS, which).fetchone()
        if known["mine"]:
            return ReportResult(ReportOutcome.DUPLICATE, known["people"])
        if conn.execute(_COUNT_RECENT, which).fetchone()["n"] >= REPORTS_MAX:
            return ReportResult(ReportOutcome.TOO_MANY, known["people"])
        _record_action(conn, asker, REPORT_ACTION, job, now)
        return ReportResult(ReportOutcome.RECORDED, known["people"] + 1)

    async def list_reporters(self, guild: int, job: JobId) -> tuple[int, ...]:
        rows = await self._db.read_rows(_LIST_REPORTERS, (guild, REPORT_ACTION, job))
        return tuple(row["actor"] for row in rows)

    @transaction
    def record_moderation(
        self, conn: Connection, asker: RequestContext, action: str, job: Job, now: datetime
    ) -> None:
        _record_action(conn, asker, action, job, now)


def _record_action(
    conn: Connection, asker: RequestContext, action: str, job: Job, now: datetime
) -> None:
    insert_audit_row(conn, asker, action, f"member:{job.requester}", "", job.id, now)
