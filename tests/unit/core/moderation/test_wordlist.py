"""A server's own lists: whole words however they are spelt, and no innocent word with them."""

from __future__ import annotations

import time

import pytest

from bot.core.moderation import (
    ADULT_RULE,
    AGE_LIST_RULE,
    MINORS_RULE,
    NEVER_RULE,
    WORD_LIST_RULE,
    can_show,
    find_broken_rule,
)
from bot.core.moderation.wordlist import (
    ENTRY_LENGTH_MAX,
    STARRED_MIN,
    build_word_list,
    describe_entry_error,
)
from bot.core.policy import AdultSetting, GuildSettings

RUDE = (
    "ass", "anal", "anus", "arse", "balls", "bum", "butt", "cock", "coon", "crap", "cum", "cunt",
    "damn", "dick", "dyke", "fag", "fuck", "hell", "homo", "hoe", "jap", "kike", "nazi", "nig",
    "nip", "paki", "penis", "piss", "poo", "porn", "prick", "pussy", "rape", "rectum", "semen",
    "sex", "shit", "slut", "spic", "tit", "tits", "turd", "twat", "wank", "whore",
)  # fmt: skip
INNOCENT = (
    "Scunthorpe", "Penistone", "Clitheroe", "Lightwater", "Essex", "Sussex", "Middlesex", "Wessex",
    "Shitterton", "Cockermouth", "Hitchcock", "Babcock",
    "Hancock", "peacock", "cockpit", "cocktail", "cockatoo", "cockerel", "shuttlecock", "woodcock",
    "classic", "glass", "grass", "bass guitar", "brass", "assassin", "assembly", "embassy",
    "passage", "compass", "massive", "passport", "Massachusetts", "cassette", "harness", "molasses",
    "analysis", "canal", "analogue", "banal", "Janus", "Uranus", "parse", "sparse", "hoarse",
    "coarse", "balloon", "ballet", "ballroom", "bumblebee", "album", "butter", "butterfly",
    "button", "rebuttal", "raccoon", "cocoon", "tycoon", "scrap", "skyscraper", "cucumber",
    "document", "circumference", "accumulate", "Benedict Cumberbatch", "succumb", "damnation's",
    "Dickens", "Dickinson", "Moby-Dickens", "Van Dykes", "fagot stitch in Fagaras", "shell",
    "seashell", "hello", "Hellenic", "Michelle", "Shelley", "homogeneous", "Homosassa", "shoe",
    "canoe", "phoenix", "phoebe", "Japan", "jape", "hiking", "Nazirite",
    "Nazareth", "night", "knight", "enigma", "Nigeria", "Niger river", "snippet", "turnip",
    "Pakistan", "mississippi", "missing", "spoon", "pool", "harpoon",
    "Winnie the Pooh", "poodle", "popcorn", "prickly pear", "prickle", "grape", "drapery",
    "trapeze", "scrape", "therapist", "rapeseed", "Rapunzel", "sextant", "sextet", "sexton",
    "Sexsmith", "mishit", "shiitake", "Matsushita", "spice", "suspicion", "despicable",
    "auspicious", "title", "titan", "titanium", "Titian", "petite", "entity", "constitution",
    "appetite",
    "competition", "stitch", "kittiwake", "Saturday", "sturdy", "wristwatch", "wankel engine",
    "Swank", "basement", "displacement", "semental", "Arsenal", "arsenic", "marshes",
    "Manuscript", "Lancashire", "Dumbarton", "Bumpus", "Butterworth", "Sextus", "Assisi", "Assam",
    "Cassandra", "Cassiopeia", "Cockburn's port", "Hancock Tower", "Tittesworth",
)  # fmt: skip


def test_the_list_of_innocents_is_long() -> None:
    assert len(INNOCENT) > 130


@pytest.mark.parametrize("text", INNOCENT)
def test_no_innocent_word_is_refused_for_a_rude_one_in_it(text: str) -> None:
    for said in (text, text.upper(), f"a painting of {text}, detailed", f"{text}."):
        assert find_broken_rule(said, GuildSettings(words=RUDE)) is None, said


@pytest.mark.parametrize("word", RUDE)
def test_each_rude_word_alone_is_refused(word: str) -> None:
    for said in (word, word.upper(), f"a {word} in the snow", f"({word}), 8k", f"snow-{word}"):
        assert find_broken_rule(said, GuildSettings(words=RUDE)) is WORD_LIST_RULE, said


