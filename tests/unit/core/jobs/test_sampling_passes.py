"""How often a picture is sampled, and what the bar and the guess make of it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.jobs.eta import DrawingPace, DrawingSample, estimate_drawing
from bot.core.jobs.progress import ImageReady, JobPhase, Progress, SamplingStep, compute_passes
from tests.unit.core.make import an_order


def extras(**values: str) -> dict[str, Any]:
    return {"extras": tuple(values.items())}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (1.0,)),
        ({"upscale": 1.0}, (1.0,)),
        ({"upscale": 2.0}, (1.0, 0.8)),
        ({"upscale": 1.5}, (1.0, 0.45)),
        ({"upscale": 2.0, **extras(refinercontrolpercentage="0.5")}, (1.0, 2.0)),
        ({"upscale": 2.0, **extras(refinercontrolpercentage="0")}, (1.0,)),
        ({"upscale": 2.0, **extras(refinersteps="60")}, (1.0, 1.6)),
        (extras(refinerupscale="2"), (1.0,)),  # the server needs the share for it
        (extras(refinerupscale="2", refinercontrolpercentage="0.25"), (1.0, 1.0)),
        (extras(refinercontrolpercentage="0.25"), (1.0, 0.25)),
        (extras(refinercontrolpercentage="0.25", refinermethod="StepSwap"), (0.75, 0.25)),
        (extras(refinercontrolpercentage="1", refinermethod="StepSwap"), (1.0,)),
        (extras(refinercontrolpercentage="nan"), (1.0,)),
        (extras(refinercontrolpercentage="a fifth"), (1.0,)),
        (extras(refinermodel="xl/refiner"), (1.0, 0.2)),
    ],
    ids=repr,
)
def test_samplings(changes: dict[str, Any], expected: tuple[float, ...]) -> None:
    assert compute_passes(an_order(**changes)) == pytest.approx(expected)


def test_the_bar_leaves_room_for_the_second_sampling() -> None:
    progress = Progress.for_order(an_order(steps=10, upscale=2.0))
    seen, phases = [], []
    told = [0.0, 1.0, 0.0, 0.1, 0.5, 1.0, 1.0, 0.0, 1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 1.0]
    for second, fraction in enumerate(told):
        progress = progress.apply_event(SamplingStep(0, fraction), float(second))
        seen.append(progress.percent)
        phases.append(progress.phase)
    assert seen == [0, 0, 0, 5, 27, 55, 55, 55, 55, 55, 77, 77, 99, 99, 99]
    assert phases[3:12] == [JobPhase.DRAWING] * 9
    assert phases[12:] == [JobPhase.FINISHING] * 3
    assert progress.apply_event(ImageReady(0, "x"), 20.0).percent == 100


def test_a_second_sampling_that_was_not_ordered_does_not_move_the_bar() -> None:
    progress = Progress.for_order(an_order(steps=10))
    for fraction in (0.5, 1.0, 0.0, 0.5, 1.0):
        progress = progress.apply_event(SamplingStep(0, fraction), 0.0)
    assert (progress.percent, progress.phase) == (99, JobPhase.FINISHING)


def test_pictures_in_different_samplings_interleave() -> None:
    progress = Progress.for_order(an_order(steps=10, images=2, upscale=2.0))
    for index, fraction in ((0, 0.5), (1, 0.5), (0, 1.0), (0, 0.5), (1, 0.6)):
        progress = progress.apply_event(SamplingStep(index, fraction), 0.0)
    assert progress.percent == int(100 * ((1.4 / 1.8) + (0.6 / 1.8)) / 2)
    assert (progress.current_picture, progress.current_step) == (2, 6)
    assert progress.apply_event(SamplingStep(0, 0.75), 0.0).current_step == 10


def test_the_guess_is_the_learnt_pace_until_two_steps_were_seen() -> None:
    progress = Progress.for_order(an_order(steps=10), expected_s=20.0)
    assert progress.eta_s is None, "the model may still have to be loaded"
    progress = progress.apply_event(SamplingStep(0, 0.1), 100.0)
    assert progress.eta_s == pytest.approx(18.0)
    assert progress.apply_event(SamplingStep(0, 0.2), 101.0).eta_s == pytest.approx(8.0)


def test_an_upscale_takes_its_own_time() -> None:
    plain, twice = an_order(), an_order(upscale=2.0)
    pace = DrawingPace().add_sample(DrawingSample(plain, 10.0))
    assert estimate_drawing(plain, pace) == pytest.approx(10.0)
    assert estimate_drawing(twice, pace) == pytest.approx(18.0)


@pytest.mark.parametrize("share", ["-1", "inf", "-inf"])
def test_a_share_that_is_none_is_passed_over(share: str) -> None:
    assert compute_passes(an_order(**extras(refinercontrolpercentage=share))) == (1.0,)


def test_a_share_above_all_steps_is_all_steps() -> None:
    assert compute_passes(an_order(**extras(refinercontrolpercentage="1.5"))) == (1.0, 1.0)


def test_a_picture_beyond_those_asked_for_changes_nothing() -> None:
    progress = Progress.for_order(an_order(images=2))
    assert progress.apply_event(ImageReady(2, "ref"), 1.0) == progress
    assert progress.apply_event(ImageReady(1, "ref"), 1.0).finished == {1}
