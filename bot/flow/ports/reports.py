"""The books' part for what people report, and for what moderators do to others' pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from bot.core.job import Job
from bot.core.request import Asker


class Reported(Enum):
    """What became of a report."""

    NOTED = "noted"
    AGAIN = "again"  # this person has reported this picture before
    TOO_MANY = "too many"  # of this person, in the last hour


@dataclass(frozen=True, slots=True)
class Report:
    """A report as the books took it; `people` have reported that picture by now."""

    what: Reported
    people: int = 0


class ReportBooks(Protocol):
    """Rows of the record of changes that no setting stands behind."""

    async def report(self, asker: Asker, job: Job, now: datetime) -> Report:
        """Write that somebody reports a picture, once a person and picture."""
        ...

    async def note(self, asker: Asker, action: str, job: Job, now: datetime) -> None:
        """Write what a moderator did (such as "picture.deleted") to a job of somebody else's."""
        ...
