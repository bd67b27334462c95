"""Prompts on their way to SwarmUI, and back to people's eyes."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest

from bot.core.drawing.tag_removal import CLOSE_SIGNS, OPEN_SIGNS, CleanedText, clean_prompt
from bot.core.text.escape import (
    ZWSP,
    count_units,
    escape_text,
    format_code_block,
    format_plain,
    is_empty,
    strip_invisible,
)
from tests.support.cpu import loops_of

WIDE = "\uff1clora:x\uff1e"


@pytest.mark.parametrize(
    ("typed", "text", "removed"),
    [
        ("a fox <lora:detail:1.5>, red", "a fox, red", ("lora",)),
        ("<param[steps]:500> a fox", "a fox", ("param",)),
        ("<PaRaM[Steps]:500>a fox", "a fox", ("param",)),
        ("<repeat[999999999]:x> a fox", "a fox", ("repeat",)),
        (f"{WIDE} a fox", "a fox", ("lora",)),
        ("\uff1c\uff50\uff41\uff52\uff41\uff4d[steps]:9\uff1e a fox", "a fox", ("param",)),
        ("\ufe64lora:x\ufe65 a fox", "a fox", ("lora",)),
        ("\u2039lora:x\u203a a fox", "a fox", ("lora",)),
        ("\u300alora:x\u300b a fox", "a fox", ("lora",)),
        ("\u3008lora:x\u3009 a fox", "a fox", ("lora",)),
        ("\u2329lora:x\u232a a fox", "a fox", ("lora",)),
        ("<random:a,<lora:x:1>,b> a fox", "a fox", ("random",)),
        ("<\u200blora:x> a fox", "a fox", ("lora",)),
        ("< lora : x > a fox", "a fox", ("lora",)),
        ("a fox <lora:x a red barn", "a fox a red barn", ("lora",)),
        ("a fox lora:x> a barn", "a fox lora:x a barn", ()),
        ("<<<<lora:x>>>> a fox", "a fox", ("lora",)),
        ("a fox <trigger> <break>", "a fox", ("trigger", "break")),
        ("<lora:x> <lora:y> <wc:z> fox", "fox", ("lora", "wc")),
        ("a < b", "a b", ()),
        ("a<b>c", "a b c", ()),
        ("i <3 foxes", "i 3 foxes", ()),
        ("a <big> fox", "a big fox", ()),
        ("hi <:fox:123> <a:run:45>", "hi fox run", ()),
        ("<@123> draws <#5> </imagine:1> <@&9> a fox", "draws a fox", ("mention",)),
        ("like <https://example.org/a>", "like https://example.org/a", ()),
        ("<newtag:whatever> fox", "fox", ("newtag",)),
        ("(fox:1.3), [a|b]", "(fox:1.3), [a|b]", ()),
        ("a\u226eb", "a b", ()),
    ],
)
def test_tags_go_and_words_stay(typed: str, text: str, removed: tuple[str, ...]) -> None:
    assert clean_prompt(typed) == CleanedText(text, removed)


@pytest.mark.parametrize(
    ("typed", "lost"),
    [
        ("1girl, >_<", True),
        ("i <3 cats", True),
        ("a <b>bold</b> fox", True),
        ("a -> b", True),
        ("a\u226eb", True),
        ("a fox <lora:x>", False),
        ("hi <:fox:123> <@123>", False),
        ("like <https://example.org/a?b=1>", False),
        ("\u2039quoted\u203a", False),
        ("a fox", False),
    ],
)
def test_signs_that_are_no_tag_are_missed(typed: str, lost: bool) -> None:
    assert clean_prompt(typed).lost_signs is lost


def test_quotation_marks_of_other_languages_stay() -> None:
    title = "\u300a\u7ea2\u697c\u68a6\u300b style, \u2039mignon\u203a"
    assert clean_prompt(title).text == title


def test_right_to_left_and_emoji_stay() -> None:
    text = "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627"
    astronaut = "\U0001f469\u200d\U0001f680 \u2764\ufe0f"
    assert clean_prompt(text).text == text
    assert clean_prompt(astronaut).text == astronaut
    assert not is_empty(clean_prompt("\U0001f98a").text)


def test_what_cannot_be_seen_goes() -> None:
    assert clean_prompt("a\u202e\u2066fo\u200b\u00adx\x00\x1b[0m\ufeff").text == "afox[0m"
    assert clean_prompt("fo\U000e0041x\u3164\u034f").text == "fox"


@pytest.mark.parametrize("typed", ["", "  \n ", "\u200b\u202e", "\u3164", "\ufe0f", "<lora:x>"])
def test_nothing_left_is_empty(typed: str) -> None:
    assert is_empty(clean_prompt(typed).text)


def test_blanks_collapse_and_lines_stay() -> None:
    assert clean_prompt(" a \t fox\r\n\n\n in\u00a0snow ").text == "a fox\nin snow"


def test_composed_forms() -> None:
    assert clean_prompt("cafe\u0301").text == "caf\u00e9"


def test_no_character_folds_to_an_angle_unnoticed() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        for form in ("NFKC", "NFKD"):
            folded = unicodedata.normalize(form, char)
            if folded != char or char in "<>":
                assert "<" not in folded or char in OPEN_SIGNS, hex(code)
                assert ">" not in folded or char in CLOSE_SIGNS, hex(code)


def repr_start(hostile: str) -> str:
    return ascii(hostile[:6])


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 6000,
        "<a:" * 2000,
        "<" * 3000 + ">" * 3000,
        "<lora:" * 1000,
        "\u2039" * 6000,
        "< " * 3000,
        "e\u0301" * 3000,
        "\u0301" * 6000,
        "a" + "\u0301\u0316" * 3000,
        "a" + "\u0f73" * 6000,
        ", " * 3000 + "<lora:x>",
    ],
    ids=repr_start,
)
def test_long_hostile_prompts_are_quick(hostile: str) -> None:
    assert loops_of(lambda: clean_prompt(hostile)) < 40
    assert "<" not in clean_prompt(hostile).text


@pytest.mark.parametrize("mark", ["\u0301", "\u0344", "\u0301\u0316", "\u0f73", "\u0301\u200b"])
def test_of_a_tower_of_marks_sixteen_stay(mark: str) -> None:
    text = clean_prompt(f"f{mark * 100}ox").text
    assert sum(map(unicodedata.combining, text)) > 0
    assert 16 <= len(text) - len("fox") <= 17
    assert clean_prompt(text).text == text
    assert clean_prompt(text).text.endswith("ox")


@pytest.mark.parametrize(
    "text",
    ["@everyone", "@here hi", "<@123>", "<@!123>", "<@&5>", "<#9>", "</imagine:1>", "<:fox:1>"],
)
def test_echo_mentions_nobody(text: str) -> None:
    for shown in (escape_text(text, 200), format_code_block(text, 200)):
        assert "@everyone" not in shown
        assert "@here" not in shown
        assert not re.search(r"<(?:@[!&]?|#|/|:)\w", shown)


@pytest.mark.parametrize("text", ["https://example.org", "see HTTP://a.b/c", "[hi](https://a.b)"])
def test_echo_has_no_live_link(text: str) -> None:
    assert not re.search(r"(?i)https?://", escape_text(text, 200))
    assert not re.search(r"(?<!\\)\[", escape_text(text, 200))


def test_echo_has_no_live_invite() -> None:
    assert "discord.gg/abc" not in escape_text("join discord.gg/abc", 200)


def test_echo_shows_markdown_as_typed() -> None:
    assert (
        escape_text("**b** _i_ `c` ||s|| ~~t~~", 99) == r"\*\*b\*\* \_i\_ \`c\` \|\|s\|\| \~\~t\~\~"
    )
    assert escape_text("# big", 99) == f"{ZWSP}# big"
    assert escape_text("a\nb  c", 99) == "a b c"
    assert escape_text("a red fox, 4k", 99) == "a red fox, 4k"


def test_echo_isolates_right_to_left_words() -> None:
    assert escape_text("\u05e9\u05dc\u05d5\u05dd", 99) == "\u2068\u05e9\u05dc\u05d5\u05dd\u2069"


def test_cuts_between_letters_as_people_see_them() -> None:
    astronaut = "\U0001f469\u200d\U0001f680"
    assert escape_text(astronaut * 4, 16) == astronaut * 3 + "\u2026"
    assert escape_text(astronaut * 4, 15) == astronaut * 2 + "\u2026"
    flag = "\U0001f1e9\U0001f1ea"
    assert format_plain(flag * 3, 9) == flag * 2 + "\u2026"
    assert format_plain("fox", 3) == "fox"
    assert format_plain("foxes", 3) == "fo\u2026"
    assert format_plain("e\u0301e\u0301", 3) == "e\u0301\u2026"


def test_escapes_are_never_cut_in_half() -> None:
    assert escape_text("****", 6) == r"\*\*" + "\u2026"


@pytest.mark.parametrize("text", ["```", "a```b", "``````", "``", "x`", "````` @everyone"])
def test_a_code_block_cannot_be_left(text: str) -> None:
    shown = format_code_block(text, 200)
    assert shown.startswith("```\n")
    assert shown.endswith("\n```")
    assert "``" not in shown[4:-4].strip("\n")
    assert clean_prompt(shown[4:-4]).text.replace(ZWSP, "") == clean_prompt(text).text


def test_a_code_block_without_room_is_left_out() -> None:
    assert format_code_block("fox", 8) == ""
    assert len(format_code_block("fox" * 99, 50)) <= 50


ASTRONAUT = "\U0001f469\u200d\U0001f680"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (ASTRONAUT, ASTRONAUT),
        ("\U0001f469\u200d", "\U0001f469"),
        ("\u200d\U0001f680", "\U0001f680"),
        ("\U0001f469\u200da", "\U0001f469a"),
        ("a\u200d\U0001f680", "a\U0001f680"),
        ("a\U000e0000b\U000e0fffc", "abc"),
    ],
)
def test_a_joiner_stays_between_two_emoji_only(typed: str, kept: str) -> None:
    assert strip_invisible(typed) == kept


def test_a_flag_is_two_letters_and_never_cut() -> None:
    """From A to Z, and the third letter begins the next flag."""
    first, last = "\U0001f1e6\U0001f1e9", "\U0001f1ff\U0001f1e6"
    assert format_plain(first + last, 8) == first + last
    assert format_plain(first + last, 7) == first + "…"


def test_units_are_those_of_utf_16() -> None:
    assert [count_units(char) for char in ("a", "\uffff", "\U00010000")] == [1, 1, 2]


def test_an_isolated_text_stays_within_its_room() -> None:
    assert escape_text("\u05d0" * 40, 20).count("\u05d0") == 17
    assert count_units(escape_text("\u05d0" * 40, 20)) == 20
    assert escape_text("\u05d0" * 18, 20) == "\u2068" + "\u05d0" * 18 + "\u2069"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("a <lora:x> fox", ["<lora:x>"]),
        ("a \u2039lora:x\u203a fox", []),
        ("a <lora:x fox", []),
        ("a <lora:x\u203a fox", ["<lora:x\u203a"]),
    ],
)
def test_only_a_whole_tag_may_stay(typed: str, asked: list[str]) -> None:
    seen: list[str] = []

    def keep(_: str, whole: str) -> str:
        seen.append(whole)
        return "\ue000"

    cleaned = clean_prompt(typed, keep)
    assert seen == asked
    assert cleaned.text == ("a \ue000 fox" if asked else "a fox")
    assert cleaned.removed == (() if asked else ("lora",))


def test_what_follows_a_mention_stays_whole() -> None:
    assert clean_prompt("<@1>fox").text == "fox"
    assert clean_prompt("a<lora:x>fox").text == "a fox"
