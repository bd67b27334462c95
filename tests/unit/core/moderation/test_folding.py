"""A text as a reader may take it."""

from __future__ import annotations

import pytest

from bot.core.moderation.folding import (
    build_views,
    fold_lookalikes,
    has_script_word,
    join_words,
    split_name,
)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("FoX", "fox"),
        ("f\u00f6x", "fox"),
        ("\uff46\uff4f\uff58", "fox"),
        ("f\u043ex", "fox"),
        ("\U0001f1eb\U0001f1f4\U0001f1fd", "fox"),
        ("f\u200bo\u00adx", "fox"),
        ("", ""),
    ],
)
def test_what_reads_like_latin_letters_is_folded_to_them(typed: str, folded: str) -> None:
    assert fold_lookalikes(typed) == folded


@pytest.mark.parametrize(
    ("typed", "view"),
    [
        ("f0x", "fox"),
        ("f o x e s", "foxes"),
        ("f.o.x.e.s", "foxes"),
        ("f<b>ox", "fox"),
        ("foooox", "fox"),
        ("he11o", "hello"),
        ("k1ss", "kiss"),
        ("ch!ld", "child"),
        ("a red-fox", "a red fox"),
    ],
)
def test_one_of_the_views_is_what_was_meant(typed: str, view: str) -> None:
    assert any(view in one.split() or view == one for one in build_views(typed))


def test_signs_part_words_and_blanks_are_single() -> None:
    assert join_words("  a--b,c _ d  ") == "a b c d"
    assert join_words("!!!") == ""
    assert build_views("") == ("",)


def test_words_of_scripts_without_blanks_are_found_inside() -> None:
    assert has_script_word("\u7f8e\u3057\u3044\u5b50\u4f9b\u9054", ("\u5b50\u4f9b",))
    assert not has_script_word("\u7f8e\u3057\u3044", ("\u5b50\u4f9b",))
    assert not has_script_word("child", ("child",)), "plain letters are judged as words"


@pytest.mark.parametrize(
    ("name", "words"),
    [("NightPortraits_v2", "Night Portraits v2"), ("SDXL", "SDXL"), ("fox", "fox"), ("", "")],
)
def test_a_files_name_is_read_as_words(name: str, words: str) -> None:
    assert split_name(name) == words
