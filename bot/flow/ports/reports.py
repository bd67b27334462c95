"""The books' part for what people report, and for what moderators do to others' pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import Asker
from bot.core.jobs.job import Job
from bot.core.reports import Report


class ReportBooks(Protocol):
    """Rows of the record of changes that no setting stands behind."""

    async def report(self, asker: Asker, job: Job, now: datetime) -> Report:
        """Write that somebody reports a picture, once a person and picture."""
        ...

    async def note(self, asker: Asker, action: str, job: Job, now: datetime) -> None:
        """Write what a moderator did (such as "picture.deleted") to a job of somebody else's."""
        ...
