"""Limits, windows and balances: how many pictures a person may still have, and until when.

The unit is the picture. None means unlimited, 0 means may not draw.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LIMIT_NAMES: Final = ("day", "month", "per_job", "waiting", "running")
EXEMPT: Final = "exempt"
"""Beside the numbers of a rule: whoever it is for has no limit at all."""


class LimitScope(Enum):
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

    `day_source` says whose number decides: "config", "guild", "role:ID" or "member". What was
    granted for now is in `limits` already, and once more in `granted_day` and `granted_month`, for
    those who explain it; what was given back is out of the use. `own_zero`: a number of their own
    is 0, and so keeps them from drawing.
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
        """Pictures left today, never below 0; None without a limit."""
        return None if self.limits.day is None else max(0, self.limits.day - self.day_used)

    @property
    def month_left(self) -> int | None:
        """Pictures left this month, never below 0; None without a limit."""
        return None if self.limits.month is None else max(0, self.limits.month - self.month_used)

    @property
    def pictures_left(self) -> int | None:
        """The smaller of both; None without any limit."""
        known = [n for n in (self.day_left, self.month_left) if n is not None]
        return min(known) if known else None


def parse_zone(name: str) -> tzinfo:
    """The time zone of that IANA name. Raises ValueError for a name that is none."""
    if name == "UTC":
        return UTC  # needs no zone files, which Windows has only with the tzdata package
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Europe" is a folder
        raise ValueError(f"{name!r} is no time zone; try one like Europe/Berlin") from error


def build_window(now: datetime, where: tzinfo) -> Window:
    """The day and month of `now` on the clocks of `where`. Both ends lie after `now`."""
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
    """When `day` begins. A midnight that the clocks skip is the moment of the skip; one that they
    show twice is the first, unless it is past already."""
    wall = datetime.combine(day, time(), where)
    first = wall.astimezone(UTC)
    return first if first > now else wall.replace(fold=1).astimezone(UTC)


class LimitRule(Protocol):
    """A limit row, as far as judging goes. A number that is absent is not set; None: no limit."""

    @property
    def scope(self) -> LimitScope: ...
    @property
    def target(self) -> int: ...
    @property
    def limits(self) -> Mapping[str, int | None]: ...


def resolve_limits(
    defaults: Limits, rules: Iterable[LimitRule], user: int, roles: Collection[int]
) -> tuple[Limits, Mapping[str, str]]:
    """What holds for a person, and for each number whose it is (as in Balance.day_source).

    Each number is judged by itself: their own row, else the best of their roles, else the
    guild's, else the default. An own row may thus be smaller than what a role gives. Whoever is
    exempt, by whichever rule, has no limit, whatever the others say.
    """
    rules = tuple(rules)
    if freed := _find_exemption(rules, user, roles):
        return Limits(*[None] * len(LIMIT_NAMES)), dict.fromkeys(LIMIT_NAMES, freed)
    decided = {name: _resolve_number(name, defaults, rules, user, roles) for name in LIMIT_NAMES}
    limits = Limits(**{name: value for name, (value, _) in decided.items()})
    return limits, {name: source for name, (_, source) in decided.items()}


def _find_exemption(rules: tuple[LimitRule, ...], user: int, roles: Collection[int]) -> str:
    """Whose rule lifts all limits of this person, as in Balance.day_source; empty if none does."""
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
    """Whether any rule lifts all limits of this person."""
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
    """A limit as something to compare: no limit is the highest."""
    return math.inf if number is None else number


class DenialReason(Enum):
    """Why a job is not let in."""

    NOT_ALLOWED = "may not draw here"
    QUOTA = "more than is left today or this month"
    PER_JOB = "more pictures than one job may have"
    WAITING = "enough of this person's jobs wait already"
    QUEUE = "enough of everybody's jobs wait already"


def can_draw(limits: Limits) -> bool:
    """Whether somebody with these numbers may draw at all: none of them is 0."""
    return 0 not in (limits.day, limits.month, limits.per_job, limits.waiting, limits.running)


def check_admission(
    asked: int, balance: Balance, in_line: int, queue_max: int
) -> DenialReason | None:
    """The one gate: may a job of `asked` pictures be born now? None is yes.

    `in_line` counts everybody's queued jobs. What cannot change soon is said first, so that
    nobody shortens an order only to learn that nothing is left. A limit of 0, whichever, means
    that this person may not draw.
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
