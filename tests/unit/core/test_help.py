"""The card of /help: how to draw here, where, and what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import help as help_cards
from bot.core.drawing.refusals import SWITCHED_OFF_SENTENCE
from bot.core.limits.refusals import quota_refusal
from bot.core.policy import GuildSettings
from bot.core.ui.card import MessageCard
from tests.unit.core.make import a_balance


def text(card: MessageCard) -> str:
    panel = card.embed
    return "\n".join([card.content] + ([panel.title, panel.body] if panel else []))


def test_help() -> None:
    card = help_cards.help_card(a_balance(20, 3), ("draw me",), (100, 200))
    assert card.content == "17 left today."
    for word in ("/imagine", "draw me", "<#100> and <#200>", "/quota", "/cancel", "mentioning me"):
        assert word in text(card)


def test_help_without_trigger_channels_promises_no_phrase() -> None:
    said = text(help_cards.help_card(a_balance(), ("draw me",), ()))
    assert "draw me" not in said
    assert "mention" in said


def test_help_says_what_the_server_chose() -> None:
    policy = GuildSettings(channels=(100,), private=True)
    said = text(help_cards.help_card(a_balance(), (), (), policy=policy))
    assert "<#100>" in said
    assert "`private:False`" in said
    open_only = replace(policy, private_allowed=False)
    said = text(help_cards.help_card(a_balance(), (), (), policy=open_only))
    assert "`private:False`" not in said
    assert "doesn't allow private pictures" in said
    off = help_cards.help_card(a_balance(), (), (), policy=GuildSettings(drawing=False))
    assert off.content == SWITCHED_OFF_SENTENCE
    usual = text(help_cards.help_card(a_balance(), (), ()))
    assert "<#" not in usual
    assert "`private:False`" not in usual


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (5, 5), (6, 5)])
def test_five_phrases_are_shown_at_most(count: int, shown: int) -> None:
    phrases = tuple(f"phrase number {number}" for number in range(count))
    said = text(help_cards.help_card(a_balance(), phrases, (100,)))
    assert sum(phrase in said for phrase in phrases) == shown


def test_a_phrase_around_its_prompt_is_shown_with_a_gap() -> None:
    said = text(help_cards.help_card(a_balance(), ("draw {prompt} please",), (100,)))
    assert "draw … please" in said
    assert "{prompt}" not in said


def test_whoever_may_not_draw_reads_what_the_gate_would_say() -> None:
    balance = a_balance(day=0)
    card = help_cards.help_card(balance, (), ())
    assert card.content == quota_refusal(1, balance).sentence
