"""The words of limits: numbers, rules and whose they are, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.core.limits.model import LimitRow
from bot.core.limits.quota import EXEMPT, NUMBERS, Limits, Scope
from bot.core.text.escape import ZWSP, echo

LARGEST: Final = 1_000_000  # more says nothing that "no limit" does not
BODY_MAX: Final = 4096  # Discord's bound for an embed's text
NAME_MAX: Final = 80
FREE: Final = "no limit at all (exempt)"
_UNITS: Final = {
    "day": ("{:,} a day", "no daily limit"),
    "month": ("{:,} a month", "no monthly limit"),
    "per_job": ("{:,} in one go", "any number in one go"),
    "waiting": ("{:,} waiting at once", "any number waiting"),
    "running": ("{:,} drawn at once", "any number drawn at once"),
}


def number(name: str, value: int | None) -> str:
    """One number with its unit, such as "20 a day"; None is no limit."""
    return counted(name, value) + (" (may not draw)" if value == 0 else "")


def counted(name: str, value: int | None) -> str:
    """The same without what a 0 means: for those who may draw all the same, by a grant."""
    some, none = _UNITS[name]
    return none if value is None else some.format(value)


def plain(value: int | None) -> str:
    """One number without its unit; None is no limit."""
    return "no limit" if value is None else f"{value:,}"


def sourced(
    limits: Limits, sources: Mapping[str, str], role_names: Mapping[int, str]
) -> dict[str, str]:
    """Each number with whose it is, such as "50 a day from @Artists"; the arguments are what
    `effective` gives."""
    return {
        name: f"{number(name, getattr(limits, name))} {origin(sources[name], role_names)}"
        for name in NUMBERS
    }


def spoken(numbers: Mapping[str, int | None]) -> str:
    """A rule in one line."""
    if numbers.get(EXEMPT):
        rest = {name: value for name, value in numbers.items() if name != EXEMPT}
        return joined([FREE, *([spoken(rest)] if rest else [])])
    return joined(number(name, numbers[name]) for name in NUMBERS if name in numbers)


def joined(parts: Iterable[str]) -> str:
    return " · ".join(parts)


def rule_of(rows: tuple[LimitRow, ...], scope: Scope, target: int) -> Mapping[str, int | None]:
    """The numbers of that rule; none where there is no such rule."""
    for row in rows:
        if row.scope is scope and row.target == target:
            return row.numbers
    return {}


def whom(scope: Scope, target: int, name: str) -> str:
    """Whom a rule is for, to begin a sentence with; no mention, whatever the name."""
    match scope:
        case Scope.GUILD:
            return "This server"
        case Scope.ROLE:
            return role_name(target, {target: name})
        case Scope.MEMBER:
            return echo(name, NAME_MAX)


def role_name(role: int, names: Mapping[int, str]) -> str:
    """A role as people read it. Where no names are known, Discord fills it in; no form pings."""
    if role not in names:
        return "a deleted role" if names else f"<@&{role}>"
    name = echo(names[role].removeprefix("@"), NAME_MAX)
    return f"@{ZWSP if name.startswith(('everyone', 'here')) else ''}{name}"


def origin(source: str, role_names: Mapping[int, str]) -> str:
    """Whose a number is; `source` is as in Balance.day_source."""
    match source.partition(":"):
        case ("role", _, role):
            return f"from {role_name(int(role), role_names)}"
        case ("member", _, _):
            return "of their own"
        case ("guild", _, _):
            return "from this server"
        case _:
            return "by default"


def changes(
    numbers: Mapping[str, int | None], old: Mapping[str, int | None], people: str = "they"
) -> str:
    """The numbers that were set, each with the one that was there before.

    Of several that are 0 the first says what that means for those `people` ("": they draw all the
    same, by a grant).
    """
    parts: list[str] = []
    zeros = [name for name in NUMBERS if numbers.get(name, 1) == 0]
    first = zeros[0] if zeros and people else ""
    for name in NUMBERS:
        if name in numbers:
            changed = name in old and old[name] != numbers[name]
            means = f", so {people} may not draw" if name == first else ""
            was = f" (was {plain(old[name])})" if changed else ""
            parts.append(counted(name, numbers[name]) + means + was)
    return ", ".join(parts)


def fit(lines: list[str]) -> str:
    """As many lines as an embed takes, and how many are missing."""
    room = BODY_MAX - len("… and 1,000,000 more.")
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*shown, f"… and {len(lines) - len(shown):,} more."])
        shown.append(line)
    return "\n".join(shown)
