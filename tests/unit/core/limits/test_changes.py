"""What a change of rules would do: the rules after it, and whom it touches."""

from __future__ import annotations

import pytest

from bot.core.limits.changes import (
    LimitChange,
    LimitRule,
    count_affected,
    count_overrides,
    find_drawing_roles,
    find_higher_roles,
    with_numbers,
    without_rule,
)
from bot.core.limits.quota import EXEMPT, Limits, LimitScope

GUILD = LimitRule(LimitScope.GUILD, 7, {"day": 10})
ARTISTS = LimitRule(LimitScope.ROLE, 5, {"day": 50})
STAFF = LimitRule(LimitScope.ROLE, 6, {"day": None, "month": 100})
MIA = LimitRule(LimitScope.MEMBER, 101, {"day": 3})
RULES = (GUILD, ARTISTS, STAFF, MIA)


def test_new_numbers_are_laid_over_the_old_ones_of_their_rule_alone() -> None:
    after = with_numbers(RULES, LimitScope.ROLE, 6, {"month": 5, "per_job": 1})
    assert set(map(id, RULES)) - set(map(id, after)) == {id(STAFF)}
    (changed,) = (rule for rule in after if rule.target == 6)
    assert changed.limits == {"day": None, "month": 5, "per_job": 1}


def test_a_rule_that_was_not_there_is_added_and_one_is_taken_away_by_scope_and_target() -> None:
    made = with_numbers((), LimitScope.MEMBER, 102, {"day": 0})
    assert made == (LimitRule(LimitScope.MEMBER, 102, {"day": 0}),)
    assert without_rule(RULES, LimitScope.ROLE, 5) == (GUILD, STAFF, MIA)
    assert without_rule(RULES, LimitScope.MEMBER, 5) == RULES


def test_only_those_are_counted_for_whom_a_number_changes() -> None:
    people = ((101, (5,)), (102, (5,)), (103, ()), (104, (6,)))
    after = with_numbers(RULES, LimitScope.ROLE, 5, {"day": 60})
    assert count_affected(Limits(), RULES, after, people) == 1, "Mia has a number of her own"
    assert count_affected(Limits(), RULES, RULES, people) == 0
    without = without_rule(RULES, LimitScope.GUILD, 7)
    assert count_affected(Limits(), RULES, without, people) == 1


@pytest.mark.parametrize(
    ("numbers", "higher"),
    [
        ({"day": 49}, ((5, "day"), (6, "day"))),
        ({"day": 50}, ((6, "day"),)),
        ({"day": None}, ()),
        ({"day": 10, "month": 99}, ((5, "day"), (6, "day"), (6, "month"))),
        ({"per_job": 1}, ()),
    ],
)
def test_roles_that_give_more_are_found(
    numbers: dict[str, int | None], higher: tuple[tuple[int, str], ...]
) -> None:
    assert find_higher_roles(RULES, numbers, but=9) == higher
    assert find_higher_roles(RULES, numbers, but=6) == tuple(one for one in higher if one[0] != 6)


def test_a_role_draws_where_none_of_its_numbers_is_zero() -> None:
    shut = LimitRule(LimitScope.GUILD, 7, {"day": 0})
    half = LimitRule(LimitScope.ROLE, 8, {"month": 5})
    free = LimitRule(LimitScope.ROLE, 9, {EXEMPT: 1})
    assert find_drawing_roles(Limits(), (shut, ARTISTS, half, free, MIA)) == (5, 9)
    assert find_drawing_roles(Limits(), (shut,)) == ()


@pytest.mark.parametrize(
    ("scope", "counted"),
    [(LimitScope.GUILD, (2, 1)), (LimitScope.ROLE, (0, 1)), (LimitScope.MEMBER, (0, 0))],
)
def test_numbers_that_go_before_a_rule_are_counted(
    scope: LimitScope, counted: tuple[int, int]
) -> None:
    assert count_overrides(RULES, scope, ("day",)) == counted
    assert count_overrides(RULES, scope, ("waiting",)) == (0, 0)


def test_only_the_numbers_that_were_named_are_changed() -> None:
    assert LimitChange(day=5, month=None).numbers == {"day": 5, "month": None}
    assert LimitChange().numbers == {}
