"""Small words that every card uses: numbers, times and lists."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from bot.core.text import format as fmt
from tests.unit.core.make import T0


def test_ordinals() -> None:
    said = [fmt.format_ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 112)]
    assert " ".join(said) == "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th 112th"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 s"),
        (-5, "1 s"),
        (math.nan, "1 s"),
        (18.4, "18 s"),
        (89, "89 s"),
        (90, "2 min"),
        (120, "2 min"),
        (3600, "60 min"),
        (5400, "1 h 30 min"),
        (7200, "2 h"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert fmt.format_duration(seconds) == said


def test_a_guess_is_no_finer_than_it_is() -> None:
    assert fmt.format_estimate(18.4) == "about 20 s"
    assert fmt.format_estimate(4) == "about 4 s"
    assert fmt.format_estimate(118) == "about 2 min"


def test_small_words() -> None:
    assert fmt.format_count(1, "picture") == "1 picture"
    assert fmt.format_count(1200, "picture") == "1,200 pictures"
    assert [fmt.join_list(t) for t in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert (
        fmt.format_bar(40, 10)
        == "\u25b0\u25b0\u25b0\u25b0\u25b1\u25b1\u25b1\u25b1\u25b1\u25b1 40 %"
    )
    assert fmt.format_bar(0, 2) == "\u25b1\u25b1 0 %"
    assert fmt.format_bar(100, 2) == "\u25b0\u25b0 100 %"


def test_what_came_back() -> None:
    assert fmt.describe_returned(1, 17) == "1 picture returned, 17 left today."
    assert fmt.describe_returned(3, None) == "3 pictures returned."


def test_a_moment_is_discords_own_timestamp() -> None:
    assert fmt.format_timestamp(T0) == f"<t:{int(T0.timestamp())}:R>"
    assert fmt.format_timestamp(T0 + timedelta(milliseconds=900)) == fmt.format_timestamp(T0)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ((), ()),
        ((5,), ("<@&5>",)),
        ((5, 6, 7), ("<@&5>", "<@&6>", "<@&7>")),
        ((5, 6, 7, 8), ("<@&5>", "<@&6>", "<@&7>", "others")),
    ],
)
def test_three_roles_are_shown_at_most(ids: tuple[int, ...], said: tuple[str, ...]) -> None:
    assert fmt.format_roles(ids) == said
