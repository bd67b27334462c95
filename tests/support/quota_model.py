"""Who may draw how much, once more, as short as it can be said: what the books must agree with.

It shares nothing with the program but the names of things: facts in lists, counted anew each time
they are asked for, windows from the standard library's own clocks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DEFAULTS: Mapping[str, int | None] = {
    "day": 6,
    "month": 15,
    "per_job": 4,
    "waiting": 3,
    "running": 1,
}
QUEUE = 7


@dataclass(frozen=True)
class Person:
    """Somebody in a guild, with their roles there."""

    user: int
    guild: int
    roles: tuple[int, ...] = ()


@dataclass
class Entry:
    """A job: from which day its pictures were taken, and what became of them."""

    who: Person
    day: str
    pictures: int
    state: str = "queued"
    attempts: int = 0


@dataclass
class Given:
    """So many pictures, more (or back) on each day from `first` to `last`."""

    who: tuple[int, int]
    pictures: int
    first: str
    last: str


@dataclass
class Model:
    """The whole of it."""

    now: datetime
    zones: dict[int, str] = field(default_factory=lambda: {7: "UTC", 8: "UTC"})
    jobs: dict[str, Entry] = field(default_factory=dict)
    rules: dict[tuple[int, str, int], dict[str, int | None]] = field(default_factory=dict)
    grants: list[Given] = field(default_factory=list)
    resets: list[Given] = field(default_factory=list)
    blocks: dict[tuple[int, int], datetime | None] = field(default_factory=dict)
    changes: int = 0

    def today(self, guild: int) -> str:
        """The day on the guild's clocks."""
        return self.now.astimezone(ZoneInfo(self.zones[guild])).date().isoformat()

    # --- rules -------------------------------------------------------------------------------

    def set(self, guild: int, scope: str, target: int, numbers: Mapping[str, int | None]) -> None:
        rule = self.rules.setdefault((guild, scope, target), {})
        for name, number in numbers.items():
            self.changes += name not in rule or rule[name] != number
            rule[name] = number

    def clear(self, guild: int, scope: str, target: int, name: str | None = None) -> bool:
        rule = self.rules.get((guild, scope, target), {})
        gone = [n for n in rule if name in (None, n)]
        for n in gone:
            del rule[n]
        self.changes += len(gone)
        return bool(gone)

    def number(self, who: Person, name: str) -> int | None:
        """Their own, else the best of their roles, else the guild's, else the default."""
        own = self.rules.get((who.guild, "member", who.user), {})
        roles = [self.rules.get((who.guild, "role", role), {}) for role in who.roles]
        guild = self.rules.get((who.guild, "guild", who.guild), {})
        if any("exempt" in rule for rule in (own, *roles, guild)):
            return None
        if name in own:
            return own[name]
        if given := [rule[name] for rule in roles if name in rule]:
            return None if None in given else max(n for n in given if n is not None)
        return guild.get(name, DEFAULTS[name])

    # --- balances ----------------------------------------------------------------------------

    def used(self, who: Person, period: str) -> int:
        """In that day or month, without what was given back, never less than none."""
        mine = [e for e in self.jobs.values() if (e.who.user, e.who.guild) == key(who)]
        taken = sum(e.pictures for e in mine if e.day.startswith(period))
        back = sum(
            r.pictures for r in self.resets if r.who == key(who) and r.first.startswith(period)
        )
        return max(0, taken - back)

    def ceilings(self, who: Person) -> tuple[int | None, int | None]:
        """Today's and this month's limit with what was granted; None without one."""
        today = self.today(who.guild)
        day, month = self.number(who, "day"), self.number(who, "month")
        grants = [g for g in self.grants if g.who == key(who) and g.first <= today]
        more = sum(g.pictures for g in grants if g.last >= today)
        # Of a month, what was given for its days up to today.
        so_far = sum(
            g.pictures * sum(d.startswith(today[:7]) for d in between(g.first, min(g.last, today)))
            for g in grants
        )
        return None if day is None else day + more, None if month is None else month + so_far

    def left(self, who: Person) -> tuple[int | None, int | None]:
        """Today and this month; None without a limit."""
        today, (day, month) = self.today(who.guild), self.ceilings(who)
        return (
            None if day is None else max(0, day - self.used(who, today)),
            None if month is None else max(0, month - self.used(who, today[:7])),
        )

    def no(self, who: Person, pictures: int) -> str | None:
        """Why a job may not be born, by the names of refusals; None: it may."""
        block = self.blocks.get(key(who), self.now)
        if block is None or block > self.now:
            return "blocked"
        rest = {name: self.number(who, name) for name in ("per_job", "waiting", "running")}
        if 0 in (*self.ceilings(who), *rest.values()):
            return "none"
        left = min(_height(n) for n in self.left(who))
        if left == 0:
            return "left"
        if pictures > _height(rest["per_job"]):
            return "per_job"
        if pictures > left:
            return "left"
        waiting = [key(e.who) for e in self.jobs.values() if e.state == "queued"]
        if waiting.count(key(who)) >= _height(rest["waiting"]):
            return "waiting"
        return "full" if len(waiting) >= QUEUE else None

    # --- acts --------------------------------------------------------------------------------

    def ask(self, job: str, who: Person, pictures: int) -> None:
        self.jobs[job] = Entry(who, self.today(who.guild), pictures)

    def grant(self, who: Person, pictures: int, days: int) -> None:
        first = self.today(who.guild)
        last = (datetime.fromisoformat(first) + timedelta(days=days - 1)).date().isoformat()
        self.grants.append(Given(key(who), pictures, first, last))
        self.changes += 1

    def reset(self, who: Person) -> int:
        """What was charged today, but for what came back already."""
        today = self.today(who.guild)
        charged = sum(
            e.pictures
            for e in self.jobs.values()
            if key(e.who) == key(who) and e.day == today and e.state == "done"
        )
        back = sum(r.pictures for r in self.resets if r.who == key(who) and r.first == today)
        if charged - back < 1:
            return 0
        self.resets.append(Given(key(who), charged - back, today, today))
        self.changes += 1
        return charged - back

    def block(self, who: Person, hours: int | None) -> None:
        until = None if hours is None else self.now + timedelta(hours=hours)
        self.blocks[key(who)] = until
        self.changes += 1

    def unblock(self, who: Person) -> bool:
        until = self.blocks.pop(key(who), self.now)
        was = until is None or until > self.now
        self.changes += was
        return was

    def move(self, job: str, event: str, k: int) -> bool:
        """Whether the event moves this job; its pictures follow."""
        entry = self.jobs[job]
        match entry.state, event:
            case "queued", "started":
                entry.state, entry.attempts = "running", entry.attempts + 1
            case "running", "lost" if entry.attempts == 1:
                entry.state = "queued"
            case "running", "generated" | "failed" | "cancelled" if k:
                entry.state, entry.pictures = "delivering", k
            case ("running", "failed" | "cancelled" | "lost") | ("queued", "failed" | "cancelled"):
                entry.state, entry.pictures = "over", 0
            case "delivering", "delivered":
                entry.state = "done"
            case _:
                return False
        return True


def key(who: Person) -> tuple[int, int]:
    """Whose account it is: roles come and go."""
    return who.user, who.guild


def between(first: str, last: str) -> list[str]:
    """Every day from the first to the last."""
    day, days = datetime.fromisoformat(first), []
    while day.date().isoformat() <= last:
        days.append(day.date().isoformat())
        day += timedelta(days=1)
    return days


def _height(number: int | None) -> float:
    return math.inf if number is None else number
