"""Any message with any phrases: nothing is raised, and what comes out is fit to be drawn."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Refused
from bot.core.text.folding import BLANK_CHARS, fold_text, strip_accents
from bot.core.triggers.index import TriggerIndex, build_index
from bot.core.triggers.match import PromptMessage, find_near_miss, read_message
from bot.core.triggers.phrase import parse_phrase
from tests.support.triggers import find_prompt

BOT = 5
PIECES = st.sampled_from(
    [
        "draw me",
        "DRAW  ME",
        "please draw",
        "for me",
        "imagine:",
        "<@5>",
        "<@!5>",
        "<@6>",
        "<@&7>",
        "<#8>",
        "> ",
        "`",
        "```",
        "||",
        "a fox",
        "\u7d75\u3092",
        "\u63cf\u3044\u3066",
        ":",
        ",",
        "!",
        "\n",
        " ",
        "\u200b",
        "\u200f",
        "\u0301",
        "\u0337",
        "\u0130",
        "\u0131",
        "\u00df",
        "\uff44\uff52\uff41\uff57",
        "https://a.example",
        "\U0001f98a",
        "'s",
        "-",
        "_",
        "{prompt}",
        "\ud83d",
        "\u1112\u1161\u11ab",
    ]
)
MENTIONS = st.sampled_from(["<@6>", "<@!7>", "<@&8>", "||<@9>||", "<@5>,"])
MESSAGES = st.one_of(
    st.text(max_size=80),
    st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join),
    st.lists(PIECES, max_size=12).map(" ".join),
    st.lists(st.one_of(PIECES, MENTIONS), max_size=6).map(
        lambda rest: " ".join(["draw me", *rest])
    ),
)
SETS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "draw me",
                "{prompt}, please draw",
                "please draw {prompt} for me",
                "imagine:",
                "\u63cf\u3044\u3066\uff1a{prompt}",
                "{prompt}\u3092\u63cf\u3044\u3066",
                "STRASSE",
                "caf\u00e9",
            ]
        ),
        st.text(max_size=10),
        st.lists(PIECES, max_size=4).map("".join),
    ),
    max_size=5,
).map(tuple)


@given(MESSAGES, SETS, st.booleans())
def test_what_is_heard_is_a_prompt(content: str, texts: tuple[str, ...], mentions: bool) -> None:
    heard = read_message(content, build_index(texts), BOT, mentions)
    find_near_miss(content, build_index(texts), BOT)
    if isinstance(heard, PromptMessage):
        assert heard.prompt
        assert heard.prompt == heard.prompt.strip()
        assert not re.match(r"<@[!&]?\d", heard.prompt)
        assert any(unicodedata.category(char)[0] in "LNS" for char in heard.prompt)
        assert heard.mentioned or heard.phrase is not None
        if "||" not in content:
            assert heard.prompt in unicodedata.normalize("NFC", content)


@given(MESSAGES, SETS)
def test_among_many_each_is_found_that_is_found_alone(content: str, texts: tuple[str, ...]) -> None:
    many, text = build_index(texts), unicodedata.normalize("NFC", content.strip(BLANK_CHARS))
    alone = [phrase for phrase in many.phrases if TriggerIndex([phrase]).find_match(text)]
    found = many.find_match(text)
    assert (found is None) == (not alone)
    if found is not None:
        assert found.phrase in alone
        assert len(found.phrase.head) == max(len(phrase.head) for phrase in alone)


@given(MESSAGES, SETS)
def test_what_begins_like_a_phrase_is_found(content: str, texts: tuple[str, ...]) -> None:
    """A plain look at the whole folded text, without any index."""
    text = unicodedata.normalize("NFC", content.strip(BLANK_CHARS))
    said = fold_text(text)
    for phrase in build_index(texts).phrases:
        if phrase.head and not phrase.head[-1].isalnum() and not phrase.tail:
            assert (TriggerIndex([phrase]).find_match(text) is None) <= (
                not said.startswith(phrase.head)
            )
        if phrase.head and not strip_accents(said).startswith(strip_accents(phrase.head)):
            assert TriggerIndex([phrase]).find_match(text) is None


@given(st.text(max_size=40))
def test_a_phrase_is_read_again_as_itself(text: str) -> None:
    try:
        phrase = parse_phrase(text)
    except Refused:
        return
    assert parse_phrase(phrase.text) == phrase
    assert phrase.head or phrase.tail


@given(st.text(max_size=40), st.sampled_from(["draw me", "imagine:", "STRASSE"]))
def test_a_phrase_followed_by_words_is_heard(rest: str, text: str) -> None:
    found = find_prompt(f"{text} fox {rest}", build_index((text,)), BOT, False)
    assert found is not None
    assert found.startswith("fox")


@given(
    st.sampled_from(
        [
            "draw me",
            "imagine:",
            "CAF\u00c9",
            "\u03b6\u03c9\u03b3\u03c1\u03ac\u03c6\u03b9\u03c3\u03b5",
            "\u5e6b\u6211\u756b",
            "\u0434\u0430\u0439 \u0435\u0451",
        ]
    ),
    st.sampled_from([str, str.upper, str.lower, str.title]),
    st.sampled_from(["NFC", "NFD", "NFKD"]),
    st.sampled_from(["", " ", "\u200b", "\n", "\u200f "]),
)
def test_case_and_composition_do_not_count(
    text: str, case: Callable[[str], str], form: Literal["NFC", "NFD", "NFKD"], before: str
) -> None:
    said = f"{before}{unicodedata.normalize(form, case(text))} fox"
    assert find_prompt(said, build_index((text,)), BOT, False) == "fox"


def test_the_end_of_a_sentence_is_none_of_a_phrase() -> None:
    assert (
        parse_phrase("{prompt} please!!").lookup_key == parse_phrase("{prompt} please").lookup_key
    )
