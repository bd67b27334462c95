"""The small words, and the gate's sentences."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bot.core.drawing import refusals as draw_refusals
from bot.core.limits import refusals as limit_refusals
from bot.core.text import format as fmt
from tests.unit.core.make import DAY_ENDS, MONTH_ENDS, a_balance

DAY_END = f"<t:{int(DAY_ENDS.timestamp())}:R>"
MONTH_END = f"<t:{int(MONTH_ENDS.timestamp())}:R>"


def test_ordinals() -> None:
    said = [fmt.format_ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 112)]
    assert " ".join(said) == "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th 112th"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 s"),
        (-5, "1 s"),
        (math.nan, "1 s"),
        (18.4, "18 s"),
        (89, "89 s"),
        (90, "2 min"),
        (120, "2 min"),
        (3600, "60 min"),
        (5400, "1 h 30 min"),
        (7200, "2 h"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert fmt.format_duration(seconds) == said


def test_a_guess_is_no_finer_than_it_is() -> None:
    assert fmt.format_estimate(18.4) == "about 20 s"
    assert fmt.format_estimate(4) == "about 4 s"
    assert fmt.format_estimate(118) == "about 2 min"


def test_small_words() -> None:
    assert fmt.format_count(1, "picture") == "1 picture"
    assert fmt.format_count(1200, "picture") == "1,200 pictures"
    assert [fmt.join_list(t) for t in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert (
        fmt.format_bar(40, 10)
        == "\u25b0\u25b0\u25b0\u25b0\u25b1\u25b1\u25b1\u25b1\u25b1\u25b1 40 %"
    )
    assert fmt.format_bar(0, 2) == "\u25b1\u25b1 0 %"
    assert fmt.format_bar(100, 2) == "\u25b0\u25b0 100 %"


def test_used_up_for_today() -> None:
    refused = limit_refusals.quota_refusal(1, a_balance(20, 20), "a fox")
    assert refused.sentence == f"You've used your 20 for today. More {DAY_END}."
    assert (refused.rule, refused.prompt, refused.offers) == ("quota.day", "a fox", ())


def test_partly_left_offers_the_rest() -> None:
    refused = limit_refusals.quota_refusal(4, a_balance(20, 18), "a fox")
    assert refused.sentence == f"You asked for 4 and have 2 left. More {DAY_END}."
    assert refused.offers == (("draw:2", "Draw 2"),)


def test_the_month_decides_when_it_is_tighter() -> None:
    refused = limit_refusals.quota_refusal(1, a_balance(20, 5, 100, 100))
    assert refused.sentence == f"You've used your 100 for this month. More {MONTH_END}."
    assert refused.rule == "quota.month"
    assert MONTH_END in limit_refusals.quota_refusal(1, a_balance(20, 20, 100, 100)).sentence
    assert DAY_END in limit_refusals.quota_refusal(4, a_balance(20, 18, 100, 98)).sentence
    assert MONTH_END in limit_refusals.quota_refusal(4, a_balance(None, 0, 100, 98)).sentence


@pytest.mark.parametrize("balance", [a_balance(0), a_balance(20, 0, 0)])
def test_who_may_not_draw_is_promised_nothing(balance: fmt.Balance) -> None:
    refused = limit_refusals.quota_refusal(1, balance, roles=("Artists",))
    assert refused.sentence == "Drawing here is for Artists. Ask a moderator to join in."
    assert refused.rule == "quota.none"
    assert "<t:" not in limit_refusals.quota_refusal(1, balance).sentence


def test_whose_own_number_is_zero_is_not_sent_to_a_role_that_would_not_help() -> None:
    """Nor told that drawing is for others, where everybody else may."""
    balance = replace(a_balance(0), own_zero=True)
    refused = limit_refusals.quota_refusal(1, balance, "a fox", roles=("Artists",))
    assert refused.sentence == (
        "Your own limit here is 0, so I can't draw for you. Ask a moderator to join in."
    )
    assert (refused.rule, refused.prompt) == ("quota.none", "a fox")


def test_other_refusals() -> None:
    assert limit_refusals.per_job_refusal(6, 4, "p").offers == (("draw:4", "Draw 4"),)
    assert limit_refusals.per_job_refusal(1, 0).offers == ()
    assert "3 waiting" in limit_refusals.waiting_limit_refusal(3, "p").sentence
    assert "100 jobs" in limit_refusals.queue_full_refusal(100, "p").sentence
    assert all(
        refused.prompt == "p"
        for refused in (
            limit_refusals.per_job_refusal(6, 4, "p"),
            limit_refusals.waiting_limit_refusal(3, "p"),
            limit_refusals.queue_full_refusal(9, "p"),
        )
    )


@pytest.mark.parametrize("name", ["Attach Files", "attach_files"])
def test_a_missing_right_says_who_can_mend_it(name: str) -> None:
    refused = draw_refusals.missing_permission_refusal(name, "art", "a fox")
    assert refused.sentence == (
        "I can't attach files in #art. A moderator can allow *Attach Files* for me there."
    )
    assert refused.prompt == "a fox"


def test_other_missing_rights() -> None:
    assert (
        "write in #art" in draw_refusals.missing_permission_refusal("send_messages", "art").sentence
    )
    assert (
        "draw in this channel" in draw_refusals.missing_permission_refusal("use_magic", "").sentence
    )


def test_what_came_back() -> None:
    assert fmt.describe_returned(1, 17) == "1 returned, 17 left today."
    assert fmt.describe_returned(3, None) == "3 returned."
