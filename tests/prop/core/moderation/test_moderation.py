"""Folding is the same once or twice; no list and no allowed word lifts the rule about minors."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.moderation import MINORS_RULE, WORD_LIST_RULE, find_broken_rule
from bot.core.moderation.folding import build_views, fold_lookalikes, join_words
from bot.core.moderation.wordlist import build_word_list
from bot.core.policy import AdultSetting, GuildSettings

texts = st.text(max_size=80)
entries = st.lists(st.text(max_size=12), max_size=5).map(tuple)
spelt = st.lists(
    st.sampled_from(["nude", "child", "fox", "*", "a", " ", "sexy", "teen", "kid*", "*ude", "and"]),
    max_size=4,
).map(" ".join)
policies = st.builds(
    GuildSettings,
    words=st.lists(spelt, max_size=4).map(tuple),
    age_words=st.lists(spelt, max_size=4).map(tuple),
    allowed_words=st.lists(spelt, max_size=6).map(tuple),
    adult=st.sampled_from(AdultSetting),
)


@given(texts)
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold_lookalikes(fold_lookalikes(text)) == fold_lookalikes(text)
    for view in build_views(text):
        assert join_words(view) == view


@given(policies, st.booleans(), st.sampled_from(["nude child", "a sexy little girl", "n4k3d kid"]))
def test_nothing_that_a_server_chooses_lifts_the_rule_about_minors(
    policy: GuildSettings, adult_ok: bool, text: str
) -> None:
    assert find_broken_rule(text, policy, adult_ok=adult_ok) is MINORS_RULE


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
