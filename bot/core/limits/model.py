"""Values of stored limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.limits.quota import LimitScope


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One rule of a guild. `target` is the guild's, role's or member's id; `set_by` a user id."""

    guild: int
    scope: LimitScope
    target: int
    limits: Mapping[str, int | None]
    set_by: int
    set_at: datetime


@dataclass(frozen=True, slots=True)
class ImageGrant:
    """So many more pictures on each day, until the end of its last one."""

    pictures: int
    until: datetime


@dataclass(frozen=True, slots=True)
class MemberUsage:
    """What a member has used, as /quota counts it; `given_back` this month, `granted` for today.

    `name` is the one that they had when they last drew, empty where that is forgotten.
    """

    user: int
    name: str
    day: int
    month: int
    refunded: int
    granted: int
