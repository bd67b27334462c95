"""What a change of rules would do, before it is made: the rules after it, and whom it touches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bot.core.limits.quota import Limits, Rule, Scope, draws, effective, height

Person: TypeAlias = tuple[int, tuple[int, ...]]
"""A user and their roles."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A rule that may not be written anywhere yet."""

    scope: Scope
    target: int
    numbers: Mapping[str, int | None]


def with_numbers(
    rules: Iterable[Rule], scope: Scope, target: int, numbers: Mapping[str, int | None]
) -> tuple[Rule, ...]:
    """The rules as they are once these numbers are set; others of the same rule stay."""
    rules = tuple(rules)
    old = next((r.numbers for r in rules if r.scope is scope and r.target == target), {})
    return (*without(rules, scope, target), Numbers(scope, target, {**old, **numbers}))


def without(rules: Iterable[Rule], scope: Scope, target: int) -> tuple[Rule, ...]:
    """The rules as they are once this one is gone."""
    return tuple(r for r in rules if not (r.scope is scope and r.target == target))


def touched(
    defaults: Limits,
    before: Collection[Rule],
    after: Collection[Rule],
    people: Iterable[Person],
) -> int:
    """For how many of these people some number changes; more rules may hold for them."""
    return sum(
        effective(defaults, before, user, roles)[0] != effective(defaults, after, user, roles)[0]
        for user, roles in people
    )


def givers(
    rules: Iterable[Rule], numbers: Mapping[str, int | None], but: int
) -> tuple[tuple[int, str], ...]:
    """Roles, other than `but`, that give more than one of these numbers: (role, which number).

    Whoever has such a role keeps that: the best of somebody's roles wins.
    """
    return tuple(
        (rule.target, name)
        for rule in rules
        if rule.scope is Scope.ROLE and rule.target != but
        for name, number in numbers.items()
        if name in rule.numbers and height(rule.numbers[name]) > height(number)
    )


def may_draw(defaults: Limits, rules: Iterable[Rule]) -> tuple[int, ...]:
    """The roles with which somebody who has no number of their own could draw."""
    rules = tuple(rules)
    return tuple(
        rule.target
        for rule in rules
        if rule.scope is Scope.ROLE
        and draws(effective(defaults, rules, user=0, roles=(rule.target,))[0])
    )


def goes_first(rules: Iterable[Rule], scope: Scope, numbers: Collection[str]) -> tuple[int, int]:
    """How many roles and how many members have one of these numbers, before a rule of `scope`."""
    named = [r for r in rules if not r.numbers.keys().isdisjoint(numbers)]
    roles = sum(r.scope is Scope.ROLE for r in named) if scope is Scope.GUILD else 0
    members = sum(r.scope is Scope.MEMBER for r in named) if scope is not Scope.MEMBER else 0
    return roles, members
