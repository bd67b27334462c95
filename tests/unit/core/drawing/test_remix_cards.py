"""What is said where people use a message's menu."""

from __future__ import annotations

import pytest

from bot.core.drawing import remix_cards
from bot.core.drawing.image_metadata import ImageMetadata
from bot.core.drawing.remix_cards import FACT_MAX
from bot.core.ui.card import EMBED_TEXT_MAX


def test_the_card_is_a_block_that_nothing_gets_out_of() -> None:
    evil = "``` @everyone <@123> [click](https://evil.example) **loud**"
    card = remix_cards.metadata_card(ImageMetadata("SwarmUI", evil, evil, ((evil, evil),) * 30))
    assert card.embed is not None
    body = card.embed.body
    assert body.startswith("```\n")
    assert body.endswith("\n```")
    assert "```" not in body[3:-3]
    assert "@everyone" not in body
    assert "<@" not in body
    assert len(body) <= EMBED_TEXT_MAX
    assert "SwarmUI" in card.content


def test_facts_come_first_then_the_negative_then_the_prompt() -> None:
    read = ImageMetadata("ComfyUI", "a fox", "fog", (("Steps", "20"), ("Seed", "5")))
    card = remix_cards.metadata_card(read)
    assert card.embed is not None
    lines = card.embed.body.splitlines()[1:-1]
    assert lines == ["Steps: 20", "Seed: 5", "Negative: fog", "Prompt: a fox"]
    assert card.buttons == ()


def test_a_picture_without_words_says_so_and_names_no_negative() -> None:
    card = remix_cards.metadata_card(ImageMetadata("SwarmUI", "", "", ()))
    assert card.embed is not None
    assert card.embed.body.splitlines()[1:-1] == ["Prompt: (none)"]


@pytest.mark.parametrize("length", [FACT_MAX, FACT_MAX + 1])
def test_one_fact_is_cut_where_it_is_too_long(length: int) -> None:
    card = remix_cards.metadata_card(ImageMetadata("SwarmUI", "", "", (("Model", "x" * length),)))
    assert card.embed is not None
    assert ("x" * length in card.embed.body) is (length <= FACT_MAX)


def test_of_a_long_prompt_the_facts_stay() -> None:
    card = remix_cards.metadata_card(ImageMetadata("SwarmUI", "y" * 9000, "", (("Seed", "5"),)))
    assert card.embed is not None
    assert "Seed: 5" in card.embed.body
    assert len(card.embed.body) <= EMBED_TEXT_MAX


def test_each_reason_for_no_card_has_words_of_its_own() -> None:
    cards = (
        remix_cards.NO_PICTURE_CARD,
        remix_cards.NO_TEXT_CARD,
        remix_cards.NO_METADATA_CARD,
        remix_cards.UNREADABLE_METADATA_CARD,
        remix_cards.HIDDEN_METADATA_CARD,
    )
    assert len({card.content for card in cards}) == len(cards)
    assert all(card.embed is None for card in cards)
