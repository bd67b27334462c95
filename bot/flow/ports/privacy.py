"""Port for a member's data and its erasure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.privacy.model import (
    ErasureCounts,
    ErasureRequest,
    ErasureTask,
    ExportRow,
    KeptFile,
)


class PrivacyStore(Protocol):
    """Export and erasure of a member's data. `guild` 0 is every guild."""

    async def export_user_rows(self, user: int, guild: int) -> Mapping[str, tuple[ExportRow, ...]]:
        """Return every row about a member, by table, ready for JSON.

        Secrets and moderators' ids are left out.
        """

    async def count_user_rows(self, user: int, guild: int) -> Mapping[str, int]:
        """Count those rows by table."""

    async def request_erasure(
        self, user: int, guild: int, now: datetime, *, messages: bool
    ) -> ErasureRequest:
        """Write down that a person wants this. Asking again is the same erasure, as of now."""

    async def erase_user_rows(self, number: int, now: datetime) -> ErasureCounts | None:
        """Erase a person's rows in one transaction and record the remaining tasks.

        Returns None while a job of theirs is unfinished. Repeatable; erased rows count as 0.
        """

    async def list_pending_erasures(self) -> tuple[ErasureRequest, ...]:
        """Those that are not over, oldest first."""

    async def list_erasure_tasks(self, number: int, most: int) -> tuple[ErasureTask, ...]:
        """Return open tasks of an erasure."""

    async def mark_erasure_tasks_done(self, tasks: tuple[ErasureTask, ...]) -> None:
        """Record tasks as done or impossible."""

    async def finish_erasures(self, now: datetime) -> None:
        """Erase the numbers of months that are over, and forget the erasures that owe nothing."""

    async def list_kept_files(self, after: KeptFile | None, most: int) -> tuple[KeptFile, ...]:
        """Return files on SwarmUI of forgotten requests, those that follow `after`."""

    async def delete_kept_files(self, files: tuple[KeptFile, ...]) -> None:
        """Forget files that are gone."""
