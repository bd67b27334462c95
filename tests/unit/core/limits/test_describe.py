"""The words of limits: numbers, rules and whose they are."""

from __future__ import annotations

import pytest

from bot.core.limits import describe
from bot.core.limits.describe import EXEMPT_TEXT
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import EXEMPT, LIMIT_NAMES, Limits, LimitScope, resolve_limits
from bot.core.ui.card import EMBED_TEXT_MAX
from tests.unit.core.make import T0


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_each_number_has_its_unit_and_none_is_no_limit(name: str) -> None:
    said = [describe.format_count(name, value) for value in (None, 1, 1200)]
    assert len(set(said)) == 3
    assert not any(char.isdigit() for char in said[0])
    assert "1,200" in said[2]
    units = {describe.format_count(other, 1) for other in LIMIT_NAMES}
    assert len(units) == len(LIMIT_NAMES)


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_a_zero_says_what_it_means_where_that_holds(name: str) -> None:
    zero, bare = describe.format_limit(name, 0), describe.format_count(name, 0)
    assert zero.startswith(bare)
    assert zero != bare
    assert describe.format_limit(name, 1) == describe.format_count(name, 1)


def test_a_rule_is_one_line_in_the_order_of_the_numbers() -> None:
    said = describe.describe_rule({"per_job": 4, "day": 20})
    assert said == describe.join_parts(
        [describe.format_limit("day", 20), describe.format_limit("per_job", 4)]
    )
    assert describe.describe_rule({}) == ""


def test_an_exempt_rule_says_so_first_and_keeps_its_numbers() -> None:
    assert describe.describe_rule({EXEMPT: 1}) == EXEMPT_TEXT
    both = describe.describe_rule({"day": 5, EXEMPT: 1})
    assert both == describe.join_parts([EXEMPT_TEXT, describe.describe_rule({"day": 5})])
    assert describe.describe_rule({"day": 5, EXEMPT: 0}) == describe.describe_rule({"day": 5})


def test_each_number_is_said_with_whose_it_is() -> None:
    rows = (LimitRow(LimitScope.ROLE, 5, {"day": 50}, 7, 9, T0),)
    said = describe.describe_limits(*resolve_limits(Limits(), rows, 1, (5,)), {5: "Artists"})
    assert list(said) == list(LIMIT_NAMES)
    assert "50" in said["day"]
    assert "@Artists" in said["day"]
    assert "Artists" not in said["month"]


def test_the_numbers_of_one_rule_are_found_by_whom_it_is_for() -> None:
    rows = (LimitRow(LimitScope.ROLE, 5, {"day": 50}, 7, 9, T0),)
    assert describe.find_rule_numbers(rows, LimitScope.ROLE, 5) == {"day": 50}
    assert describe.find_rule_numbers(rows, LimitScope.MEMBER, 5) == {}
    assert describe.find_rule_numbers((), LimitScope.ROLE, 5) == {}


@pytest.mark.parametrize("name", ["@everyone", "everyone", "here", "@here", "**bold**", "<@1>"])
def test_no_name_of_a_role_or_member_is_live(name: str) -> None:
    for said in (
        describe.format_role(5, {5: name}),
        describe.describe_target(LimitScope.ROLE, 5, name),
        describe.describe_target(LimitScope.MEMBER, 5, name),
    ):
        assert "@everyone" not in said
        assert "@here" not in said
        assert "<@1>" not in said
        assert "**" not in said


def test_a_role_without_a_name_is_a_mention_where_no_names_are_known_else_deleted() -> None:
    assert describe.format_role(5, {}) == "<@&5>"
    assert "5" not in describe.format_role(5, {6: "Staff"})
    assert describe.format_role(5, {5: "Artists"}) == "@Artists"


def test_each_source_has_words_of_its_own() -> None:
    said = [
        describe.describe_source(source, {5: "Artists"})
        for source in ("config", "guild", "role:5", "member")
    ]
    assert len(set(said)) == 4
    assert "@Artists" in said[2]


def test_a_change_names_the_number_before_it_where_it_was_another() -> None:
    old = {"day": 1234, "month": 7}
    said = describe.describe_changes({"day": 20, "month": 7, "per_job": None}, old)
    assert "20" in said
    assert "1,234" in said
    assert said.count("was") == 1, "the month stayed, and one picture in one go is new"
    assert describe.describe_changes({}, old) == ""


def test_of_several_zeros_the_first_alone_says_what_it_means() -> None:
    said = describe.describe_changes({"day": 0, "month": 0}, {}, "people")
    assert said.count("people") == 1
    assert said.index("people") < said.index(describe.format_count("month", 0))
    assert "people" not in describe.describe_changes({"day": 0}, {}, "")


@pytest.mark.parametrize("count", [0, 1, 39, 500])
def test_as_many_lines_as_fit_are_shown_and_the_others_counted(count: int) -> None:
    lines = [f"{number:099}" for number in range(count)]
    said = describe.truncate_lines(lines)
    assert len(said) <= EMBED_TEXT_MAX
    shown = said.split("\n") if said else []
    if shown == lines:
        return
    assert shown[:-1] == lines[: len(shown) - 1]
    assert f"{count - len(shown) + 1:,} more" in shown[-1]
    assert len(shown) > 39, "nothing is cut that fits"


def test_lines_that_just_fit_are_all_shown() -> None:
    room = EMBED_TEXT_MAX - len("… and 1,000,000 more.")
    assert describe.truncate_lines(["x" * (room - 1)]) == "x" * (room - 1)
    assert describe.truncate_lines(["x" * room]) == "… and 1 more."


def test_a_zero_says_what_it_means_in_a_change() -> None:
    assert "so they can't draw" in describe.describe_changes({"day": 0}, {})
    assert "so they can't draw" not in describe.describe_changes({"day": 1}, {})


def test_sources_and_targets_are_told_word_for_word() -> None:
    told = [describe.describe_source(source, {}) for source in ("config", "guild", "member")]
    assert told == ["by default", "from the server", "set just for them"]
    assert describe.describe_target(LimitScope.GUILD, 7, "x") == "This server"
    assert describe.describe_target(LimitScope.MEMBER, 7, "Mia") == "Mia"
