"""What is said of a block: to the moderator who sets it, and to the person whom it stops."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.core import blocks as block_cards
from bot.core.blocks import BLOCKS_SHOWN, MemberBlock
from bot.core.text.format import format_timestamp
from tests.unit.core.make import T0


@pytest.mark.parametrize(
    ("cleared", "told"),
    [
        ((0, 0, 0), "They had nothing in the queue and no pictures from the last hour."),
        ((0, 6, 0), "6 pictures from the last hour deleted. They had nothing in the queue."),
        (
            (1, 0, 0),
            "1 job cancelled and returned. They had no pictures from the last hour.",
        ),
    ],
)
def test_what_was_not_there_is_not_counted_as_0(cleared: tuple[int, int, int], told: str) -> None:
    assert block_cards.blocked_card("Mia", None, cleared).content.splitlines()[1] == told


@pytest.mark.parametrize("until", [None, T0])
@pytest.mark.parametrize("reason", ["", "**spam** <@1>"])
def test_whoever_is_blocked_reads_until_when_and_why(until: datetime | None, reason: str) -> None:
    block = MemberBlock(1, until, reason, 2)
    refusal = block_cards.blocked_refusal(block, "a fox")
    assert (refusal.rule, refusal.prompt) == (block_cards.BLOCKED_RULE, "a fox")
    for said in (refusal.sentence, block_cards.describe_block(block)):
        assert (format_timestamp(T0) in said) is (until is not None)
        assert ("spam" in said) is bool(reason)
        assert len(said.splitlines()) == 1 + bool(reason), "the reason has a line of its own"
        assert "<@1>" not in said
    assert len(refusal.sentence) > len(block_cards.describe_block(block))


def test_a_block_for_good_names_no_time_and_one_for_a_while_does() -> None:
    for_good, for_now = (block_cards.blocked_card("Mia", end, None) for end in (None, T0))
    assert "<t:" not in for_good.content
    assert format_timestamp(T0) in for_now.content
    assert "`clear:True`" in for_now.content


@pytest.mark.parametrize("count", [0, 1, BLOCKS_SHOWN, BLOCKS_SHOWN + 1])
def test_the_list_shows_as_many_as_fit_and_counts_the_rest(count: int) -> None:
    rows = [MemberBlock(user, None, "", 900) for user in range(1, count + 1)]
    card = block_cards.block_list_card(rows)
    if not count:
        assert card.embed is None
        return
    assert card.embed is not None
    lines = card.embed.body.splitlines()
    shown = min(count, BLOCKS_SHOWN)
    assert [line.split(":")[0] for line in lines[:shown]] == [
        f"<@{row.user}>" for row in rows[:shown]
    ]
    assert lines[shown:] == ([f"… and {count - BLOCKS_SHOWN} more."] if count > shown else [])
    assert str(count) in card.embed.title


def test_names_are_shown_and_never_live() -> None:
    for card in (
        block_cards.blocked_card("<@1>", None, None),
        block_cards.unblocked_card("<@1>", True),
        block_cards.unblocked_card("<@1>", False),
    ):
        assert "<@1>" not in card.content
    assert block_cards.unblocked_card("Mia", True) != block_cards.unblocked_card("Mia", False)


def test_a_moderator_hears_why_nobody_was_blocked() -> None:
    said = [block_cards.SELF_BLOCK_CARD.content, block_cards.BOT_TARGET_CARD.content]
    assert "" not in said
    assert said[0] != said[1]
