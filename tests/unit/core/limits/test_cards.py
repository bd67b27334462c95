"""The cards of /limits: what was set, what holds now, and what would help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.limits import cards
from bot.core.limits import describe as say
from bot.core.limits.cards import GRANT_COMMAND, RESET_COMMAND
from bot.core.limits.describe_changes import PREVIEW_NOTE
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import EXEMPT, LIMIT_NAMES, Balance, Limits, LimitScope
from bot.core.text.format import format_timestamp
from bot.core.ui.card import CardTone, MessageCard
from tests.unit.core.make import DAY_ENDS, T0, a_balance


def row(scope: LimitScope, target: int, **numbers: int | None) -> LimitRow:
    return LimitRow(scope, target, numbers, 7, 9, T0)


def body(card: MessageCard) -> str:
    assert card.embed is not None
    return card.embed.body


@pytest.mark.parametrize(
    ("own", "warned"), [({"day": 49}, True), ({"day": 50}, False), ({"day": None}, False)]
)
def test_a_smaller_number_than_a_role_gives_is_warned_of(
    own: dict[str, int | None], warned: bool
) -> None:
    rows = (row(LimitScope.ROLE, 5, day=50), row(LimitScope.ROLE, 6, day=None))
    lines = cards.describe_role_conflicts(own, rows, "Mia", (5,), {5: "Artists"})
    assert bool(lines) is warned
    if warned:
        assert "@Artists" in lines[0]
        assert say.format_limit("day", 50) in lines[0]
        assert GRANT_COMMAND in lines[-1]
    assert cards.describe_role_conflicts(own, rows, "Mia", (), {}) == []


def set_card(new: dict[str, int | None], old: dict[str, int | None], **more: bool) -> MessageCard:
    return cards.limit_set_card(
        "Mia",
        (new, old),
        ["a line"],
        ["a warning"],
        people="they",
        grant_to=101 if more.get("grant") else None,
        preview=more.get("preview", False),
    )


def test_what_was_set_stands_before_its_lines_and_warnings_with_the_whole_rule() -> None:
    card = set_card({"day": 30}, {"month": 100})
    first, *rest = card.content.splitlines()
    assert say.describe_changes({"day": 30}, {"month": 100}) in first
    assert rest == ["a line", "a warning"]
    assert body(card) == say.describe_rule({"day": 30, "month": 100})
    assert card.embed is not None
    assert card.embed.tone is CardTone.GOOD


def test_a_preview_says_so_first_and_a_number_that_was_so_changes_nothing() -> None:
    preview = set_card({"day": 30}, {}, preview=True)
    assert preview.content.startswith(PREVIEW_NOTE)
    assert preview.embed is not None
    assert preview.embed.tone is CardTone.CALM
    same = set_card({"day": 30}, {"day": 30}).content.splitlines()[0]
    assert same == cards.unchanged_card(same.removesuffix(" Nothing was changed.")).content


def test_a_grant_is_offered_for_a_member_alone() -> None:
    assert set_card({"day": 30}, {}).buttons == ()
    (button,) = set_card({"day": 30}, {}, grant=True).buttons
    assert button == cards.grant_button(101)
    assert button.custom_id == "grant:101"


@pytest.mark.parametrize("scope", list(LimitScope))
def test_a_removed_rule_is_told_with_what_holds_now(scope: LimitScope) -> None:
    now = {name: f"{name} as usual" for name in LIMIT_NAMES}
    card = cards.limit_cleared_card(scope, "It", {"day": 5}, now, ["a line"], preview=False)
    assert say.format_limit("day", 5) in card.content
    assert "day as usual" in card.content
    assert "month as usual" not in card.content, "only the numbers of the rule changed"
    assert body(card).splitlines() == list(now.values())
    freed = cards.limit_cleared_card(scope, "It", {EXEMPT: 1}, now, [], preview=False)
    assert all(text in freed.content for text in now.values())
    none = cards.limit_cleared_card(scope, "It", None, now, [], preview=False)
    assert "as usual" not in none.content
    own = "their own" if scope is LimitScope.MEMBER else "its own"
    assert none.content.startswith(f"It has no limits of {own}.")
    assert body(none) == body(card)


@pytest.mark.parametrize(("used", "offered"), [(0, False), (19, False), (20, True), (25, True)])
def test_more_is_offered_once_nothing_is_left(used: int, offered: bool) -> None:
    card = cards.member_limits_card("Mia", a_balance(20, used), {}, grant_to=101)
    assert bool(card.buttons) is offered
    assert (GRANT_COMMAND in card.content) is offered
    assert f"{used} used" in card.content
    assert format_timestamp(DAY_ENDS) in card.content


def test_a_grant_is_told_beside_the_number_that_it_was_added_to() -> None:
    balance = replace(a_balance(25, 3), granted_day=5)
    card = cards.member_limits_card("Mia", balance, {})
    assert say.format_limit("day", 20) in card.content
    assert "5 granted" in card.content


def test_who_is_exempt_reads_no_number_first() -> None:
    balance = replace(a_balance(None), exempt=True, day_source="role:5")
    card = cards.member_limits_card("Mia", balance, {5: "Artists"}, grant_to=101)
    assert say.EXEMPT_TEXT in card.content
    assert "@Artists" in card.content
    assert card.buttons == ()


@pytest.mark.parametrize(
    ("balance", "named"),
    [
        (a_balance(20, 3), "17"),
        (a_balance(20, 25), "6"),
        (a_balance(None, 0, 100, 104), "5"),
    ],
)
def test_a_grant_says_what_is_left_or_how_many_more_would_do(
    balance: cards.Balance, named: str
) -> None:
    card = cards.grant_card("Mia", 4, 1, balance)
    assert "4" in card.content
    assert named in card.content.replace(".", " ").split()
    assert (RESET_COMMAND in card.content) is (balance.limits.day == 20 and balance.day_used == 25)
    assert card.embed is not None


def test_a_grant_of_days_says_how_many_and_an_unknown_balance_has_no_panel() -> None:
    day, week = (cards.grant_card("Mia", 4, days, None) for days in (1, 7))
    assert "7 days" in week.content
    assert "days" not in day.content
    assert (day.embed, week.embed) == (None, None)


def test_a_reset_says_what_came_back_and_what_still_counts() -> None:
    back = cards.usage_reset_card("Mia", 4, a_balance(20, 0))
    assert "4" in back.content
    assert "20" in back.content
    nothing = cards.usage_reset_card("Mia", 0, replace(a_balance(20, 1), waiting=1))
    assert nothing.embed is None
    assert len(nothing.content) > len(cards.usage_reset_card("Mia", 0, a_balance(20)).content)


@pytest.mark.parametrize("scope", list(LimitScope))
def test_an_exemption_is_told_once_and_says_how_it_is_taken_back(scope: LimitScope) -> None:
    assert "`/limits exempt on:False`" in cards.exempt_card("It", scope, was_so=False).content
    assert "`/limits" not in cards.exempt_card("It", scope, was_so=True).content
    assert cards.exemption_removed_card("It", None).embed is None
    assert body(cards.exemption_removed_card("It", {"day": "20 a day"})) == "20 a day"


def test_the_overview_has_the_default_then_the_server_roles_and_members() -> None:
    rows = (
        row(LimitScope.MEMBER, 101, day=3),
        row(LimitScope.ROLE, 5, day=50),
        row(LimitScope.GUILD, 7, day=10),
    )
    card = cards.rules_overview_card(Limits(day=20), rows, {5: "Artists"})
    said = body(card)
    places = [said.index(say.format_limit("day", number)) for number in (20, 10, 50, 3)]
    assert places == sorted(places)
    assert "@Artists" in said
    assert "<@101>" in said
    assert "`/limits set`" in body(cards.rules_overview_card(Limits(), (), {}))


def test_a_form_that_came_back_can_be_opened_again() -> None:
    card = cards.grant_retry_card("That is no number.", 101)
    assert card.content == cards.unchanged_card("That is no number.").content
    assert card.buttons == (cards.grant_button(101),)


@pytest.mark.parametrize(("images", "said"), [(1, "1 picture "), (4, "4 pictures ")])
def test_the_hosts_bound_is_named_with_its_number(images: int, said: str) -> None:
    assert said in cards.describe_host_bound(images)


def test_small_answers_are_told_apart() -> None:
    assert cards.FILES_NOT_SENT_CARD.content != ""


def test_a_members_limits_are_told_word_for_word() -> None:
    limits = Limits(day=20, month=100, per_job=4, waiting=3, running=1)
    card = cards.member_limits_card("Mia", replace(a_balance(20, 3), limits=limits), {})
    assert card.content.startswith("Mia: 20 a day by default, 3 used, resets <t:")
    first, second, third = body(card).splitlines()
    assert first.startswith("100 a month by default, 0 used, resets <t:")
    assert second == say.join_parts(
        say.format_limit(name, number)
        for name, number in (("per_job", 4), ("waiting", 3), ("running", 1))
    )
    assert third == "0 in progress and 0 waiting. Both count as used."
    unlimited = cards.member_limits_card("Mia", a_balance(None), {})
    assert body(unlimited).splitlines()[0][0].isupper()
    nothing = cards.member_limits_card("Mia", a_balance(0), {})
    assert nothing.content.startswith(f"Mia: {say.format_limit('day', 0)} by default.")
    one = cards.member_limits_card("Mia", a_balance(1), {})
    assert "1 a day by default, 0 used, resets" in one.content


@pytest.mark.parametrize(
    ("balance", "sentence"),
    [
        (a_balance(20, 22), "used 22 today, so none are left. Give at least 3 more, or"),
        (a_balance(20, 20, 100, 104), "used 104 this month, so none are left. Give at least 5"),
        (a_balance(20, 20, 100, 100), "used 20 today, so none are left. Give at least 1 more, or"),
        (a_balance(None, 0, 100, 100), "used 100 this month, so none are left. Give at least 1"),
        (a_balance(20, 20), "used 20 today, so none are left. Give at least 1 more, or"),
    ],
)
def test_a_grant_that_is_too_small_says_how_much_would_do(balance: Balance, sentence: str) -> None:
    assert sentence in cards.grant_card("Mia", 1, 1, balance).content


def test_a_reset_says_what_still_counts() -> None:
    busy, idle = replace(a_balance(20, 3), waiting=1, running=1), a_balance(20, 3)
    assert cards.usage_reset_card("Mia", 3, busy).content.endswith("in progress still count.")
    assert "still count" not in cards.usage_reset_card("Mia", 3, idle).content


def test_deleted_roles_are_listed_with_their_rules() -> None:
    rules = [{"day": 5}, {"month": 9}]
    lines = "\n".join(f"- {say.describe_rule(rule)}" for rule in rules)
    before = cards.deleted_roles_card(rules, preview=True).content
    assert before == f"2 deleted roles with a rule. Nothing was changed:\n{lines}"
    after = cards.deleted_roles_card(rules, preview=False).content
    assert after == f"Removed the rules of 2 deleted roles:\n{lines}"


@pytest.mark.parametrize(
    ("scope", "who"),
    [
        (LimitScope.MEMBER, "they can now draw"),
        (LimitScope.ROLE, "everyone with this role can now draw"),
        (LimitScope.GUILD, "everyone can now draw"),
    ],
)
def test_an_exemption_says_who_can_draw(scope: LimitScope, who: str) -> None:
    assert who in cards.exempt_card("It", scope, was_so=False).content
