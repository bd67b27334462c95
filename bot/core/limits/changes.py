"""Changes of limits, with the rules after them and the members affected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from bot.core.limits import quota
from bot.core.limits.quota import LIMIT_NAMES, LimitNumbers, LimitRule, Limits, LimitScope

MemberRoles: TypeAlias = tuple[int, tuple[int, ...]]
"""A user and their roles."""


@dataclass(frozen=True, slots=True)
class LimitTarget:
    """The guild, role or member that a rule is for.

    `roles` are a member's, `role_names` the guild's roles as far as known.
    """

    scope: LimitScope
    id: int
    name: str
    roles: tuple[int, ...] = ()
    role_names: Mapping[int, str] = field(default_factory=dict)


class Unset(Enum):
    """Type of `UNSET`."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""A number that a change leaves as it is. None would be no limit."""
LimitNumber: TypeAlias = int | Unset | None


@dataclass(frozen=True, slots=True)
class LimitChange:
    """Numbers to set in a rule, or with `preview` only to describe."""

    day: LimitNumber = UNSET
    month: LimitNumber = UNSET
    per_job: LimitNumber = UNSET
    waiting: LimitNumber = UNSET
    running: LimitNumber = UNSET
    preview: bool = field(default=False, kw_only=True)

    @property
    def numbers(self) -> dict[str, int | None]:
        """The numbers that are set, by name."""
        values = ((name, getattr(self, name)) for name in LIMIT_NAMES)
        return {name: value for name, value in values if value is not UNSET}


def with_numbers(
    rules: Iterable[LimitRule], scope: LimitScope, target: int, numbers: LimitNumbers
) -> tuple[LimitRule, ...]:
    """Return the rules with these numbers set, others of the same rule stay."""
    rules = tuple(rules)
    old = next((r.limits for r in rules if r.scope is scope and r.target == target), {})
    return (*without_rule(rules, scope, target), LimitRule(scope, target, {**old, **numbers}))


def without_rule(
    rules: Iterable[LimitRule], scope: LimitScope, target: int
) -> tuple[LimitRule, ...]:
    """Return the rules without this one."""
    return tuple(r for r in rules if not (r.scope is scope and r.target == target))


def count_affected(
    defaults: Limits,
    before: Collection[LimitRule],
    after: Collection[LimitRule],
    people: Iterable[MemberRoles],
) -> int:
    """Count the people whose numbers change."""

    def resolve(rules: Collection[LimitRule], member: MemberRoles) -> Limits:
        return quota.resolve_limits(defaults, rules, *member)[0]

    return sum(resolve(before, member) != resolve(after, member) for member in people)


def find_higher_roles(
    rules: Iterable[LimitRule], numbers: LimitNumbers, but: int
) -> tuple[tuple[int, str], ...]:
    """Return roles other than `but` with a higher number, as (role, number name)."""
    others = (rule for rule in rules if rule.scope is LimitScope.ROLE and rule.target != but)
    return tuple(
        (rule.target, name)
        for rule in others
        for name, number in numbers.items()
        if name in rule.limits
        and quota.comparable_limit(rule.limits[name]) > quota.comparable_limit(number)
    )


def find_drawing_roles(defaults: Limits, rules: Iterable[LimitRule]) -> tuple[int, ...]:
    """Return the roles that let a member without a personal limit draw."""
    rules = tuple(rules)
    roles = (rule.target for rule in rules if rule.scope is LimitScope.ROLE)
    limits = {role: quota.resolve_limits(defaults, rules, 0, (role,))[0] for role in roles}
    return tuple(role for role, own in limits.items() if quota.can_draw(own))


def count_overrides(
    rules: Iterable[LimitRule], scope: LimitScope, numbers: Collection[str]
) -> tuple[int, int]:
    """Count roles and members whose own numbers override a rule of `scope`."""
    scopes = [rule.scope for rule in rules if not rule.limits.keys().isdisjoint(numbers)]
    roles = scopes.count(LimitScope.ROLE) if scope is LimitScope.GUILD else 0
    return roles, 0 if scope is LimitScope.MEMBER else scopes.count(LimitScope.MEMBER)