@pytest.mark.parametrize(
    "text",
    [
        "Voldemort",
        "VOLDEMORT!",
        "v.o.l.d.e.m.o.r.t",
        "v o l d e m o r t",
        "a n  o l d  v o l d e m o r t  h e r e",
        "a v o l d e m o r t",
        "v o l d e m o r t I",
        "a v.o.l.d.e.m.o.r.t in b-l-u-e",
        "o l d v-o-l-d-e-m-o-r-t",
        "V\u043eld\u0435m\u043ert",  # Cyrillic
        "vold\u200bem\u200dort",
        "vo\u00adldemort",
        "v\u00f6ld\u00e9m\u00f4rt",
        "v0ld3m0r7",
        "vo1demort",
        "voooldemoooort",
        "\uff36\uff4f\uff4c\uff44\uff45\uff4d\uff4f\uff52\uff54",
        "\U0001d4e5\U0001d4f8\U0001d4f5\U0001d4ed\U0001d4ee\U0001d4f6\U0001d4f8\U0001d4fb\U0001d4fd",
        "\u24e5\u24de\u24db\u24d3\u24d4\u24dc\u24de\u24e1\u24e3",
        "\u1d20\u1d0f\u029f\u1d05\u1d07\u1d0d\u1d0f\u0280\u1d1b",
        "\U0001f1fb\U0001f1f4\U0001f1f1\U0001f1e9\U0001f1ea\U0001f1f2\U0001f1f4\U0001f1f7\U0001f1f9",
        "\U0001f185\U0001f17e\U0001f17b\U0001f173\U0001f174\U0001f17c\U0001f17e\U0001f181\U0001f183",
        "vold<i>emort",
        "his_voldemort_face",
    ],
)
def test_a_word_is_found_however_it_is_spelt(text: str) -> None:
    assert find_broken_rule(text, GuildSettings(words=("voldemort",))) is WORD_LIST_RULE


