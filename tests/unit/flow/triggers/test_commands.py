"""The moderators' counter for trigger phrases, and what a sentence would meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.core.limits.quota import LimitScope
from bot.core.triggers import cards
from bot.core.triggers.phrase import parse_phrase
from bot.core.ui.card import MessageCard
from bot.flow.runtime.context import HostSettings
from bot.flow.triggers.commands import DryRunContext, TriggerCommands
from tests.support.books import MIA, NOON
from tests.support.flow import Stage, stage
from tests.support.settings import set_fields

HOSTS = 70  # a channel that the host chose
OTHER = 71
FAR = 123_456_789_012_345_678  # an id as Discord makes them
HERE = DryRunContext((HOSTS,), bot_id=5)


@asynccontextmanager
async def hall(folder: Path) -> AsyncIterator[Stage]:
    house = HostSettings(trigger_phrases=("draw me", "imagine:"), trigger_channels=(HOSTS,))
    async with stage(folder, house=house) as at:
        await at.flow.triggers.load_triggers()
        yield at


def here(channel: int) -> bool:
    return channel in (HOSTS, OTHER)


def said(card: MessageCard) -> str:
    return f"{card.content}\n{card.embed.body if card.embed else ''}"


async def tried(at: Stage, sentence: str, spot: DryRunContext = HERE) -> str:
    before = [await at.books.rows(t) for t in ("jobs", "holds", "totals", "drafts", "audit")]
    told = said(await at.flow.trigger_commands.try_sentence(MIA, sentence, spot))
    after = [await at.books.rows(t) for t in ("jobs", "holds", "totals", "drafts", "audit")]
    assert after == before  # nothing is drawn, held or written down
    return told


async def test_it_goes_through_the_gate_itself(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        assert "you'd have 19 left" in await tried(at, "draw me a fox")
        books = at.books.books
        await books.limits.set_limit(MIA, LimitScope.MEMBER, MIA.user, {"day": 0}, NOON)
        assert "✗ The answer would be: Your own limit here is 0" in await tried(at, "draw me a fox")
        await books.limits.clear_limit(MIA, LimitScope.MEMBER, MIA.user, NOON)
        await books.limits.set_limit(MIA, LimitScope.MEMBER, MIA.user, {"exempt": 1}, NOON)
        assert "you have no limit here" in await tried(at, "draw me a fox")
        await books.blocks.block_member(MIA, MIA.user, None, "", NOON)
        assert "✗ The answer would be: You're blocked from drawing here" in await tried(
            at, "draw me a fox"
        )


async def test_after_a_mention_a_phrase_is_no_part_of_the_prompt_anywhere(tmp_path: Path) -> None:
    """Whether the channel listens or not, also a phrase that counts in another one alone."""
    elsewhere = DryRunContext((OTHER,), bot_id=5)
    async with hall(tmp_path) as at:
        assert "I would draw *a fox*" in await tried(at, "<@5> draw me a fox", elsewhere)
        assert "has \u201cdraw me\u201d" in await tried(at, "<@5> draw me a fox", elsewhere)
        assert "I would draw *a fox*" in await tried(at, "<@5> a fox", elsewhere)
        assert (await tried(at, "draw me a fox", elsewhere)).startswith("No reply")
        assert (await tried(at, "<@5> draw me", elsewhere)).startswith("No reply")
        await at.flow.triggers.add_phrase(MIA, parse_phrase("paint me"), HOSTS)
        assert "I would draw *a fox*" in await tried(at, "<@5> paint me a fox", elsewhere)
        await at.flow.triggers.remove_phrase(MIA, parse_phrase("draw me").lookup_key, 0)
        assert "I would draw *draw me a fox*" in await tried(at, "<@5> draw me a fox", elsewhere)


async def test_words_that_are_refused_are_told_as_they_would_be(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await set_fields(at.flow.guild_settings, MIA, words=("turnip",))
        told = await tried(at, "draw me a turnip")
        assert told.startswith("I would refuse")
        assert "allowed on this server" in told


async def test_a_channel_that_the_settings_leave_out_would_be_silent(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await set_fields(at.flow.guild_settings, MIA, channels=(OTHER,))
        told = await tried(at, "draw me a fox")
        assert told.startswith("No reply: drawing isn't allowed in this channel.")
        assert (await tried(at, "<@5> a fox")).startswith("I would refuse")


@pytest.mark.parametrize("sentence", ["", "hello", "> draw me a fox", "draw me", "draw me `x`"])
async def test_what_asks_nothing_never_reaches_the_gate(tmp_path: Path, sentence: str) -> None:
    async with hall(tmp_path) as at:
        await at.books.books.blocks.block_member(MIA, MIA.user, None, "", NOON)
        told = await tried(at, sentence)
        assert told.startswith("No reply.")
        assert "blocked from drawing here" not in told


async def test_a_name_alone_would_be_told_how_to_ask(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        told = await tried(at, "<@5>")
        assert told.startswith("I would explain how to ask, in a short reply that disappears.")
        assert "✗ It mentions me and says nothing else." in told


async def test_a_phrase_is_added_once_and_a_bad_one_not_at_all(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        counter: TriggerCommands = at.flow.trigger_commands
        paint = parse_phrase("paint me")
        first = await counter.add_phrase(MIA, "paint me", 0, here, deaf=False)
        assert cards.quote_phrase("draw me") in first.content, "the host's phrases stayed"
        again = await counter.add_phrase(MIA, "PAINT  me", 0, here, deaf=False)
        assert again == cards.duplicate_card(parse_phrase("PAINT  me"), 0)
        bad = await counter.add_phrase(MIA, "{prompt}", 0, here, deaf=False)
        assert "`{prompt}`" in bad.content
        texts = [one.text for one in at.flow.triggers.list_phrases(MIA.guild)]
        assert sorted(texts) == ["draw me", "imagine:", paint.text]


async def test_a_phrase_is_removed_by_its_words_or_by_its_choice(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        counter = at.flow.trigger_commands
        for channel in (0, FAR, FAR + 1):
            await counter.add_phrase(MIA, "paint me", channel, here, deaf=False)
        paint = parse_phrase("paint me")
        unclear = await counter.remove_phrase(MIA, "unknown words", 0)
        assert unclear == cards.unknown_phrase_card("unknown words")
        one = await counter.remove_phrase(MIA, "Paint Me", 0)
        assert one == cards.removed_card(parse_phrase("Paint Me"), 0, 4)
        both = await counter.remove_phrase(MIA, "paint me", 0)
        assert both == cards.ambiguous_card(paint, (FAR, FAR + 1))
        chosen = await counter.remove_phrase(MIA, f"{FAR}|paint me", 0)
        assert chosen == cards.removed_card(paint, FAR, 3)
        assert (await counter.remove_phrase(MIA, "paint me", 0)) == cards.removed_card(
            paint, FAR + 1, 2
        )


async def test_choices_name_the_channel_and_come_back_with_it(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        await at.flow.trigger_commands.add_phrase(MIA, "paint me", FAR, here, deaf=False)
        choices = at.flow.trigger_commands.list_choices(MIA.guild, lambda channel: f"#{channel}")
        assert dict(choices) == {
            "draw me": "draw me",
            "imagine:": "imagine:",
            f"paint me (in #{FAR})": f"{FAR}|paint me",
        }


async def test_a_channel_that_the_settings_leave_out_is_named_when_it_is_enabled(
    tmp_path: Path,
) -> None:
    async with hall(tmp_path) as at:
        counter = at.flow.trigger_commands
        await set_fields(at.flow.guild_settings, MIA, channels=(HOSTS,))
        other = await counter.enable_channel(MIA, (OTHER,), True, deaf=False)
        assert f"<#{HOSTS}>" in other.content
        thread = await counter.enable_channel(MIA, (700, HOSTS), True, deaf=False)
        assert f"<#{HOSTS}>" not in thread.content
        again = await counter.enable_channel(MIA, (OTHER,), True, deaf=False)
        assert again.content != other.content


async def test_the_list_leaves_out_channels_of_other_servers(tmp_path: Path) -> None:
    async with hall(tmp_path) as at:
        card = await at.flow.trigger_commands.list_phrases(MIA, 1, here, deaf=True)
        assert f"<#{HOSTS}>" in card.content
        assert cards.CONTENT_DISABLED in card.content
        none = await at.flow.trigger_commands.list_phrases(MIA, 1, lambda _: False, deaf=False)
        assert f"<#{HOSTS}>" not in none.content
