"""The words of the built-in rules: whole words, and no list that holds a part of another."""

from __future__ import annotations

import re

import pytest

from bot.core.moderation import vocabulary
from bot.core.moderation.folding import fold_lookalikes, has_script_word

PATTERNS = {name: one for name, one in vars(vocabulary).items() if isinstance(one, re.Pattern)}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ALWAYS_FORBIDDEN", "loli"),
        ("MINOR", "a little happy girl"),
        ("MINOR", "12 years old"),
        ("MINOR", "aged seventeen"),
        ("SEXUAL", "without any clothes"),
        ("EXPLICIT", "rule 34"),
        ("GROWN_UP", "grown men"),
        ("CLOTHING", "swimming trunks"),
        ("HARMLESS", "teenage mutant ninja turtles"),
    ],
)
def test_a_word_of_each_list_is_found(name: str, found: str) -> None:
    assert PATTERNS[name].search(f"so {found} there")


@pytest.mark.parametrize("name", ["ALWAYS_FORBIDDEN", "SEXUAL", "EXPLICIT"])
@pytest.mark.parametrize(
    "text",
    ["essex", "sextant", "peacock", "document", "grape", "lollipop", "titanium", "explicitly"],
)
def test_no_word_is_found_inside_another(name: str, text: str) -> None:
    assert not PATTERNS[name].search(text)


@pytest.mark.parametrize("age", [1, 9, 17, 18, 25, 117])
def test_an_age_under_eighteen_is_a_minors(age: int) -> None:
    for text in (f"{age} years old", f"{age}yo", f"aged {age}", f"{age} year old"):
        assert bool(PATTERNS["MINOR"].search(text)) is (age < 18), text


def test_every_harmless_expression_holds_a_word_of_a_list() -> None:
    """Or it would be there for nothing."""
    for text in ("nude beige", "naked eye", "blue tit", "moby dick", "inner child", "comic strip"):
        assert PATTERNS["HARMLESS"].fullmatch(text), text


@pytest.mark.parametrize(
    "words", [vocabulary.MINOR_SCRIPTS, vocabulary.SEXUAL_SCRIPTS, vocabulary.CLOTHING_SCRIPTS]
)
def test_words_of_other_scripts_are_found_in_the_form_in_which_they_stand(
    words: tuple[str, ...],
) -> None:
    for word in words:
        assert has_script_word(f"a {word} b", words), word
    assert not has_script_word(fold_lookalikes("a red fox"), words)
