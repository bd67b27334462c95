"""No list and no allowed word lifts the rule about minors."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.moderation import MINORS_RULE, find_broken_rule
from bot.core.policy import AdultSetting, GuildSettings

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


@given(policies, st.booleans(), st.sampled_from(["nude child", "a sexy little girl", "n4k3d kid"]))
def test_nothing_that_a_server_chooses_lifts_the_rule_about_minors(
    policy: GuildSettings, adult_ok: bool, text: str
) -> None:
    assert find_broken_rule(text, policy, adult_ok=adult_ok) is MINORS_RULE
