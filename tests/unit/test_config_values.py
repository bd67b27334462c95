"""Values of the settings, checked and cleaned as they are read."""

from __future__ import annotations

import pytest

from bot.config_values import parse_time_zone, token_advice


@pytest.mark.parametrize(
    ("text", "words"),
    [("A1" * 32, "public key"), ("x" * 32, "client secret"), ("x" * 31, "three parts")],
)
def test_the_advice_says_what_was_copied(text: str, words: str) -> None:
    assert words in token_advice(text)


def test_a_time_zone_keeps_its_name() -> None:
    assert parse_time_zone("Europe/Berlin") == "Europe/Berlin"
    with pytest.raises(ValueError, match="is not a time zone"):
        parse_time_zone("Mars/Olympus")
