"""Guessing how long it takes."""

from __future__ import annotations

import math
from dataclasses import replace

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


@pytest.mark.parametrize(
    ("width", "height", "steps", "rate"),
    [
        (896, 896, 20, 3.0),
        (576, 576, 20, 1.0),
        (1024, 1024, 48, 5.0),
        (1024, 1024, 22, 3.0),
        (1536, 1536, 20, 3.0),
        (1024, 1024, 80, 5.0),
    ],
)
def test_the_nearest_known_size_and_steps_decide(
    width: int, height: int, steps: int, rate: float
) -> None:
    """Each sample has its own rate in seconds per step and megapixel."""
    pace = DrawingPace()
    for side, count, seconds in ((512, 20, 1.0), (1024, 20, 3.0), (1024, 40, 5.0)):
        known = an_order(width=side, height=side, steps=count)
        taken = seconds * count * side * side / 2**20
        pace = pace.add_sample(DrawingSample(known, taken))
    asked = an_order(width=width, height=height, steps=steps)
    expected = rate * steps * width * height / 2**20
    assert estimate_drawing(asked, pace) == pytest.approx(expected)


def test_size_and_steps_count_together() -> None:
    """Far in steps and near in size is farther than a little of both."""
    far = an_order(width=1024, height=1024, steps=4)
    near = an_order(width=768, height=1024, steps=32)
    pace = DrawingPace().add_sample(DrawingSample(far, 4.0)).add_sample(DrawingSample(near, 96.0))
    assert estimate_drawing(an_order(steps=40), pace) == pytest.approx(160.0)


def test_few_steps_and_any_shape_scale_alike() -> None:
    pace = DrawingPace().add_sample(DrawingSample(an_order(width=1216, height=832, steps=1), 2.0))
    turned = an_order(width=832, height=1216, steps=1)
    assert estimate_drawing(turned, pace) == pytest.approx(2.0)
    assert estimate_drawing(replace(turned, steps=3, images=2), pace) == pytest.approx(12.0)


def test_a_fraction_of_a_second_is_learned() -> None:
    pace = DrawingPace().add_sample(DrawingSample(an_order(), 0.5, load_s=0.25))
    assert estimate_drawing(an_order(), pace) == pytest.approx(0.5)
    assert estimate_drawing(an_order(), pace, cold=True) == pytest.approx(0.75)


def test_a_load_that_was_never_seen_adds_nothing() -> None:
    pace = DrawingPace().add_sample(DrawingSample(an_order(), 10.0))
    assert estimate_drawing(an_order(), pace, cold=True) == pytest.approx(10.0)


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


def test_with_several_slots_the_first_free_one_decides() -> None:
    pace = DrawingPace().add_sample(DrawingSample(an_order(), 30.0))
    assert estimate_wait((an_order(images=2), an_order()), pace, slots=2) == pytest.approx(30.0)
    assert estimate_wait((an_order(), an_order(images=3)), pace, slots=2) == pytest.approx(30.0)
