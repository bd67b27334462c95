"""The books' part for a person: all that is kept of them, and away with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.privacy.model import Erased, Erasure, Errand, Row


class PrivacyBooks(Protocol):
    """What a person may see of themselves, and have erased. `guild` 0 is everywhere."""

    async def kept_of(self, user: int, guild: int) -> Mapping[str, tuple[Row, ...]]:
        """Every row that is about a person, by table, fit for JSON; no secret, no moderator's
        id."""
        ...

    async def count_of(self, user: int, guild: int) -> Mapping[str, int]:
        """How many rows that is, by table."""
        ...

    async def ask_erasure(self, user: int, guild: int, now: datetime, *, messages: bool) -> Erasure:
        """Write down that a person wants this. Asking again is the same erasure, as of now."""
        ...

    async def erase(self, number: int, now: datetime) -> Erased | None:
        """Erase the rows in one transaction, and write down what else is owed.

        None while a job of theirs lives. Repeatable: what went already is counted as 0.
        """
        ...

    async def erasures(self) -> tuple[Erasure, ...]:
        """Those that are not over, oldest first."""
        ...

    async def errands(self, number: int, most: int) -> tuple[Errand, ...]:
        """What an erasure still owes outside the books, at most so many."""
        ...

    async def ran(self, errands: tuple[Errand, ...]) -> None:
        """These are done, or cannot be done at all."""
        ...

    async def settle_erasures(self, now: datetime) -> None:
        """Erase the numbers of months that are over, and forget the erasures that owe nothing."""
        ...
