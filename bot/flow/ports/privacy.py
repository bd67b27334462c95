"""The books' part for a person: all that is kept of them, and away with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.privacy.model import ErasureCounts, ErasureRequest, ErasureTask, ExportRow


class PrivacyStore(Protocol):
    """What a person may see of themselves, and have erased. `guild` 0 is everywhere."""

    async def export_user_rows(self, user: int, guild: int) -> Mapping[str, tuple[ExportRow, ...]]:
        """Every row that is about a person, by table, fit for JSON; no secret, no moderator's
        id."""
        ...

    async def count_user_rows(self, user: int, guild: int) -> Mapping[str, int]:
        """How many rows that is, by table."""
        ...

    async def request_erasure(
        self, user: int, guild: int, now: datetime, *, messages: bool
    ) -> ErasureRequest:
        """Write down that a person wants this. Asking again is the same erasure, as of now."""
        ...

    async def erase_user_rows(self, number: int, now: datetime) -> ErasureCounts | None:
        """Erase the rows in one transaction, and write down what else is owed.

        None while a job of theirs lives. Repeatable: what went already is counted as 0.
        """
        ...

    async def list_pending_erasures(self) -> tuple[ErasureRequest, ...]:
        """Those that are not over, oldest first."""
        ...

    async def list_erasure_tasks(self, number: int, most: int) -> tuple[ErasureTask, ...]:
        """What an erasure still owes outside the books, at most so many."""
        ...

    async def mark_erasure_tasks_done(self, errands: tuple[ErasureTask, ...]) -> None:
        """These are done, or cannot be done at all."""
        ...

    async def finish_erasures(self, now: datetime) -> None:
        """Erase the numbers of months that are over, and forget the erasures that owe nothing."""
        ...
