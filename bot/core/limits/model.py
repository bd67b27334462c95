"""Values of stored limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.limits.quota import LimitScope


@dataclass(frozen=True, slots=True)
class LimitRow:
    """Rule of a guild. `target` is a guild, role or member id. `set_by` a user id."""

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
    """Use of a member as /quota counts it.

    `given_back` counts this month, `granted` today. `name` is the member's name when they last
    drew, or "" if deleted.
    """

    user: int
    name: str
    day: int
    month: int
    refunded: int
    granted: int
