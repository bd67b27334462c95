"""Ports to the history of delivered images, and to expiry."""

from __future__ import annotations

from collections.abc import Collection
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
        """Return a member's entries whose prompt or model holds all words of `search`."""

    async def list_job_images(self, job: JobId) -> tuple[StoredImage, ...]:
        """Return a job's images in order, or () also for a deleted job."""

    async def list_uncollected_jobs(self, user: int) -> tuple[Job, ...]:
        """Return jobs with images that wait in /history, not yet announced."""

    async def mark_images_collected(self, job: JobId) -> None:
        """Record that the requester saw the waiting images."""

    async def mark_message_deleted(self, message: int) -> None:
        """Record that a message with images was deleted."""

    async def mark_images_removed(self, job: JobId) -> None:
        """Record that a moderator deleted a job's images for good."""

    async def list_removed_files(self) -> tuple[StoredImage, ...]:
        """Return removed images whose files on SwarmUI are not deleted yet."""

    async def mark_file_deleted(self, job: JobId, index: int) -> None:
        """Record that SwarmUI has the file of a removed image no more."""

    async def list_removed_folders(self) -> tuple[tuple[JobId, str], ...]:
        """Return removed jobs with files on SwarmUI that no image names, and their path there."""

    async def mark_folder_deleted(self, job: JobId) -> None:
        """Record that SwarmUI has no file of a removed job any more."""

    async def delete_history_entry(self, job: JobId) -> bool:
        """Delete a job's images, or False if there were none. Charges stay."""

    async def save_draft(self, draft: Draft, now: datetime) -> None: ...

    async def find_draft(self, draft: JobId) -> Draft | None: ...

    async def list_recent_results(
        self, guild: int, user: int, since: datetime
    ) -> tuple[tuple[JobId, int, int], ...]:
        """(job, channel, message) of a person's results in a guild since then, at most 200."""


class RetentionStore(Protocol):
    """Deletion of expired rows."""

    async def list_expired_spools(self, now: datetime) -> tuple[JobId, ...]:
        """Return some ended jobs whose spool files may be deleted."""

    async def mark_spools_deleted(self, jobs: Collection[JobId]) -> None:
        """Record that these jobs have no files in the spool."""

    async def find_spooled_jobs(self, jobs: Collection[JobId]) -> set[JobId]:
        """Return those of the jobs that exist and may have files in the spool."""

    async def delete_expired_rows(self, now: datetime) -> None:
        """Delete expired tokens, drafts and history, but no job with files in the spool."""

    async def list_stored_guilds(self) -> frozenset[int]:
        """Return every guild that any row belongs to."""

    async def list_departed_guilds(self) -> frozenset[int]:
        """Return the guilds that are noted as having removed the bot."""

    async def record_departure(self, guild: int, now: datetime) -> None:
        """Note when a guild removed the bot, in place of an earlier note."""

    async def delete_departure(self, guild: int) -> None:
        """Delete the note that a guild removed the bot."""

    async def list_overdue_guilds(self, now: datetime) -> tuple[int, ...]:
        """Return the guilds that removed the bot so long ago that their time is over."""

    async def erase_guild(self, guild: int, now: datetime) -> None:
        """Delete a guild's rows in small transactions, and the note that it is gone at last.

        For each member, an erasure of their data there is requested, which also deletes files.
        """
