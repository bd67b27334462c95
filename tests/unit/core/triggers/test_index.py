"""Finding one trigger phrase among many, in a message."""

from __future__ import annotations

import pytest

from bot.core.triggers.index import TriggerIndex, build_index
from bot.core.triggers.phrase import parse_phrase


def found(text: str, *phrases: str) -> tuple[str, str] | None:
    """The phrase that was found, and what stands where its prompt stands."""
    match = build_index(phrases).find_match(text)
    return None if match is None else (match.phrase.text, text[match.begin : match.end].strip())


def test_no_phrases_find_nothing() -> None:
    assert build_index(()).find_match("draw me a fox") is None
    assert build_index(("", "  ")).phrases == ()


@pytest.mark.parametrize(
    ("text", "phrase", "prompt"),
    [
        ("draw me a fox", "draw me", "a fox"),
        ("draw me a portrait of Ada", "draw me a portrait of", "Ada"),
        ("a fox please", "{prompt} please", "a fox"),
        ("paint a fox now", "paint {prompt} now", "a fox"),
        ("paint a fox", "paint", "a fox"),
    ],
)
def test_the_longest_phrase_that_a_text_is_made_of_is_found(
    text: str, phrase: str, prompt: str
) -> None:
    phrases = (
        "paint",
        "draw me",
        "draw me a portrait of",
        "{prompt} please",
        "paint {prompt} now",
    )
    assert found(text, *phrases) == (phrase, prompt)
    assert found(text, *reversed(phrases)) == (phrase, prompt)


@pytest.mark.parametrize("text", ["draw meat", "draw me's", "draw me-not", "drawme x", "dra", ""])
def test_a_phrase_ends_where_its_word_ends(text: str) -> None:
    assert found(text, "draw me") is None


def test_scripts_without_blanks_need_none() -> None:
    assert found("\u753b\u732b", "\u753b") == ("\u753b", "\u732b")
    assert found("\u732b\u3092\u63cf\u3044\u3066", "{prompt}\u3092\u63cf\u3044\u3066") is not None


@pytest.mark.parametrize("text", ["CAF\u00c9 x", "cafe\u0301 x", "cafe x"])
def test_an_accent_of_a_phrase_may_be_left_out(text: str) -> None:
    assert found(text, "caf\u00e9") == ("caf\u00e9", "x")
    assert found("caf\u00e9 x", "cafe") is None, "another accent is another letter"


def test_phrases_that_mean_the_same_are_one() -> None:
    index = TriggerIndex(map(parse_phrase, ("draw me", "DRAW  ME", "draw me {prompt}")))
    assert len(index.phrases) == 1


def test_an_index_is_built_once_for_the_same_phrases() -> None:
    assert build_index(("draw me",)) is build_index(("draw me",))
    assert build_index(("draw me", "draw {x}")).phrases == build_index(("draw me",)).phrases


def test_what_may_follow_a_sentence_is_no_part_of_its_last_words() -> None:
    assert found("a fox please!!", "{prompt} please") == ("{prompt} please", "a fox")
    assert found("a fox please then", "{prompt} please") is None
