"""The refusals of the limits: what is left, until when, and what may still be drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.limits import refusals as limit_refusals
from bot.core.limits.quota import Balance
from bot.core.text.format import format_timestamp
from tests.unit.core.make import DAY_ENDS, MONTH_ENDS, a_balance

DAY_END = format_timestamp(DAY_ENDS)
MONTH_END = format_timestamp(MONTH_ENDS)


def test_used_up_for_today() -> None:
    refused = limit_refusals.quota_refusal(1, a_balance(20, 20), "a fox")
    assert "20" in refused.sentence
    assert DAY_END in refused.sentence
    assert (refused.rule, refused.prompt, refused.offers) == ("quota.day", "a fox", ())


def test_partly_left_offers_the_rest() -> None:
    refused = limit_refusals.quota_refusal(4, a_balance(20, 18), "a fox")
    assert "4" in refused.sentence
    assert DAY_END in refused.sentence
    assert refused.offers == (("draw:2", "Draw 2"),)


def test_the_month_decides_when_it_is_tighter() -> None:
    refused = limit_refusals.quota_refusal(1, a_balance(20, 5, 100, 100))
    assert "100" in refused.sentence
    assert MONTH_END in refused.sentence
    assert refused.rule == "quota.month"
    assert MONTH_END in limit_refusals.quota_refusal(1, a_balance(20, 20, 100, 100)).sentence
    assert DAY_END in limit_refusals.quota_refusal(4, a_balance(20, 18, 100, 98)).sentence
    assert MONTH_END in limit_refusals.quota_refusal(4, a_balance(None, 0, 100, 98)).sentence


@pytest.mark.parametrize("balance", [a_balance(0), a_balance(20, 0, 0)])
def test_who_may_not_draw_is_promised_nothing(balance: Balance) -> None:
    refused = limit_refusals.quota_refusal(1, balance, roles=("Artists",))
    assert "Artists" in refused.sentence
    assert refused.rule == "quota.none"
    assert "<t:" not in limit_refusals.quota_refusal(1, balance).sentence


def test_whose_own_number_is_zero_is_not_sent_to_a_role_that_would_not_help() -> None:
    """Nor told that drawing is for others, where everybody else may."""
    balance = replace(a_balance(0), own_zero=True)
    refused = limit_refusals.quota_refusal(1, balance, "a fox", roles=("Artists",))
    assert "Artists" not in refused.sentence
    assert "0" in refused.sentence
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


def test_a_limit_of_one_is_worded_for_one() -> None:
    one, two = (limit_refusals.quota_refusal(1, a_balance(n, n)).sentence for n in (1, 2))
    assert one.startswith("You've used your 1 picture for today.")
    assert two.startswith("You've used all 2 of today's pictures.")


def test_too_many_at_once_offers_what_is_allowed_if_that_is_anything() -> None:
    assert limit_refusals.per_job_refusal(4, 1).offers == (("draw:1", "Draw 1"),)
    assert limit_refusals.per_job_refusal(4, 0).offers == ()
