"""Sentences on the effects of a change of limits."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bot.core.limits import describe as say
from bot.core.limits.changes import MemberRoles, count_affected, count_overrides, find_higher_roles
from bot.core.limits.describe import RoleNames
from bot.core.limits.quota import LIMIT_NAMES, Balance, LimitNumbers, LimitRule, Limits, LimitScope
from bot.core.text.format import format_count, format_timestamp, join_list

PREVIEW_NOTE: Final = "Preview only. "
ROLES_NAMED_MAX: Final = 3  # roles that a sentence names


def describe_member_change(before: Limits, after: Limits, balance: Balance) -> str:
    """Describe the old and new numbers and what is left, or "" without a change."""
    told = []
    for name in LIMIT_NAMES:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            told.append(f"{say.format_number(old)} → {_format_with_grant(name, new, balance)}")
    if not told:
        return ""
    day = None if after.day is None else after.day + balance.granted_day
    month = None if after.month is None else after.month + balance.granted_month
    use = ""
    if 0 in (day, month):
        use = ", none left"
    elif day is not None:
        left = max(0, day - balance.day_used)
        ends = format_timestamp(balance.window.day_ends)
        use = f", {balance.day_used:,} used, {left:,} left, resets {ends}"
    elif month is not None:
        left = max(0, month - balance.month_used)
        ends = format_timestamp(balance.window.month_ends)
        use = f", {balance.month_used:,} used, {left:,} left, resets {ends}"
    return f"{', '.join(told)}{use}."


def describe_exemption(source: str, role_names: RoleNames) -> str:
    """Describe the number of an exempt member."""
    whose = "set just for them" if source == "member" else say.describe_source(source, role_names)
    return f"They are exempt ({whose}), so this only counts once the exemption is removed."


def describe_overrides(
    scope: LimitScope,
    target: int,
    numbers: LimitNumbers,
    rules: Collection[LimitRule],
    role_names: RoleNames,
) -> list[str]:
    """Describe own numbers that override a role's or the guild's."""
    lines = []
    if scope is LimitScope.ROLE and (better := find_higher_roles(rules, numbers, target)):
        best = [
            f"{say.format_role(role, role_names)} "
            f"({say.format_limit(name, say.find_rule_numbers(rules, scope, role)[name])})"
            for role, name in better[:ROLES_NAMED_MAX]
        ]
        lines.append(
            f"Members who also have {join_list(tuple(best), 'or')} keep that limit: the "
            "most generous role counts."
        )
    roles, members = count_overrides(rules, scope, tuple(numbers))
    own = [format_count(n, word) for n, word in ((roles, "role"), (members, "member")) if n]
    if own:
        lines.append(f"Some have their own limits, which come first: {join_list(tuple(own))}.")
    return lines


def describe_impact(
    defaults: Limits,
    before: Collection[LimitRule],
    after: Collection[LimitRule],
    people: tuple[MemberRoles, ...],
) -> str:
    """Describe how many recently active members are affected, or "" if none were active."""
    if not people:
        return ""
    n = count_affected(defaults, before, after, people)
    if not n:
        return "No recently active member is affected."
    if n == len(people):
        return f"This affects every recently active member ({n:,})."
    return f"This affects {n:,} of the {len(people):,} recently active members."


def _format_with_grant(name: str, number: int | None, balance: Balance) -> str:
    granted = {"day": balance.granted_day, "month": balance.granted_month}.get(name, 0)
    if number is None or not granted:
        return say.format_limit(name, number)
    return f"{say.format_count(name, number)} and {granted:,} granted"
