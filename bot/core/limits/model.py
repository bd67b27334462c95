"""Values of stored limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.limits.quota import LimitRule


@dataclass(frozen=True, slots=True)
class LimitRow(LimitRule):
    """Stored rule. `set_by` is a user id."""

    guild: int
    set_by: int
    set_at: datetime


@dataclass(frozen=True, slots=True)
class ImageGrant:
    """So many more pictures on each day, until the end of its last one."""

    pictures: int
    until: datetime


@dataclass(frozen=True, slots=True)
class MemberUsage:
    """Use of a member. `refunded` counts this month, `granted` today."""

    user: int
    name: str
    day: int
    month: int
    refunded: int
    granted: int
