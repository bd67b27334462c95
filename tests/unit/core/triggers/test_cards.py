"""What moderators read about trigger phrases: what was changed, and the list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.errors import Refused
from bot.core.triggers import cards
from bot.core.triggers.cards import (
    CONTENT_DISABLED,
    ENABLE_HINT,
    PAGE_SIZE,
    PhraseList,
    format_example,
)
from bot.core.triggers.phrase import TriggerPhrase, parse_phrase
from bot.core.ui.card import MessageCard

PLAIN = parse_phrase("draw me")


def added(phrase: TriggerPhrase = PLAIN, channel: int = 0, **more: object) -> str:
    values: dict[str, object] = {"began": (), "silenced": False, "deaf": False, **more}
    listening = values.pop("listening", (70,))
    return cards.added_card(phrase, channel, listening, **values).content  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("draw me", "draw me a red fox"),
        ("imagine:", "imagine: a red fox"),
        ("please {prompt} now", "please a red fox now"),
        ("a`b", "a'b a red fox"),
    ],
)
def test_an_example_is_what_one_would_write(text: str, said: str) -> None:
    assert format_example(parse_phrase(text)) == said


def test_an_added_phrase_says_where_it_counts_with_an_example() -> None:
    assert "<#70>" in added()
    assert "<#71>" in added(channel=71)
    assert "<#70>" not in added(channel=71)
    assert f"`{format_example(PLAIN)}`" in added()
    assert cards.quote_phrase("draw me") in added()


def test_what_stands_in_its_way_is_said() -> None:
    assert ENABLE_HINT not in added()
    assert ENABLE_HINT in added(listening=())
    assert ENABLE_HINT in added(channel=71, silenced=True)
    assert CONTENT_DISABLED in added(deaf=True)
    assert CONTENT_DISABLED not in added()


@pytest.mark.parametrize("text", ["draw", "{prompt} please"])
def test_one_everyday_word_is_warned_of(text: str) -> None:
    phrase = parse_phrase(text)
    assert cards.describe_risk(phrase) in added(phrase)
    assert "`/triggers test`" in cards.describe_risk(phrase)
    assert cards.describe_risk(parse_phrase("draw")) != cards.describe_risk(
        parse_phrase("{prompt} draw")
    )


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_the_hosts_phrases_with_which_a_list_began_are_named(count: int) -> None:
    began = tuple(f"phrase number {number}" for number in range(count))
    said = added(began=began)
    assert sum(cards.quote_phrase(one) in said for one in began) == min(count, 3)
    assert ("1 more" in said) is (count > 3)


def test_the_last_phrase_that_goes_is_told_of() -> None:
    last, other = (cards.removed_card(PLAIN, 0, left).content for left in (0, 1))
    assert "`/triggers add`" in last
    assert "`/triggers add`" not in other
    assert "<#71>" in cards.removed_card(PLAIN, 71, 1).content


def test_a_phrase_of_several_places_asks_for_one_of_them() -> None:
    said = cards.ambiguous_card(PLAIN, (70, 0, 71)).content
    assert "<#70> and <#71>" in said
    assert "`channel`" in said


def switched(**more: object) -> str:
    values: dict[str, object] = {"thread": False, "elsewhere": (), "deaf": False, **more}
    on, changed, phrases = (values.pop(n, d) for n, d in (("on", True), ("new", True), ("n", 2)))
    return cards.channel_switched_card(70, on, changed, phrases, **values).content  # type: ignore[arg-type]


def test_a_switched_channel_says_what_it_needs_besides() -> None:
    assert "<#70>" in switched()
    assert "already" in switched(new=False)
    assert "`/triggers add`" in switched(n=0)
    assert "<#71>" in switched(elsewhere=(71,))
    assert CONTENT_DISABLED in switched(deaf=True)
    assert len(switched(thread=True)) < len(switched())
    assert "already" in switched(on=False, new=False)
    assert "`/triggers add`" not in switched(on=False, n=0)


def listed(count: int, page: int = 1, **more: object) -> MessageCard:
    phrases = tuple((f"phrase {number}", 0) for number in range(1, count + 1))
    found = PhraseList(phrases, (70,), (), from_host=False, mentions=True, content_disabled=False)
    return cards.list_card(replace(found, **more), page)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "page", "first", "lines", "pages"),
    [
        (1, 1, 1, 1, 1),
        (PAGE_SIZE, 1, 1, PAGE_SIZE, 1),
        (PAGE_SIZE + 1, 1, 1, PAGE_SIZE, 2),
        (PAGE_SIZE + 1, 2, PAGE_SIZE + 1, 1, 2),
    ],
)
def test_a_page_is_numbered_and_says_of_how_many_it_is(
    count: int, page: int, first: int, lines: int, pages: int
) -> None:
    card = listed(count, page)
    assert card.embed is not None
    shown = card.embed.body.splitlines()
    assert len(shown) == lines
    assert shown[0] == f"{first}. {cards.quote_phrase(f'phrase {first}')}"
    assert (f"{page} of {pages}" in card.embed.footer) is (pages > 1)


@pytest.mark.parametrize("page", [-1, 0, 3])
def test_a_page_that_is_not_there_says_how_many_there_are(page: int) -> None:
    card = listed(PAGE_SIZE + 1, page)
    assert card.embed is None
    assert "2 pages" in card.content


def test_a_list_says_where_its_phrases_count() -> None:
    assert "<#70>" in listed(1).content
    assert ENABLE_HINT in listed(1, enabled_channels=()).content
    assert "<#72>" in listed(1, disabled_channels=(72,)).content
    assert CONTENT_DISABLED in listed(1, content_disabled=True).content
    assert len(listed(1, mentions=False).content) < len(listed(1).content)
    of_one = listed(1, enabled_channels=(), phrases=(("draw me", 71),))
    assert of_one.embed is not None
    assert "<#71>" in of_one.embed.body
    assert of_one.content != listed(1, enabled_channels=()).content
    empty = listed(0)
    assert empty.embed is None
    assert "`/triggers add" in empty.content


def test_small_answers_repeat_no_live_words() -> None:
    evil = "<@1> `x` **y**"
    assert "<@1>" not in cards.unknown_phrase_card(evil).content
    assert cards.duplicate_card(PLAIN, 0) != cards.duplicate_card(PLAIN, 70)
    assert cards.invalid_phrase_card(Refused("x", "Too long.")).content.startswith("Too long.")
    assert "`/imagine`" in cards.USAGE_CARD.content
