"""Port for reports and moderators' actions on other members' pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import RequestContext
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.notices import Notice
from bot.core.reports import ReportResult


class ReportStore(Protocol):
    """Rows of the record of changes that no setting stands behind."""

    async def record_report(
        self,
        asker: RequestContext,
        job: Job,
        now: datetime,
        build_notice: Callable[[ReportResult], Notice | None] | None = None,
    ) -> ReportResult:
        """Record a report, once per person and picture, with the notice that is built of it."""

    async def list_reporters(self, guild: int, job: JobId) -> tuple[int, ...]:
        """Return the members who reported a picture, first to last."""

    async def record_moderation(
        self, asker: RequestContext, action: str, job: Job, now: datetime
    ) -> None:
        """Record a moderator's action (such as "picture.deleted") on another's job."""
