"""Descriptions of limits, rules and their targets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias

from bot.core.limits.quota import EXEMPT, LIMIT_NAMES, LimitNumbers, LimitRule, Limits, LimitScope
from bot.core.text.escape import ZWSP, escape_text
from bot.core.ui.card import EMBED_TEXT_MAX

LIMIT_MAX: Final = 1_000_000  # more says nothing that "no limit" does not
NAME_MAX: Final = 80
RoleNames: TypeAlias = Mapping[int, str]
EXEMPT_TEXT: Final = "no limit (exempt)"
_UNIT_FORMATS: Final = {
    "day": ("{:,} a day", "no daily limit"),
    "month": ("{:,} a month", "no monthly limit"),
    "per_job": ("{:,} at a time", "any number at a time"),
    "waiting": ("{:,} waiting at once", "any number waiting"),
    "running": ("{:,} drawn at once", "any number drawn at once"),
}


def format_limit(name: str, value: int | None) -> str:
    """Format a number with its unit, such as "20 a day". None is no limit."""
    return format_count(name, value) + (" (can't draw)" if value == 0 else "")


def format_count(name: str, value: int | None) -> str:
    """Format a number with its unit, without the explanation of 0."""
    some, none = _UNIT_FORMATS[name]
    return none if value is None else some.format(value)


def format_number(value: int | None) -> str:
    """Format a number without its unit. None is no limit."""
    return "no limit" if value is None else f"{value:,}"


def describe_limits(
    limits: Limits, sources: Mapping[str, str], role_names: RoleNames
) -> dict[str, str]:
    """Describe each number with its source, such as "50 a day from @Artists"."""
    told = {name: describe_source(sources[name], role_names) for name in LIMIT_NAMES}
    return {name: f"{format_limit(name, getattr(limits, name))} {of}" for name, of in told.items()}


def describe_rule(numbers: LimitNumbers) -> str:
    """Describe a rule in one line."""
    if numbers.get(EXEMPT):
        rest = {name: value for name, value in numbers.items() if name != EXEMPT}
        return join_parts([EXEMPT_TEXT, *([describe_rule(rest)] if rest else [])])
    return join_parts(format_limit(name, numbers[name]) for name in LIMIT_NAMES if name in numbers)


def join_parts(parts: Iterable[str]) -> str:
    return " · ".join(parts)


def find_rule_numbers(rows: Collection[LimitRule], scope: LimitScope, target: int) -> LimitNumbers:
    """Return the numbers of a rule, empty if there is none."""
    return next((row.limits for row in rows if row.scope is scope and row.target == target), {})


def describe_target(scope: LimitScope, target: int, name: str) -> str:
    """Name a rule's target at the start of a sentence, without a mention."""
    match scope:
        case LimitScope.GUILD:
            return "This server"
        case LimitScope.ROLE:
            return format_role(target, {target: name})
        case LimitScope.MEMBER:
            return escape_text(name, NAME_MAX)


def format_role(role: int, names: RoleNames) -> str:
    """Format a role. Without known names Discord fills it in, and nobody is pinged."""
    if role not in names:
        return "a deleted role" if names else f"<@&{role}>"
    name = escape_text(names[role].removeprefix("@"), NAME_MAX)
    return f"@{ZWSP if name.startswith(('everyone', 'here')) else ''}{name}"


def describe_source(source: str, role_names: RoleNames) -> str:
    """Describe a number's source, as in Balance.day_source."""
    match source.partition(":"):
        case ("role", _, role):
            return f"from {format_role(int(role), role_names)}"
        case ("member", _, _):
            return "set just for them"
        case ("guild", _, _):
            return "from the server"
        case _:
            return "by default"


def describe_changes(numbers: LimitNumbers, old: LimitNumbers, people: str = "they") -> str:
    """Describe the set numbers, each with its old value and what a 0 means for `people`."""
    parts: list[str] = []
    zeros = [name for name in LIMIT_NAMES if numbers.get(name, 1) == 0]
    first = zeros[0] if zeros and people else ""
    for name in LIMIT_NAMES:
        if name in numbers:
            changed = name in old and old[name] != numbers[name]
            means = f", so {people} can't draw" if name == first else ""
            was = f" (was {format_number(old[name])})" if changed else ""
            parts.append(format_count(name, numbers[name]) + means + was)
    return ", ".join(parts)


def truncate_lines(lines: list[str]) -> str:
    """As many lines as an embed takes, and how many are missing."""
    room = EMBED_TEXT_MAX - len("… and 1,000,000 more.")
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*shown, f"… and {len(lines) - len(shown):,} more."])
        shown.append(line)
    return "\n".join(shown)
