"""Limits, windows and balances: how many pictures a person may still have, and until when.

The unit is the picture. None means unlimited, 0 means may not draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Scope(Enum):
    """Whom a limit row is for; the value is what the database holds."""

    GUILD = "guild"
    ROLE = "role"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Limits:
    """The five numbers of a person. None: no limit."""

    day: int | None = 20
    month: int | None = None
    per_job: int | None = 4
    waiting: int | None = 3
    running: int | None = 1


@dataclass(frozen=True, slots=True)
class Window:
    """The day and the month that a moment belongs to in a guild's zone.

    `day` is "2026-11-24", `month` "2026-11"; the ends are aware UTC datetimes.
    """

    day: str
    month: str
    day_ends: datetime
    month_ends: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What a person may have and has had; what is held for living jobs counts as used.

    `day_source` says whose number decides: "config", "guild", "role:ID" or "member".
    """

    limits: Limits
    day_used: int
    month_used: int
    window: Window
    day_source: str = "config"
    month_source: str = "config"
    waiting: int = 0
    running: int = 0

    @property
    def day_left(self) -> int | None:
        """Pictures left today, never below 0; None without a limit."""
        return None if self.limits.day is None else max(0, self.limits.day - self.day_used)

    @property
    def month_left(self) -> int | None:
        """Pictures left this month, never below 0; None without a limit."""
        return None if self.limits.month is None else max(0, self.limits.month - self.month_used)

    @property
    def left(self) -> int | None:
        """The smaller of both; None without any limit."""
        known = [n for n in (self.day_left, self.month_left) if n is not None]
        return min(known) if known else None
