"""What a change of rules would do, before it is made: the rules after it, and whom it touches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bot.core.limits.quota import (
    LimitRule,
    Limits,
    LimitScope,
    can_draw,
    comparable_limit,
    resolve_limits,
)

MemberRoles: TypeAlias = tuple[int, tuple[int, ...]]
"""A user and their roles."""


@dataclass(frozen=True, slots=True)
class ProposedLimit:
    """A rule that may not be written anywhere yet."""

    scope: LimitScope
    target: int
    limits: Mapping[str, int | None]


def with_numbers(
    rules: Iterable[LimitRule], scope: LimitScope, target: int, numbers: Mapping[str, int | None]
) -> tuple[LimitRule, ...]:
    """The rules as they are once these numbers are set; others of the same rule stay."""
    rules = tuple(rules)
    old = next((r.limits for r in rules if r.scope is scope and r.target == target), {})
    return (*without_rule(rules, scope, target), ProposedLimit(scope, target, {**old, **numbers}))


def without_rule(
    rules: Iterable[LimitRule], scope: LimitScope, target: int
) -> tuple[LimitRule, ...]:
    """The rules as they are once this one is gone."""
    return tuple(r for r in rules if not (r.scope is scope and r.target == target))


def count_affected(
    defaults: Limits,
    before: Collection[LimitRule],
    after: Collection[LimitRule],
    people: Iterable[MemberRoles],
) -> int:
    """For how many of these people some number changes; more rules may hold for them."""
    return sum(
        resolve_limits(defaults, before, user, roles)[0]
        != resolve_limits(defaults, after, user, roles)[0]
        for user, roles in people
    )


def find_higher_roles(
    rules: Iterable[LimitRule], numbers: Mapping[str, int | None], but: int
) -> tuple[tuple[int, str], ...]:
    """Roles, other than `but`, that give more than one of these numbers: (role, which number).

    Whoever has such a role keeps that: the best of somebody's roles wins.
    """
    return tuple(
        (rule.target, name)
        for rule in rules
        if rule.scope is LimitScope.ROLE and rule.target != but
        for name, number in numbers.items()
        if name in rule.limits and comparable_limit(rule.limits[name]) > comparable_limit(number)
    )


def find_drawing_roles(defaults: Limits, rules: Iterable[LimitRule]) -> tuple[int, ...]:
    """The roles with which somebody who has no number of their own could draw."""
    rules = tuple(rules)
    return tuple(
        rule.target
        for rule in rules
        if rule.scope is LimitScope.ROLE
        and can_draw(resolve_limits(defaults, rules, user=0, roles=(rule.target,))[0])
    )


def count_overrides(
    rules: Iterable[LimitRule], scope: LimitScope, numbers: Collection[str]
) -> tuple[int, int]:
    """How many roles and how many members have one of these numbers, before a rule of `scope`."""
    named = [r for r in rules if not r.limits.keys().isdisjoint(numbers)]
    roles = sum(r.scope is LimitScope.ROLE for r in named) if scope is LimitScope.GUILD else 0
    members = (
        sum(r.scope is LimitScope.MEMBER for r in named) if scope is not LimitScope.MEMBER else 0
    )
    return roles, members
