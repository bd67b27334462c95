"""Values of the settings, checked and cleaned as they are read."""

from __future__ import annotations

import pytest

from bot.config_values import (
    TOKEN_PATTERN,
    clean_token,
    is_network_share,
    parse_time_zone,
    token_advice,
)


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


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        " {}\r\n",
        '"{}"',
        "'{}'",
        "`{}`",
        "\u201c{}\u201d",
        "Bot {}",
        "bot\t{}",
        '"Bot {}"',
        '\u200b"{}"\ufeff',
        "{}\u200b",
        "\ufeff{}",
        "\u00a0{}\u3164",
        "\x00{}\x7f",
    ],
)
def test_what_is_pasted_around_a_token_is_dropped(around: str) -> None:
    assert clean_token(around.format("aB-1.c_2.d3")) == "aB-1.c_2.d3"


@pytest.mark.parametrize("between", [" ", "\n", "\r\n", "\u200b", "\u00ad", "\u2060", "\ufe0f"])
def test_what_is_not_seen_within_a_token_is_dropped(between: str) -> None:
    assert clean_token(f"aB{between}-1.c_2.{between}d3") == "aB-1.c_2.d3"


@pytest.mark.parametrize(
    "text", ["a.b.c d.e.f", "\u0430.b.c", "a.b.c;", "a..c", "<a.b.c>", "a=b.c.d"]
)
def test_another_sign_stays_and_makes_it_no_token(text: str) -> None:
    cleaned = clean_token(text)
    assert not TOKEN_PATTERN.fullmatch(cleaned)
    assert "copy it anew" in token_advice(cleaned) or "three parts" in token_advice(cleaned)


@pytest.mark.parametrize(
    "path", [r"\\nas\bots\swarmbot.db", "//nas/bots/swarmbot.db", r"\\?\UNC\nas\bots\swarmbot.db"]
)
def test_a_network_share_is_known_on_windows_only(path: str) -> None:
    assert is_network_share(path, windows=True)
    assert not is_network_share(path, windows=False)


@pytest.mark.parametrize(
    "path", ["data/swarmbot.db", r"C:\bots\swarmbot.db", r"\\?\C:\bots\swarmbot.db", "/data/s.db"]
)
def test_a_disk_of_this_computer_is_no_network_share(path: str) -> None:
    assert not is_network_share(path, windows=True)
