"""Letters as people read them: how a message and a phrase come to be compared."""

from __future__ import annotations

import unicodedata

import pytest

from bot.core.text.folding import (
    BLANK_CHARS,
    INVISIBLE_CHARS,
    fold_letter,
    fold_text,
    iter_backward,
    iter_forward,
    limit_marks,
    strip_accents,
)


@pytest.mark.parametrize(
    ("letter", "folded"),
    [
        ("\uff24", "d"),
        ("\u00df", "ss"),
        ("\u00c9", "\u00e9"),
        ("E\u0301", "\u00e9"),
        ("\u0131", "i"),
        ("I\u0336", "i"),
        ("\u05d0\u05b0", "\u05d0"),
        ("\u0301", ""),
    ],
)
def test_a_letter_is_folded_with_its_marks(letter: str, folded: str) -> None:
    assert fold_letter(letter) == folded


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("", ""),
        ("  Draw \n\t me ", "draw me"),
        ("dr\u200baw\u00ad me", "draw me"),
        ("\u2066draw me\u2069", "draw me"),
        ("STRASSE", "strasse"),
        ("stra\u00dfe", "strasse"),
    ],
)
def test_a_text_is_folded_with_single_blanks(typed: str, folded: str) -> None:
    assert fold_text(typed) == folded


@pytest.mark.parametrize("text", ["", "caf\u00e9 noir", "cafe\u0301  n\u200boir", "\u753b me", "a"])
def test_both_directions_read_the_same_letters(text: str) -> None:
    forward = [letter for letter, _ in iter_forward(text)]
    backward = [letter for letter, _ in iter_backward(text, len(text))]
    assert forward == backward[::-1]


def test_each_letter_knows_where_it_ends_and_begins() -> None:
    text = "e\u0301x  y"
    assert list(iter_forward(text)) == [("\u00e9", 2), ("x", 3), (" ", 5), ("y", 6)]
    assert list(iter_backward(text, 6)) == [("y", 5), (" ", 3), ("x", 2), ("\u00e9", 0)]
    assert list(iter_backward(text, 3)) == [("x", 2), ("\u00e9", 0)]


@pytest.mark.parametrize(("text", "plain"), [("\u00e9t\u00e9", "ete"), ("abc", "abc"), ("", "")])
def test_an_accent_may_be_left_out(text: str, plain: str) -> None:
    assert strip_accents(text) == plain


@pytest.mark.parametrize("height", [0, 1, 16, 17, 5000])
def test_a_tower_of_marks_is_cut_at_sixteen(height: int) -> None:
    cut = limit_marks("a" + "\u0301" * height + "b")
    assert cut == "a" + "\u0301" * min(height, 16) + "b"


def test_unseen_characters_do_not_begin_a_new_tower() -> None:
    cut = limit_marks("a" + "\u0301\u200b" * 40)
    assert cut.count("\u0301") == 16


def test_blanks_hold_all_that_is_unseen() -> None:
    assert set(BLANK_CHARS) >= INVISIBLE_CHARS
    assert " \n\u3000".strip(BLANK_CHARS) == ""
    assert all(not char.isalnum() for char in BLANK_CHARS)
    assert all(unicodedata.category(char) != "Lo" for char in INVISIBLE_CHARS)
