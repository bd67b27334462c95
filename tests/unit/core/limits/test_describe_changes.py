"""What a change of limits means for people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.limits import describe as say
from bot.core.limits import describe_changes
from bot.core.limits.changes import LimitRule, with_numbers
from bot.core.limits.describe_changes import ROLES_NAMED_MAX
from bot.core.limits.quota import Limits, LimitScope
from bot.core.text.format import format_timestamp
from tests.unit.core.make import DAY_ENDS, MONTH_ENDS, a_balance

USUAL = Limits()


def test_no_change_is_no_sentence() -> None:
    assert describe_changes.describe_member_change(USUAL, USUAL, a_balance()) == ""


@pytest.mark.parametrize(("used", "left"), [(0, 30), (12, 18), (30, 0), (99, 0)])
def test_what_is_left_of_the_new_day_is_said_with_its_end(used: int, left: int) -> None:
    said = describe_changes.describe_member_change(
        USUAL, replace(USUAL, day=30), a_balance(day_used=used)
    )
    assert f"20 → {say.format_limit('day', 30)}" in said
    assert f"{used} used, {left} left" in said
    assert format_timestamp(DAY_ENDS) in said


def test_without_a_daily_limit_the_month_is_told_of() -> None:
    after = replace(USUAL, day=None, month=100)
    said = describe_changes.describe_member_change(USUAL, after, a_balance(None, 0, 100, 40))
    assert "60 left" in said
    assert format_timestamp(MONTH_ENDS) in said
    assert format_timestamp(DAY_ENDS) not in said


def test_a_zero_leaves_nothing_and_promises_no_reset() -> None:
    said = describe_changes.describe_member_change(USUAL, replace(USUAL, day=0), a_balance())
    assert "<t:" not in said
    assert say.format_limit("day", 0) in said


def test_a_grant_is_told_beside_the_new_number_and_is_part_of_what_is_left() -> None:
    balance = replace(a_balance(day_used=4), granted_day=7)
    said = describe_changes.describe_member_change(USUAL, replace(USUAL, day=0), balance)
    assert "7 granted" in said
    assert "3 left" in said


def test_whoever_is_exempt_hears_by_whose_rule() -> None:
    own, roles = (
        describe_changes.describe_exemption(source, {5: "Artists"})
        for source in ("member", "role:5")
    )
    assert "@Artists" in roles
    assert "@Artists" not in own


@pytest.mark.parametrize("count", [0, 1, ROLES_NAMED_MAX, ROLES_NAMED_MAX + 1])
def test_a_few_roles_that_give_more_are_named(count: int) -> None:
    rules = [LimitRule(LimitScope.ROLE, 100 + n, {"day": 50 + n}) for n in range(count)]
    lines = describe_changes.describe_overrides(LimitScope.ROLE, 5, {"day": 10}, rules, {})
    assert bool(lines) is bool(count)
    named = [rule.target for rule in rules if any(f"<@&{rule.target}>" in one for one in lines)]
    assert named == [100 + n for n in range(min(count, ROLES_NAMED_MAX))]


def test_numbers_that_go_before_the_servers_are_counted() -> None:
    rules = [
        LimitRule(LimitScope.ROLE, 5, {"day": 1}),
        LimitRule(LimitScope.MEMBER, 101, {"day": 1}),
        LimitRule(LimitScope.MEMBER, 102, {"day": 1}),
    ]
    (line,) = describe_changes.describe_overrides(LimitScope.GUILD, 7, {"day": 9}, rules, {})
    assert "1 role" in line
    assert "2 members" in line
    assert describe_changes.describe_overrides(LimitScope.MEMBER, 101, {"day": 9}, rules, {}) == []


@pytest.mark.parametrize(
    ("people", "numbers"),
    [((), []), (((101, (5,)), (102, ())), ["1", "2"]), (((101, (5,)),), ["1"])],
)
def test_the_impact_counts_those_who_drew_lately(
    people: tuple[tuple[int, tuple[int, ...]], ...], numbers: list[str]
) -> None:
    after = with_numbers((), LimitScope.ROLE, 5, {"day": 99})
    said = describe_changes.describe_impact(USUAL, (), after, people)
    assert [char for char in said if char.isdigit()] == numbers
    unchanged = describe_changes.describe_impact(USUAL, (), (), people)
    assert not any(char.isdigit() for char in unchanged)
    assert bool(unchanged) is bool(people)


def test_a_month_that_is_used_up_leaves_nothing() -> None:
    after = replace(USUAL, day=None, month=100)
    for used in (100, 140):
        said = describe_changes.describe_member_change(USUAL, after, a_balance(None, 0, 100, used))
        assert "0 left" in said
