"""Any text at all: nothing that SwarmUI obeys or that Discord brings to life is left of it."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.drawing.tag_removal import clean_prompt
from bot.core.text.escape import escape_text, format_code_block, format_plain

ANGLES = "<>\uff1c\uff1e\ufe64\ufe65\u2039\u203a\u300a\u300b\u226e\u226f"
PIECES = st.sampled_from(
    [
        *ANGLES,
        "lora",
        "param",
        "[steps]",
        ":",
        "500",
        " ",
        "\n",
        ",",
        "\u200b",
        "\u0338",
        "fox",
        "@everyone",
        "<@1>",
        "https://a.b",
        "```",
        "`",
        "*",
        "\u05d0",
        "\U0001f98a",
        "\u200d",
    ]
)
texts = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


@given(texts)
@example("<\u0338lora:x>")
@example("\u226elora:x\u226f")
def test_swarmui_never_sees_an_angle(text: str) -> None:
    cleaned = clean_prompt(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert not set("<>") & set(unicodedata.normalize(form, cleaned.text))
    assert all(re.fullmatch(r"[a-z_][a-z0-9_ -]*", name) for name in cleaned.removed)


@given(texts)
def test_what_remains_is_normal_and_visible(text: str) -> None:
    cleaned = clean_prompt(text).text
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    for char in set(cleaned) - {"\n", "\u200d"}:
        assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co")


@given(st.text(alphabet=st.characters(categories=["L", "N"], max_codepoint=0x24F), min_size=1))
def test_plain_words_are_left_alone(text: str) -> None:
    assert clean_prompt(text).text == unicodedata.normalize("NFC", text)


@given(texts, st.integers(0, 300))
def test_what_is_shown_is_dead_and_fits(text: str, limit: int) -> None:
    for shown in (escape_text(text, limit), format_code_block(text, limit)):
        assert len(shown) <= limit
        assert "@everyone" not in shown
        assert not re.search(r"<[@#:/at]", shown)
    assert not re.search(r"(?i)https?://", escape_text(text, limit))
    assert "\n" not in escape_text(text, limit)
    assert len(format_plain(text, limit)) <= limit
    assert "```" not in format_code_block(text, limit)[3:-3]


@given(st.text())
def test_a_block_gives_back_what_was_typed(text: str) -> None:
    assert clean_prompt(format_code_block(text, 9999)[3:-3]).text == clean_prompt(text).text
