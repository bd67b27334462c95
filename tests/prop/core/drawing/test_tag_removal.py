"""The sanitiser alone: no tag of any kind survives it, whatever people make of one."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.swarmui.protocol import build_parameters
from bot.core.drawing import prompt_tags
from bot.core.drawing.prompt_markup import RENDERED_TAGS, flatten_markup, render_prompt
from bot.core.drawing.request import GenerationParams
from bot.core.drawing.tag_removal import clean_prompt
from bot.core.errors import Refused
from tests.support.shelf import ARTIST, HOST, TRUSTED, ordered

OPENED = "<\uff1c\ufe64\u2039\u3008\u300a\u27e8\u276e\u226e"
CLOSED = ">\uff1e\ufe65\u203a\u3009\u300b\u27e9\u276f\u226f"
NAMES = [
    *prompt_tags.TAG_NAMES,
    "param",
    "repeat",
    "setmacro",
    "macro",
    "var",
    "embed",
    "object",
    "extend",
]
PIECES = st.sampled_from(
    [
        *OPENED,
        *CLOSED,
        *NAMES,
        "[9999999]",
        "[steps]",
        "[0.5]",
        ":",
        "|",
        "||",
        ",",
        " ",
        "500",
        "fox",
        "animals",
        "add_detail",
        "oil",
        "\u0338",
        "\u200b",
        "\ue000",
        "\ue001",
        "\U000f0000",
        "{value}",
        "<@1>",
        "@everyone",
        "\n",
        "\n|||\n",
        "\u202e",
        "l\u03bfra",
        "\uff4c\uff4f\uff52\uff41",
        "<lora:x>",
        "<param[steps]:500>",
        "<random:a|b>",
        "<wc:animals>",
        "<alt:",
        "<preset:oil>",
        "<segment:face>",
        "<fromto[3]:a|b>",
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=120))
EVERY = frozenset(prompt_tags.TAG_NAMES)
A_TAG = re.compile(r"<(\w+)(?:\[[0-9.]+\])?:")


def nothing_survives(text: str) -> None:
    cleaned = clean_prompt(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert not set("<>") & set(unicodedata.normalize(form, cleaned.text))
    assert clean_prompt(cleaned.text).text == cleaned.text
    assert len(cleaned.text) <= 2 * len(text)


def only_our_tags_survive(text: str) -> None:
    markup = prompt_tags.parse_tags(text, EVERY, ("animals",), 50).markup
    built = render_prompt(markup)
    assert built.count("<") == built.count(">") == len(A_TAG.findall(built)) <= prompt_tags.TAGS_MAX
    assert set(A_TAG.findall(built)) <= RENDERED_TAGS
    assert not set("<>") & set(flatten_markup(markup))
    # What is typed again, from the Edit form, is the same again.
    assert render_prompt(prompt_tags.parse_tags(built, EVERY, ("animals",), 50).markup) == built


@settings(max_examples=600)
@given(TEXTS)
@example("\u226e\u0338lora:x>")
@example("<random:a|<random:b|<random:c|d>>>")
def test_no_tag_survives(text: str) -> None:
    nothing_survives(text)


@settings(max_examples=400)
@given(TEXTS)
@example("<alt:lora|\u2039>>")
@example("<alt:lora|[9999999]<@1>lora>")
@example("<segment:a \u203a face>")
@example("<random:<alternate:a|\u3008b>|c>")
def test_only_built_tags_survive_where_all_are_open(text: str) -> None:
    only_our_tags_survive(text)


@pytest.mark.soak
@pytest.mark.timeout(900)
@settings(max_examples=20_000, deadline=None)
@given(TEXTS)
@example("<alt:lora|[9999999]<@1>lora>")
def test_no_tag_survives_twenty_thousand(text: str) -> None:
    nothing_survives(text)
    only_our_tags_survive(text)


@settings(max_examples=250)
@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.booleans())
def test_an_orders_parameters_are_explicit_and_without_a_persons_tag(
    prompt: str, negative: str, lora: str, style: str, advanced: str, trusted: bool
) -> None:
    for fields in (
        {},
        {"lora": lora},
        {"style": style},
        {"advanced": advanced},
        {"style": "Plain", "lora": "add_detail", "upscale": 1.5, "variation": 0.5},
    ):
        made = answer(prompt, negative, trusted, **fields)
        if made is None:
            continue
        asked = build_parameters(made, "swarmbot/d/j/1", previews=True)
        assert not {None, "", False} & {v for v in asked.values() if not isinstance(v, list)} - {0}
        assert {"images", "prompt", "model", "width", "height", "steps", "seed"} <= set(asked)
        for key, value in asked.items():
            text = "".join(value) if isinstance(value, list) else str(value)
            # A style's words are the host's own, tags and all.
            if (trusted or made.style == "Oil") and key in ("prompt", "negativeprompt"):
                assert set(A_TAG.findall(text)) <= RENDERED_TAGS
                assert text.count("<") == len(A_TAG.findall(text))
            else:
                assert not set("<>") & set(text), key


def answer(prompt: str, negative: str, trusted: bool, **fields: object) -> GenerationParams | None:
    who = {"asker": ARTIST, "bounds": TRUSTED} if trusted else {"bounds": HOST}
    try:
        return ordered(prompt, negative=negative, **who, **fields)
    except Refused:
        return None


@pytest.mark.parametrize(
    "bad",
    [
        "<" * 20_000,
        "<random:" * 2_500 + "a|b" + ">" * 2_500,
        "<random:a|b>" * 1_700,
        "<a" * 10_000,
        "<random:" + "|" * 19_000 + ">",
        "<random:" + "<x:" * 6_000,
        "\u226e\u0338" * 10_000,
        "<" + " " * 20_000 + "lora:x>",
        "<random[" + "9" * 19_000 + "]:a|b>",
    ],
)
def test_hostile_texts_take_no_longer_than_long_ones(bad: str) -> None:
    """Ten thousand letters more is ten times more: nothing here looks back over what it read."""
    began = time.process_time()
    clean_prompt(bad)
    prompt_tags.parse_tags(bad, EVERY, ("animals",), 50)
    assert time.process_time() - began < 2
