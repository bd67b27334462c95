"""How a phrase is written, and which ones are risky."""

from __future__ import annotations

import pytest

from bot.core.errors import Refused
from bot.core.triggers.phrase import PHRASE_LENGTH_MAX, is_greedy, parse_phrase


@pytest.mark.parametrize(
    ("text", "shown", "head", "tail"),
    [
        ("draw me", "draw me", "draw me", ""),
        ("  Draw \n me  ", "Draw me", "draw me", ""),
        ("draw me {prompt}", "draw me", "draw me", ""),
        ("draw me{PROMPT}", "draw me", "draw me", ""),
        ("draw me { prompt } ", "draw me", "draw me", ""),
        ("draw me {prompt}!", "draw me", "draw me", ""),
        ("{prompt}, please draw", "{prompt}, please draw", "", ", please draw"),
        ("please {prompt} now!!", "please {prompt} now!!", "please", "now"),
        ("\uff24\uff32\uff21\uff37\uff1a", "\uff24\uff32\uff21\uff37\uff1a", "draw:", ""),
        (
            "{prompt}\u3092\u63cf\u3044\u3066",
            "{prompt}\u3092\u63cf\u3044\u3066",
            "",
            "\u3092\u63cf\u3044\u3066",
        ),
        ("\u753b", "\u753b", "\u753b", ""),
        ("\U0001f3a8", "\U0001f3a8", "\U0001f3a8", ""),
    ],
)
def test_a_phrase_is_read(text: str, shown: str, head: str, tail: str) -> None:
    phrase = parse_phrase(text)
    assert (phrase.text, phrase.head, phrase.tail) == (shown, head, tail)
    assert parse_phrase(phrase.text) == phrase


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "phrase.empty"),
        ("   ", "phrase.empty"),
        ("{prompt}", "phrase.empty"),
        ("{prompt}!", "phrase.empty"),
        ("?!... {prompt}", "phrase.empty"),
        ("\u200b", "phrase.empty"),
        ("x", "phrase.short"),
        ("{prompt} x", "phrase.short"),
        ("d" * (PHRASE_LENGTH_MAX + 1), "phrase.long"),
        ("a {prompt} b {prompt}", "phrase.slots"),
        ("draw {me}", "phrase.braces"),
        ("draw {prompt", "phrase.braces"),
        ("draw }", "phrase.braces"),
        ("<@5> draw", "phrase.mention"),
        ("draw for <@5>", "phrase.mention"),
        ("@everyone draw", "phrase.ping"),
        ("draw for @Here", "phrase.ping"),
        ("> draw", "phrase.sign"),
        ("`draw", "phrase.sign"),
        ("||draw", "phrase.sign"),
        ("/draw", "phrase.sign"),
    ],
)
def test_what_is_none_is_refused_with_its_reason(text: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_phrase(text)
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    "text",
    [
        "draw",
        "Draw",
        "{prompt} please",
        "\u63cf\u3044\u3066",
        "show",
        "\u0440\u0438\u0441\u0443\u0439",
    ],
)
def test_one_short_word_is_greedy(text: str) -> None:
    assert is_greedy(parse_phrase(text))


@pytest.mark.parametrize(
    "text",
    [
        "draw me",
        "draw:",
        "!draw",
        "please {prompt} now",
        "{prompt}, please",
        "stra\u00dfenk\u00fcnstler",
        "\u63cf\u3044\u3066\uff1a",
    ],
)
def test_what_says_more_is_not(text: str) -> None:
    assert not is_greedy(parse_phrase(text))
