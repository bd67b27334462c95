"""Values survive the file, and another version of the program."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.sqlite import StoreError
from bot.adapters.sqlite.codec import (
    from_micros,
    pack_json,
    replace_surrogates,
    to_micros,
    unpack_dataclass,
)
from bot.core.drawing.request import DrawRequest, GenerationParams
from tests.support.books import order

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT, st.floats(0, 30), st.tuples(ANY_TEXT, ANY_TEXT))
def test_an_order_survives(prompt: str, cfg: float, notes: tuple[str, ...]) -> None:
    """Whatever people type, half a surrogate pair included, and in plain ASCII."""
    value = replace(order(3), prompt=prompt, cfg=cfg, notes=notes)
    assert unpack_dataclass(GenerationParams, pack_json(value)) == value
    assert pack_json(value).isascii()


def test_a_wish_survives() -> None:
    """With what was not said."""
    wish = DrawRequest("message:1", "a fox", seed=-5)
    assert unpack_dataclass(DrawRequest, pack_json(wish)) == wish


def test_unknown_fields_are_passed_over_and_missing_ones_take_their_default() -> None:
    """A file may have been written by a version that knew more, or less."""
    stored = json.loads(pack_json(order()))
    del stored["notes"]
    assert unpack_dataclass(
        GenerationParams, json.dumps({**stored, "sampler": "euler"})
    ) == replace(order(), notes=())


def test_an_order_without_a_prompt_is_our_error() -> None:
    """Not a TypeError from somewhere."""
    with pytest.raises(StoreError, match="GenerationParams is incomplete"):
        unpack_dataclass(GenerationParams, "{}")


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=-5)))))
def test_a_moment_survives_exactly(value: datetime) -> None:
    """To the microsecond, and comes back as UTC."""
    if datetime.min.replace(tzinfo=UTC) < value < datetime.max.replace(tzinfo=UTC):
        assert from_micros(to_micros(value)) == value
        assert from_micros(to_micros(value)).tzinfo is UTC


def test_text_that_sqlite_does_not_take() -> None:
    """Is shown with a question mark."""
    assert replace_surrogates("a \ud83e b") == "a ? b"
    assert replace_surrogates("a 🦊 b") == "a 🦊 b"