@pytest.mark.parametrize(
    ("entry", "text", "refused"),
    [
        ("nazi*", "two nazis", True),
        ("nazi*", "a nazi", True),
        ("nazi*", "denazified", False),
        ("*berry", "a strawberry", True),
        ("*berry", "berry", True),
        ("*berry", "strawberry's", True),
        ("*berry", "berrying", False),
        ("*gun*", "a shotgun-wielder with machineguns", True),
        ("*gun*", "a tulip", False),
        ("he who must not", "He-Who must NOT be named", True),
        ("he who must not", "he must not", False),
        ("blood on the*", "blood on theatre", True),
        ("*loody mess", "a bloody mess", True),
        ("two words", "two  words", True),
        ("two words", "two other words", False),
        ("don't", "DON\u2019T", True),
        ("stra\u00dfe", "STRASSE", True),
        ("\u88f8", "\u7f8e\u3057\u3044\u88f8\u306e\u7d75", True),
        ("\u30d7\u30fc\u30eb", "\u5927\u304d\u306a\u30d7\u30fc\u30eb\u3067", True),
        ("\u0430\u043a\u0443\u043b\u0430", "\u0410\u041a\u0423\u041b\u0410", True),
        ("c++", "a c in the sea", True),
        ("*", "anything", False),
        ("*a*", "anything at all", False),
        ("", "anything", False),
        ("!!!", "anything!!!", False),
    ],
)
def test_entries_are_whole_words_phrases_or_starred(entry: str, text: str, refused: bool) -> None:
    assert (find_broken_rule(text, GuildSettings(words=(entry,))) is WORD_LIST_RULE) is refused


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("nazi*", ""),
        ("two words", ""),
        ("a*b", "has a * in the middle. It only works at the start or end"),
        ("!?", "needs at least one letter"),
        ("*", "needs at least one letter"),
        ("a*", "needs at least 2 letters besides the *"),
        ("x" * 101, "is longer than 100 characters"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(entry: str, said: str) -> None:
    assert describe_entry_error(entry) == said


def test_allowed_words_are_set_aside_before_the_lists() -> None:
    policy = GuildSettings(
        words=("cock", "shot"), age_words=("wine",), allowed_words=("cock a leekie", "wine gum*")
    )
    assert find_broken_rule("cock a leekie soup", policy) is None
    assert find_broken_rule("cock a leekie and a cock", policy) is WORD_LIST_RULE
    assert find_broken_rule("cock", policy) is WORD_LIST_RULE
    assert find_broken_rule("wine gums", policy, adult_ok=False) is None
    assert find_broken_rule("wine", policy, adult_ok=False) is AGE_LIST_RULE


def test_what_is_left_of_a_text_makes_no_phrase() -> None:
    policy = GuildSettings(words=("big fight",), allowed_words=("harmless",))
    assert find_broken_rule("big harmless fight", policy) is None
    assert find_broken_rule("harmless big fight", policy) is WORD_LIST_RULE


def test_an_allowed_part_of_a_sentence_without_blanks_frees_only_itself() -> None:
    policy = GuildSettings(words=("\u88f8", "\u8840"), allowed_words=("\u88f8\u8db3",))
    assert find_broken_rule("\u88f8\u8db3\u306e\u5c11\u5e74", policy) is None
    assert find_broken_rule("\u88f8\u8db3\u306b\u8840", policy) is WORD_LIST_RULE


def test_harmless_expressions_of_ours_free_nothing_of_the_servers_list() -> None:
    assert find_broken_rule("a nude dress", GuildSettings(words=("nude",))) is WORD_LIST_RULE
    assert find_broken_rule("chicken breast", GuildSettings(words=("chicken*",))) is WORD_LIST_RULE


@pytest.mark.parametrize("allowed", ["nude", "child", "nude child", "*child*", "nude*"])
def test_no_allowed_word_lifts_the_rule_about_minors(allowed: str) -> None:
    assert (
        find_broken_rule("nude child", GuildSettings(allowed_words=(allowed,), words=("x",)))
        is MINORS_RULE
    )


def test_age_words_belong_into_age_restricted_channels_or_nowhere() -> None:
    here = GuildSettings(age_words=("gore",))
    assert find_broken_rule("gore", here, adult_ok=False) is AGE_LIST_RULE
    assert find_broken_rule("gore", here, adult_ok=True) is None
    never = GuildSettings(age_words=("gore",), adult=AdultSetting.NEVER)
    assert find_broken_rule("gore", never, adult_ok=True) is NEVER_RULE
    assert find_broken_rule("gore", never, adult_ok=False) is NEVER_RULE


def test_words_for_adults_are_drawn_in_restricted_channels_or_nowhere() -> None:
    assert find_broken_rule("hentai", GuildSettings(), adult_ok=False) is ADULT_RULE
    assert (
        find_broken_rule(
            "hentai", GuildSettings(allowed_words=("hentai",), words=("x",)), adult_ok=False
        )
        is ADULT_RULE
    )
    assert (
        find_broken_rule("hentai", GuildSettings(adult=AdultSetting.NEVER), adult_ok=True)
        is NEVER_RULE
    )
    assert find_broken_rule("a fox", GuildSettings(adult=AdultSetting.NEVER), adult_ok=True) is None


def test_what_is_left_out_of_a_picture_is_not_held_against_the_lists() -> None:
    assert (
        find_broken_rule("a fox", GuildSettings(words=("blood",)), negative="blood", adult_ok=False)
        is None
    )


def test_the_servers_list_comes_before_the_age_rules() -> None:
    policy = GuildSettings(words=("hentai",), age_words=("hentai",))
    assert find_broken_rule("hentai", policy, adult_ok=False) is WORD_LIST_RULE


def test_a_text_fits_where_it_would_be_drawn() -> None:
    assert can_show("")
    assert not can_show("hentai", adult_ok=False)
    assert can_show("hentai")
    assert not can_show("a shark", GuildSettings(words=("shark",)))


HOSTILE = {
    "stars": tuple(("*" + "a" * (1 + n % 95) + f"b{n}*")[:100] for n in range(500)),
    "phrases": tuple("a " * (1 + n % 45) + str(n) for n in range(500)),
    "long": tuple("a" * 96 + str(n) for n in range(500)),
    "ends": tuple("*" + "a" * (1 + n % 95) + "b" for n in range(500)),
}


@pytest.mark.parametrize(
    "text", ["a" * 2000, "a " * 1000, "aab aa3a4@! aaa<a> " * 105, "a4@ " * 500]
)
@pytest.mark.parametrize("shape", HOSTILE)
def test_the_worst_list_and_the_worst_prompt_are_quick(shape: str, text: str) -> None:
    policy = GuildSettings(
        words=HOSTILE[shape],
        age_words=HOSTILE[shape],
        allowed_words=tuple(f"{entry}q"[:100] for entry in HOSTILE[shape]),
    )
    find_broken_rule("once", policy)
    began = time.process_time()
    find_broken_rule(text[:2000], policy, adult_ok=False)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("length", [ENTRY_LENGTH_MAX, ENTRY_LENGTH_MAX + 1])
def test_an_entry_may_be_so_long_and_no_longer(length: int) -> None:
    assert bool(describe_entry_error("x" * length)) is (length > ENTRY_LENGTH_MAX)


@pytest.mark.parametrize("letters", [STARRED_MIN - 1, STARRED_MIN])
def test_a_star_needs_some_letters_beside_it(letters: int) -> None:
    entry = "a" * letters + "*"
    taken = letters >= STARRED_MIN
    assert (describe_entry_error(entry) == "") is taken
    assert build_word_list((entry,)).has_match("aardvark") is taken


def test_a_match_is_removed_with_its_whole_word_and_leaves_a_gap() -> None:
    listed = build_word_list(("nazi*", "*berry"))
    assert listed.remove_matches("a nazism and strawberry jam").split() == ["a", "and", "jam"]
    assert "  " in listed.remove_matches("a nazi x")
    assert listed.remove_matches("a fox") == "a fox"
    assert not build_word_list(("", "!!", "*")).needles
