"""Ports to the history of delivered images, and to expiry."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.history.model import Draft, HistoryPage, StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Job


class HistoryStore(Protocol):
    """Delivered images and drafts."""

    async def load_history_page(
        self, user: int, guild: int, search: str, skip: int, most: int
    ) -> HistoryPage:
        """What a person has from a guild. All words of `search` are in each prompt or model."""
        ...

    async def list_job_images(self, job: JobId) -> tuple[StoredImage, ...]:
        """The pictures that history has of a job, in order; () also for one that was forgotten."""
        ...

    async def list_uncollected_jobs(self, user: int) -> tuple[Job, ...]:
        """Jobs with pictures that wait to be asked for, of which the person has not heard."""
        ...

    async def mark_images_collected(self, job: JobId) -> None:
        """What waited has been shown to its requester, privately."""
        ...

    async def mark_message_deleted(self, message: int) -> None:
        """A message of ours was deleted: its pictures are there no longer."""
        ...

    async def delete_history_entry(self, job: JobId) -> bool:
        """Take a job's pictures out of history; False if there were none. Charges stay."""
        ...

    async def save_draft(self, draft: Draft, now: datetime) -> None: ...

    async def find_draft(self, draft: JobId) -> Draft | None: ...

    async def list_recent_results(
        self, guild: int, user: int, since: datetime
    ) -> tuple[tuple[int, int], ...]:
        """(channel, message) of a person's results in a guild since then, at most 200."""
        ...


class RetentionStore(Protocol):
    """Deletion of expired rows."""

    async def delete_expired_rows(self, now: datetime) -> tuple[JobId, ...]:
        """Forget dead tokens, old drafts and history past its time; return ended jobs whose spool
        may go."""
        ...
