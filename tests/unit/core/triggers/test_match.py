"""Which plain messages ask for a picture."""

from __future__ import annotations

import pytest

from bot.core.triggers.index import build_index
from bot.core.triggers.match import IgnoreReason, PromptMessage, find_near_miss, read_message
from tests.support.cpu import loops_of
from tests.support.triggers import find_prompt

PHRASES = ("draw me", "imagine:", "draw me a portrait of")


def ask(content: str, mentions: bool = True) -> str | None:
    return find_prompt(content, build_index(PHRASES), 5, mentions)


@pytest.mark.parametrize(
    ("content", "prompt"),
    [
        ("draw me a fox", "a fox"),
        ("Draw Me a Fox", "a Fox"),
        ("  draw \n me   a fox  ", "a fox"),
        ("draw me: a fox", "a fox"),
        ("draw me, please, a fox!", "please, a fox!"),
        ("draw me\na fox", "a fox"),
        ("draw me \U0001f98a", "\U0001f98a"),
        ("draw me \u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("draw me (a fox:1.2)", "(a fox:1.2)"),
        ("\uff44\uff52\uff41\uff57 \uff4d\uff45 a fox", "a fox"),
        ("draw me a portrait of Ada", "Ada"),
        ("imagine:a fox", "a fox"),
        ("Imagine: a fox", "a fox"),
        ("imagine\uff1a a fox", "a fox"),
        ("<@5> a fox", "a fox"),
        ("<@!5>, a fox", "a fox"),
        ("<@5> draw me a fox", "a fox"),
        ("<@5>imagine: a fox", "a fox"),
        ("<@5> hello", "hello"),
    ],
)
def test_asks(content: str, prompt: str) -> None:
    assert ask(content) == prompt


@pytest.mark.parametrize(
    "content",
    [
        "",
        "draw me",
        "draw me!",
        "draw me ...",
        "draw me \u200b",
        "draw meat",
        "draw me_now",
        "draw me's",
        "draw me-not",
        "please draw me a fox",
        "draw",
        "Imagine being this late",
        "imagine : a fox",
        "imagine:",
        "> draw me a fox",
        "`draw me a fox`",
        "```\ndraw me a fox\n```",
        "||draw me a fox||",
        "draw me https://example.org/x.png",
        "https://example.org draw me a fox",
        "<@6> a fox",
        "<@5>",
        "<@5> ?",
        "<@&5> a fox",
        "hey <@5> a fox",
        "@everyone draw me a fox",
    ],
)
def test_is_talk(content: str) -> None:
    assert ask(content) is None


def test_mentions_can_be_off() -> None:
    assert ask("<@5> a fox", mentions=False) is None
    assert ask("draw me a fox", mentions=False) == "a fox"


@pytest.mark.parametrize("content", ["<@&8> a fox", "<@&8>, draw me a fox", "<@&8> <@5> a fox"])
def test_a_mention_of_the_bots_own_role_is_one_of_the_bot(content: str) -> None:
    """Discord's menu offers both, with one name."""
    index = build_index(PHRASES)
    heard = read_message(content, index, 5, True, bot_role=8)
    assert isinstance(heard, PromptMessage)
    assert (heard.prompt, heard.mentioned) == ("a fox", True)
    assert read_message("<@&8>", index, 5, True, bot_role=8) is IgnoreReason.BARE_MENTION
    assert not find_near_miss(content, index, 5, 8).has_other_mention
    for other in ("<@&9> a fox", "<@&0> a fox"):
        assert read_message(other, index, 5, True, bot_role=8) is IgnoreReason.NO_PHRASE
        assert read_message(other, index, 5, True) is IgnoreReason.NO_PHRASE
    assert read_message("<@&8> a fox", index, 5, False, bot_role=8) is IgnoreReason.NO_PHRASE


def test_after_a_mention_other_phrases_may_count() -> None:
    here, called = build_index(()), build_index(("draw me", "{prompt} please"))
    for content in (
        "<@5> draw me a fox",
        "<@!5>, Draw me a fox",
        "<@5> a fox please",
        "<@5> a fox",
    ):
        heard = read_message(content, here, 5, True, called)
        assert isinstance(heard, PromptMessage)
        assert (heard.prompt, heard.mentioned) == ("a fox", True)
    assert read_message("<@5> draw me", here, 5, True, called) is IgnoreReason.NO_PROMPT
    for name in ("<@5>", " <@!5>\n", "<@5> <@5>", "<@5>?!"):
        assert read_message(name, here, 5, True, called) is IgnoreReason.BARE_MENTION, name
    for name in ("<@5> <@6>", "<@5> ```x```", "<@6>", "<@5> https://example.org", "draw me"):
        assert read_message(name, here, 5, True, called) is not IgnoreReason.BARE_MENTION, name
    assert read_message("<@5>", here, 5, False, called) is IgnoreReason.NO_PHRASE
    assert read_message("draw me a fox", here, 5, True, called) is IgnoreReason.NO_PHRASE
    assert read_message("<@5> draw me a fox", here, 5, False, called) is IgnoreReason.NO_PHRASE


def test_a_tower_of_marks_is_quick() -> None:
    """Anybody may write one, anywhere, and never wait."""
    assert ask("e" + "\u0f73" * 3999) is None
    assert loops_of(lambda: ask("e" + "\u0f73" * 3999)) < 10


def test_without_phrases_only_mentions_ask() -> None:
    assert find_prompt("draw me a fox", build_index(()), 5, True) is None
    assert find_prompt("draw me a fox", build_index(("", "  ")), 5, True) is None
    assert find_prompt("<@5> a fox", build_index(()), 5, True) == "a fox"


def test_letters_that_fold_to_several_are_matched() -> None:
    assert find_prompt("STRASSE fox", build_index(("stra\u00dfe",)), 5, False) == "fox"
    assert find_prompt("stra\u00dfe fox", build_index(("STRASSE",)), 5, False) == "fox"
    assert find_prompt("cafe\u0301 fox", build_index(("CAF\u00c9",)), 5, False) == "fox"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("before", ["draw me ", "", "<@5> ", "please draw "])
@pytest.mark.parametrize(
    "body",
    [
        "http://a" * 480 + " b",
        "```a" * 900 + " b",
        "`" * 3900,
        "`a`" * 1200 + " b",
        "||" * 1900,
        "\n" * 3800 + "x",
        "\n> a" * 900 + "\nb",
        "<@6>" * 900 + "<",
        "a\u0301" * 1900,
        "\u0301" * 3900,
        " \u200b" * 1900,
        "please draw " * 320,
        "\ufdfa" * 3900 + " please draw",
    ],
    ids=lambda body: ascii(body[:8]),
)
def test_no_message_takes_long_to_read(before: str, body: str) -> None:
    """Each of these has a thousand ways to be cut into links, code or quotations."""
    index = build_index((*PHRASES, "{prompt} please draw", "please draw {prompt} for me"))
    for _ in range(20):
        find_prompt(before + body, index, 5, True)
