"""Folding is the same once or twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.moderation.folding import build_views, fold_lookalikes, join_words

texts = st.text(max_size=80)


@given(texts)
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold_lookalikes(fold_lookalikes(text)) == fold_lookalikes(text)
    for view in build_views(text):
        assert join_words(view) == view
