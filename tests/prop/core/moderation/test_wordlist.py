"""A list finds its words and nothing else, and what is set aside is not found any more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.moderation import MINORS_RULE, WORD_LIST_RULE, find_broken_rule
from bot.core.moderation.folding import build_views, join_words
from bot.core.moderation.wordlist import build_word_list
from bot.core.policy import GuildSettings

texts = st.text(max_size=80)
entries = st.lists(st.text(max_size=12), max_size=5).map(tuple)


@given(entries, texts)
def test_what_is_set_aside_is_not_found_any_more(allowed: tuple[str, ...], text: str) -> None:
    listed = build_word_list(allowed)
    for view in build_views(text):
        left = listed.remove_matches(view)
        assert len(left) <= len(view)
        assert left == view or listed.has_match(view)


@given(st.lists(st.text("ab *", max_size=6), max_size=12).map(tuple), st.text("ab ", max_size=30))
def test_a_list_finds_what_looking_for_each_of_its_entries_finds(
    listed: tuple[str, ...], text: str
) -> None:
    view = join_words(text)
    found = build_word_list(listed)
    assert found.has_match(view) is any(needle in f" {view} " for needle in found.needles)
    assert build_word_list(listed).has_match(view) is any(
        build_word_list((one,)).has_match(view) for one in listed
    )


@given(st.text("abcdefgh", min_size=2, max_size=8), st.text("ijklm ", max_size=30), st.booleans())
def test_a_word_of_the_list_is_found_anywhere_in_a_text(word: str, rest: str, last: bool) -> None:
    text = f"{rest} {word}" if last else f"{word} {rest}"
    assert find_broken_rule(text, GuildSettings(words=(word,))) in (WORD_LIST_RULE, MINORS_RULE)
    assert find_broken_rule(text, GuildSettings(words=(word,), allowed_words=(word,))) in (
        None,
        MINORS_RULE,
    )


@given(st.text("abcdefgh", min_size=2, max_size=8), st.text("ijklm", min_size=1, max_size=4))
def test_a_word_within_another_is_not_found(word: str, more: str) -> None:
    policy = GuildSettings(words=(word,))
    assert find_broken_rule(f"{more}{word}", policy) is None
    assert find_broken_rule(f"{word}{more}", policy) is None
    assert find_broken_rule(f"{word}{more}", GuildSettings(words=(f"{word}*",))) is WORD_LIST_RULE
    assert find_broken_rule(f"{more}{word}", GuildSettings(words=(f"*{word}",))) is WORD_LIST_RULE
