"""The books' part for what is over: history, drafts, and what may be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.history.model import Draft, Image, Leaf
from bot.core.ids import JobId
from bot.core.jobs.job import Job


class ArchiveBooks(Protocol):
    """Delivered pictures, refused wishes, and what may be forgotten."""

    async def history(self, user: int, guild: int, search: str, skip: int, most: int) -> Leaf:
        """What a person has from a guild. All words of `search` are in each prompt or model."""
        ...

    async def images(self, job: JobId) -> tuple[Image, ...]:
        """The pictures that history has of a job, in order; () also for one that was forgotten."""
        ...

    async def waiting(self, user: int) -> tuple[Job, ...]:
        """Jobs with pictures that wait to be asked for, of which the person has not heard."""
        ...

    async def handed(self, job: JobId) -> None:
        """What waited has been shown to its requester, privately."""
        ...

    async def message_gone(self, message: int) -> None:
        """A message of ours was deleted: its pictures are there no longer."""
        ...

    async def forget(self, job: JobId) -> bool:
        """Take a job's pictures out of history; False if there were none. Charges stay."""
        ...

    async def keep_draft(self, draft: Draft, now: datetime) -> None: ...

    async def draft(self, draft: JobId) -> Draft | None: ...

    async def latest_posts(
        self, guild: int, user: int, since: datetime
    ) -> tuple[tuple[int, int], ...]:
        """(channel, message) of a person's results in a guild since then, at most 200."""
        ...

    async def sweep(self, now: datetime) -> tuple[JobId, ...]:
        """Forget dead tokens, old drafts and history past its time; return ended jobs whose spool
        may go."""
        ...
