"""Words that are not drawn, and innocent ones that are."""

from __future__ import annotations

import time

import pytest

from bot.core.moderation import (
    ADULT_RULE,
    MINORS_RULE,
    WORD_LIST_RULE,
    can_show,
    can_show_negative,
    find_broken_rule,
    split_name,
)
from bot.core.policy import GuildSettings


@pytest.mark.parametrize(
    "text",
    [
        "naked child",
        "a sexy little girl",
        "NUDE TEEN",
        "n4k3d ch1ld",
        "n\u0430ked \u0441hild",  # Cyrillic a and c
        "nu\u200bde ki\u00add",
        "\uff4e\uff55\uff44\uff45 \uff4b\uff49\uff44",
        "nud\u00e9 ch\u00eeld",
        "n u d e  c h i l d",
        "n.u.d.e. kid",
        "nuuuude teeeen",
        "ch!ld, n@ked!",
        "nude_child, nude-child",
        "nu<b>de child",
        "nu\uff1clora:x\uff1ede ch\u2039x\u203aild",
        "child,nude",
        "sexy 12yo girl",
        "naked, 9 years old",
        "topless, aged fifteen",
        "lingerie on a schoolgirl",
        "a young adult's erotic picture of children",
        "teenage mutant ninja turtles with a naked child",
        "nude beige dress taken off a nude child",
        "loli",
        "l o l i",
        "\u88f8\u306e\u5e7c\u5973",
    ],
)
def test_nothing_sexual_with_minors(text: str) -> None:
    assert find_broken_rule(text) is MINORS_RULE


@pytest.mark.parametrize(
    "text",
    [
        "child in a garden",
        "a baby sleeping in its crib",
        "children playing football at school",
        "teenage mutant ninja turtles",
        "teenage mutant ninja turtles, nude palette",
        "nude beige dress on mannequin",
        "child in a nude beige dress",
        "a nude woman in the style of Titian",
        "sexy 25 year old woman",
        "child from Essex looking at a sextant",
        "kids eating chicken breast",
        "baby blue lingerie on a hanger",
        "a great tit feeding its babies",
        "toddler petting a pussy cat",
        "kid with kinky hair",
        "young adult women, nude",
        "gothic lolita fashion",
        "whisky, aged 12 years",
        "Moby Dick for children",
        "A B C D for kids",
        "naked mole rat and its babies",
    ],
)
def test_innocent_words_are_drawn(text: str) -> None:
    assert find_broken_rule(text) is None


def test_a_grown_up_in_the_negative_of_a_sexual_picture() -> None:
    assert find_broken_rule("nude girl", negative="adult, blurry") is MINORS_RULE
    assert find_broken_rule("nude girl", negative="a d u l t  b l u r r y") is MINORS_RULE
    assert find_broken_rule("nude girl", negative="child, blurry") is None
    assert find_broken_rule("girl", negative="adult, nude") is None


GIRL = "a little girl at the beach, full body"


@pytest.mark.parametrize(
    "negative",
    [
        "clothes, clothing, swimsuit, dressed",
        "blurry, cl0thing",
        "c l o t h e s  b l u r r y",
        "clo<b>thes",
        "shirt",
        "T-shirt, pants",
        "swim suit",
        "swimwear",
        "underwear",
        "bikini",
        "clothed",
        "\u670d\u88c5",
        "Kleidung",
    ],
)
def test_no_clothes_are_taken_off_a_child(negative: str) -> None:
    assert find_broken_rule(GIRL, negative=negative) is MINORS_RULE
    assert find_broken_rule("a woman at the beach", negative=negative) is None


@pytest.mark.parametrize(
    "negative", ["", "blurry, ugly", "nude, naked, undressed", "hat, shoes, coat", "dressing table"]
)
@pytest.mark.parametrize("text", [GIRL, "a child in a garden", "a child in a red dress"])
def test_a_child_may_be_drawn_without_what_is_no_clothing(text: str, negative: str) -> None:
    assert find_broken_rule(text, negative=negative) is None


@pytest.mark.parametrize("text", ["Voldemort", "v o l d e m o r t", "vold\u0435mort", "V0LDEMORT!"])
def test_the_hosts_list_is_folded_like_the_text(text: str) -> None:
    assert find_broken_rule(text, GuildSettings(words=("VoldeMort", "he who"))) is WORD_LIST_RULE


def test_the_hosts_list_takes_whole_words_and_phrases() -> None:
    assert find_broken_rule("a grape", GuildSettings(words=("rap", "a.p"))) is None
    assert (
        find_broken_rule("he-who must not be named", GuildSettings(words=("he who",)))
        is WORD_LIST_RULE
    )
    assert find_broken_rule("anything", GuildSettings(words=("", " ", "!"))) is None


def test_explicit_words_need_an_age_restricted_place() -> None:
    assert find_broken_rule("hentai", adult_ok=False) is ADULT_RULE
    assert find_broken_rule("hentai", adult_ok=True) is None
    assert find_broken_rule("a nude in the style of Titian", adult_ok=False) is None


def test_the_sentences_never_repeat_the_words() -> None:
    assert not MINORS_RULE.may_reword
    assert WORD_LIST_RULE.may_reword
    for rule in (MINORS_RULE, WORD_LIST_RULE, ADULT_RULE):
        assert "Nothing was charged" in rule.sentence


@pytest.mark.parametrize(
    "piece",
    [
        "a ",
        "young ",
        "x",
        "a.b.",
        "12 ",
        "nude",
        "\u0301",
        "<",
        "<a>",
        "\u0301\u0316",
        "\u0f73",
        "\uff9e\u0301",
    ],
)
def test_long_texts_are_quick(piece: str) -> None:
    began = time.process_time()
    find_broken_rule((piece * 6000)[:6000])
    assert time.process_time() - began < 0.5


def test_a_name_of_a_file_is_judged_by_its_words() -> None:
    assert not can_show(split_name("MyNsfwThing_v1"), adult_ok=False)
    assert can_show(split_name("MyNightThing_v1"), adult_ok=False)


def test_what_shall_not_be_in_a_picture_may_name_all_but_the_servers_own_words() -> None:
    policy = GuildSettings(words=("shark",), allowed_words=("shark tooth",))
    assert can_show_negative("child, nude", policy)
    assert not can_show_negative("a shark", policy)
    assert can_show_negative("a shark tooth", policy)
    assert can_show_negative("a shark", GuildSettings())


@pytest.mark.parametrize("text", ["a " * 5_001, "\ufdfa" * 600])
def test_what_is_longer_than_any_prompt_is_neither_judged_nor_shown(text: str) -> None:
    assert not can_show(text)
    assert not can_show_negative(text, GuildSettings(words=("orc",)))
    assert can_show(text[: len(text) // 2])
