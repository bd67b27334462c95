"""Limits, windows and balances of members.

The unit is the image. None means unlimited, 0 means no drawing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LIMIT_NAMES: Final = ("day", "month", "per_job", "waiting", "running")
EXEMPT: Final = "exempt"
"""Beside the numbers of a rule: whoever it is for has no limit at all."""


LimitNumbers: TypeAlias = Mapping[str, int | None]


class LimitScope(Enum):
    """Scope of a limit rule, with values as stored."""

    GUILD = "guild"
    ROLE = "role"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Limits:
    """Five limits of a member. None is no limit."""

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
    """Limits and use of a member. Holds of unfinished jobs count as used.

    `day_source` names the deciding rule: "config", "guild", "role:ID" or "member". Current grants
    are part of `limits`, and repeated in `granted_day` and `granted_month` for texts; refunds are
    subtracted from the use. `own_zero` means that a personal limit of 0 stops the member.
    """

    limits: Limits
    day_used: int
    month_used: int
    window: Window
    day_source: str = "config"
    month_source: str = "config"
    waiting: int = 0
    running: int = 0
    granted_day: int = 0
    granted_month: int = 0
    exempt: bool = False
    own_zero: bool = False

    @property
    def day_left(self) -> int | None:
        """Return images left today, never below 0, or None without a limit."""
        return None if self.limits.day is None else max(0, self.limits.day - self.day_used)

    @property
    def month_left(self) -> int | None:
        """Return images left this month, never below 0, or None without a limit."""
        return None if self.limits.month is None else max(0, self.limits.month - self.month_used)

    @property
    def pictures_left(self) -> int | None:
        """Return the smaller of both, or None without any limit."""
        known = [n for n in (self.day_left, self.month_left) if n is not None]
        return min(known) if known else None


def parse_zone(name: str) -> tzinfo:
    """Return the time zone of an IANA name. Raise ValueError for an unknown name."""
    if name == "UTC":
        return UTC  # needs no zone files, which Windows has only with the tzdata package
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Europe" is a folder
        raise ValueError(f"{name} is not a time zone; try one like Europe/Berlin") from error


def choose_time_zone(guild_zone: str, host_zone: str) -> tzinfo:
    """Return the time zone whose midnight ends a guild's day, its own or else the host's."""
    return parse_zone(guild_zone or host_zone)


def build_window(now: datetime, where: tzinfo) -> Window:
    """Return the day and month of `now` in `where`. Both end after `now`."""
    today = now.astimezone(where).date()
    next_month = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    return Window(
        day=today.isoformat(),
        month=today.isoformat()[:7],
        day_ends=_find_midnight(today + timedelta(days=1), where, now),
        month_ends=_find_midnight(next_month, where, now),
    )


def find_day_end(day: str, where: tzinfo) -> datetime:
    """When that day, such as "2026-11-24", is over on the clocks of `where`, in UTC."""
    wall = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), where)
    return wall.astimezone(UTC)


def _find_midnight(day: date, where: tzinfo, now: datetime) -> datetime:
    """Return when `day` begins.

    A skipped midnight is the moment of the skip. A repeated midnight is the first one, unless it is
    past.
    """
    wall = datetime.combine(day, time(), where)
    first = wall.astimezone(UTC)
    return first if first > now else wall.replace(fold=1).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class LimitRule:
    """Rule for a guild, role or member id. A missing number is not set, None is no limit."""

    scope: LimitScope
    target: int
    limits: LimitNumbers


def resolve_limits(
    defaults: Limits, rules: Iterable[LimitRule], user: int, roles: Collection[int]
) -> tuple[Limits, Mapping[str, str]]:
    """Return a member's limits and the source of each, as in Balance.day_source.

    Each number is decided alone: the member's own, else the best of their roles, else the guild's,
    else the default. An exemption in any rule removes all limits.
    """
    rules = tuple(rules)
    if freed := _find_exemption(rules, user, roles):
        return Limits(*[None] * len(LIMIT_NAMES)), dict.fromkeys(LIMIT_NAMES, freed)
    decided = {name: _resolve_number(name, defaults, rules, user, roles) for name in LIMIT_NAMES}
    limits = Limits(**{name: value for name, (value, _) in decided.items()})
    return limits, {name: source for name, (_, source) in decided.items()}


def _find_exemption(rules: tuple[LimitRule, ...], user: int, roles: Collection[int]) -> str:
    for rule in rules:
        if rule.limits.get(EXEMPT):
            if rule.scope is LimitScope.MEMBER and rule.target == user:
                return "member"
            if rule.scope is LimitScope.ROLE and rule.target in roles:
                return f"role:{rule.target}"
            if rule.scope is LimitScope.GUILD:
                return "guild"
    return ""


def is_exempt(rules: Iterable[LimitRule], user: int, roles: Collection[int]) -> bool:
    """Return True if any rule exempts this member."""
    return bool(_find_exemption(tuple(rules), user, roles))


def _resolve_number(
    name: str, defaults: Limits, rules: tuple[LimitRule, ...], user: int, roles: Collection[int]
) -> tuple[int | None, str]:
    given = [rule for rule in rules if name in rule.limits]
    for rule in given:
        if rule.scope is LimitScope.MEMBER and rule.target == user:
            return rule.limits[name], "member"
    theirs = [rule for rule in given if rule.scope is LimitScope.ROLE and rule.target in roles]
    if theirs:
        best = max(theirs, key=lambda rule: comparable_limit(rule.limits[name]))
        return best.limits[name], f"role:{best.target}"
    for rule in given:
        if rule.scope is LimitScope.GUILD:
            return rule.limits[name], "guild"
    value: int | None = getattr(defaults, name)
    return value, "config"


def comparable_limit(number: int | None) -> float:
    """Return a limit as a number. No limit is infinite."""
    return math.inf if number is None else number


class DenialReason(Enum):
    """Reason why a job is refused."""

    NOT_ALLOWED = "may not draw here"
    QUOTA = "more than is left today or this month"
    PER_JOB = "more pictures than one job may have"
    WAITING = "enough of this person's jobs wait already"
    QUEUE = "enough of everybody's jobs wait already"


def can_draw(limits: Limits) -> bool:
    """Return True if no limit is 0."""
    return 0 not in (limits.day, limits.month, limits.per_job, limits.waiting, limits.running)


def check_admission(
    asked: int, balance: Balance, in_line: int, queue_max: int
) -> DenialReason | None:
    """Return why a job of `asked` images must be refused, or None.

    `in_line` counts everybody's queued jobs. Lasting reasons come first, so that nobody shortens a
    request in vain. A limit of 0 means that the member may not draw.
    """
    limits = balance.limits
    left = balance.pictures_left
    if not can_draw(limits):
        return DenialReason.NOT_ALLOWED
    if left == 0:
        return DenialReason.QUOTA
    if asked > comparable_limit(limits.per_job):
        return DenialReason.PER_JOB
    if asked > comparable_limit(left):
        return DenialReason.QUOTA
    if balance.waiting >= comparable_limit(limits.waiting):
        return DenialReason.WAITING
    return DenialReason.QUEUE if in_line >= queue_max else None
