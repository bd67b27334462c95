"""The books' part for what people report, and for what moderators do to others' pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import RequestContext
from bot.core.jobs.job import Job
from bot.core.reports import ReportResult


class ReportStore(Protocol):
    """Rows of the record of changes that no setting stands behind."""

    async def record_report(self, asker: RequestContext, job: Job, now: datetime) -> ReportResult:
        """Write that somebody reports a picture, once a person and picture."""

    async def record_moderation(
        self, asker: RequestContext, action: str, job: Job, now: datetime
    ) -> None:
        """Write what a moderator did (such as "picture.deleted") to a job of somebody else's."""
