"""Values that anybody may have written."""

from __future__ import annotations

import pytest

from bot.core.drawing.image_metadata.values import (
    TEXT_LENGTH_MAX,
    VALUE_LENGTH_MAX,
    format_value,
    join_texts,
    limit_facts,
    load_object,
    take_text,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "7",
        "{",
        '{"a":' * 50_000,
        "{}" + " " * TEXT_LENGTH_MAX,
        '{"a": ' + "9" * 5_000,
        7,
    ],
)
def test_what_is_no_object_is_an_empty_one(text: object) -> None:
    assert load_object(text) == {}


def test_an_object_is_read_with_blanks_around_and_line_ends_inside() -> None:
    assert load_object(' {"a": "b\nc"} ') == {"a": "b\nc"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (7.0, "7"),
        (float("inf"), ""),
        (10**30, ""),
        (["a", ["b"], 2], "a, 2"),
        ({"a": 1}, ""),
        (None, ""),
        ("a\n b", "a b"),
        ("x" * 999, "x" * VALUE_LENGTH_MAX),
    ],
)
def test_a_value_becomes_a_short_text(value: object, text: str) -> None:
    assert format_value(value) == text


def test_equal_texts_are_joined_once() -> None:
    assert join_texts(["a fox", " a fox ", "", "snow"]) == "a fox\nsnow"
    assert take_text(7) == ""


def test_facts_without_a_name_or_value_are_dropped() -> None:
    assert limit_facts([("", "a"), ("b", ""), ("c  d", "e")]) == (("c d", "e"),)
