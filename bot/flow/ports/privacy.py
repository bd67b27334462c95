"""The books' part for a person: all that is kept of them, and away with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeAlias

Row: TypeAlias = Mapping[str, object]


class Kind(Enum):
    """What is left to do of an erasure, outside the books; the value is what the database holds."""

    SPOOL = "spool"  # `what` is a job's id
    INPUT = "input"  # `what` is an input's id
    SERVER = "server"  # `what` is a job's folder on SwarmUI
    MESSAGE = "message"  # `what` is "channel/message"


@dataclass(frozen=True, slots=True)
class Errand:
    """One file, folder or message that an erasure still owes."""

    erasure: int
    kind: Kind
    what: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """A person's wish to be forgotten: what was there when it was asked, and nothing newer.

    `guild` 0 is everywhere. `messages` says that our messages with their pictures go as well.
    `erased` is None until the rows went: a job that lives is waited for.
    """

    number: int
    user: int
    guild: int
    asked_at: datetime
    messages: bool
    erased: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows went. `stays` counts the pictures that a current month still has to know."""

    jobs: int = 0
    drafts: int = 0
    stays: int = 0


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
