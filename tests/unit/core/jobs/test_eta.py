"""Guessing how long it takes."""

from __future__ import annotations

import math

import pytest

from bot.core.jobs.eta import DrawingPace, DrawingSample, estimate_drawing, estimate_wait
from tests.unit.core.make import an_order


def test_what_was_never_seen_is_unknown() -> None:
    assert estimate_drawing(an_order(), DrawingPace()) is None
    pace = DrawingPace().add_sample(DrawingSample(an_order(model="other"), 30.0))
    assert estimate_drawing(an_order(), pace) is None


def test_the_same_again_takes_the_same() -> None:
    pace = DrawingPace().add_sample(DrawingSample(an_order(), 30.0))
    assert estimate_drawing(an_order(), pace) == pytest.approx(30.0)
    assert estimate_drawing(an_order(images=4), pace) == pytest.approx(120.0)


def test_an_unseen_size_is_scaled_from_the_nearest() -> None:
    pace = (
        DrawingPace()
        .add_sample(DrawingSample(an_order(), 30.0))
        .add_sample(DrawingSample(an_order(width=512, height=512), 10.0))
    )
    assert estimate_drawing(an_order(width=768, height=512), pace) == pytest.approx(15.0)
    assert estimate_drawing(an_order(steps=60), pace) == pytest.approx(60.0)


def test_newer_samples_weigh_more_than_none_but_less_than_all() -> None:
    pace = (
        DrawingPace()
        .add_sample(DrawingSample(an_order(), 10.0))
        .add_sample(DrawingSample(an_order(), 20.0))
    )
    assert estimate_drawing(an_order(), pace) == pytest.approx(13.0)


def test_loading_is_kept_apart() -> None:
    pace = DrawingPace().add_sample(DrawingSample(an_order(), 10.0, load_s=40.0))
    assert estimate_drawing(an_order(), pace) == pytest.approx(10.0)
    assert estimate_drawing(an_order(), pace, cold=True) == pytest.approx(50.0)


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
def test_nonsense_teaches_nothing(seconds: float) -> None:
    assert DrawingPace().add_sample(DrawingSample(an_order(), seconds, seconds)) == DrawingPace()


def test_waiting_is_the_sum_of_what_is_ahead() -> None:
    pace = DrawingPace().add_sample(DrawingSample(an_order(), 30.0))
    line = (an_order(), an_order(images=2), an_order())
    assert estimate_wait((), pace) == 0.0
    assert estimate_wait(line, pace) == pytest.approx(120.0)
    assert estimate_wait(line, pace, slots=2) == pytest.approx(60.0)


def test_one_unknown_makes_the_wait_unknown() -> None:
    pace = DrawingPace().add_sample(DrawingSample(an_order(), 30.0))
    assert estimate_wait((an_order(), an_order(model="new")), pace) is None


def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    pace = DrawingPace()
    for n in range(250):
        pace = pace.add_sample(DrawingSample(an_order(model=f"m{n}"), 10.0))
    assert estimate_drawing(an_order(model="m0"), pace) is None
    assert estimate_drawing(an_order(model="m249"), pace) == pytest.approx(10.0)
