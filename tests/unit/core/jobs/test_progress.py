"""What people see of a running job."""

from __future__ import annotations

import math

import pytest

from bot.core.jobs.progress import (
    ImageReady,
    JobPhase,
    PreviewFrame,
    Progress,
    RequestEnded,
    SamplingStep,
    ServerBusy,
    SessionRenewed,
    StatusFrame,
    SwarmEvent,
)

LOADING = StatusFrame(waiting=1, loading=1, waiting_backends=0, live=0)
IDLE = StatusFrame(waiting=1, loading=0, waiting_backends=0, live=0)


def play(progress: Progress, *events: SwarmEvent) -> Progress:
    for second, event in enumerate(events):
        progress = progress.apply_event(event, float(second))
    return progress


def test_a_new_job_waits() -> None:
    progress = Progress(1, 8)
    assert (progress.phase, progress.percent, progress.current_step, progress.eta_s) == (
        JobPhase.WAITING,
        0,
        0,
        None,
    )


def test_loading_is_said_until_the_server_begins_on_the_picture() -> None:
    """The first step of a slow card takes 40 seconds, and the model is loaded long before."""
    progress = play(Progress(1, 8), IDLE, LOADING, IDLE)
    assert progress.phase is JobPhase.LOADING
    progress = play(progress, SamplingStep(0, 0.0), IDLE)
    assert progress.phase is JobPhase.STARTED
    assert progress.apply_event(SamplingStep(0, 0.125), 9.0).phase is JobPhase.DRAWING


def test_a_step_of_nothing_is_a_start_and_not_drawing() -> None:
    started = play(Progress(1, 8), SamplingStep(0, 0.0), SamplingStep(0, 0.0))
    assert started.phase is JobPhase.STARTED
    assert play(Progress(1, 8), ServerBusy(), SamplingStep(0, 0.0)).phase is JobPhase.STARTED
    assert play(Progress(1, 8), SamplingStep(3, 0.0)).phase is JobPhase.WAITING


def test_as_a_real_server_tells_it() -> None:
    told = [0.0, 0.0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.625, 0.75, 0.875, 1.0, 1.0, 0.0, 0.0, 1.0]
    progress, seen, steps = Progress(1, 8), [], []
    for fraction in told:
        progress = progress.apply_event(SamplingStep(0, fraction), 0.0)
        seen.append(progress.percent)
        steps.append(progress.current_step)
    assert seen == [0, 0, 12, 25, 37, 50, 50, 62, 75, 87, 99, 99, 99, 99, 99]
    assert steps == [0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 8, 8, 8]
    assert progress.phase is JobPhase.FINISHING
    done = progress.apply_event(ImageReady(0, "View/x.png"), 1.0)
    assert (done.percent, done.ready_count) == (100, 1)


def test_a_loader_that_jumps_to_its_end_is_not_the_sampling() -> None:
    progress = play(Progress(1, 8), SamplingStep(0, 0.0), SamplingStep(0, 1.0))
    assert (progress.phase, progress.percent) == (JobPhase.STARTED, 0)
    assert play(Progress(1, 1), SamplingStep(0, 1.0)).phase is JobPhase.FINISHING


def test_four_pictures_share_the_bar() -> None:
    progress = play(Progress(4, 10), SamplingStep(0, 0.5), ImageReady(0, "a"), SamplingStep(1, 0.2))
    assert (
        progress.percent,
        progress.current_picture,
        progress.current_step,
        progress.ready_count,
    ) == (30, 2, 2, 1)
    assert progress.phase is JobPhase.DRAWING


def test_pictures_of_two_backends_interleave() -> None:
    progress = play(
        Progress(2, 10), SamplingStep(1, 0.4), SamplingStep(0, 0.2), SamplingStep(1, 0.5)
    )
    assert (progress.percent, progress.current_picture, progress.current_step) == (35, 2, 5)


@pytest.mark.parametrize(
    "event",
    [
        SamplingStep(0, math.nan),
        SamplingStep(0, -3.0),
        SamplingStep(0, 0.1),
        SamplingStep(7, 0.9),
        SamplingStep(-1, 0.9),
        ImageReady(4, "x"),
        ImageReady(-1, "x"),
        PreviewFrame(0, b""),
        SessionRenewed("s"),
    ],
    ids=repr,
)
def test_what_tells_nothing_changes_nothing(event: SwarmEvent) -> None:
    progress = play(Progress(1, 10), SamplingStep(0, 0.5))
    after = progress.apply_event(event, 0.0)
    assert (after.percent, after.current_step, after.phase, after.ready_count) == (
        progress.percent,
        progress.current_step,
        progress.phase,
        progress.ready_count,
    )


def test_more_than_all_is_all() -> None:
    progress = play(
        Progress(1, 10), SamplingStep(0, 0.5), SamplingStep(0, 1.7), SamplingStep(0, math.inf)
    )
    assert (progress.percent, progress.current_step) == (99, 10)


def test_the_rest_is_guessed_from_its_own_pace() -> None:
    progress = Progress(1, 10).apply_event(SamplingStep(0, 0.1), 100.0)
    assert progress.eta_s is None
    progress = progress.apply_event(SamplingStep(0, 0.2), 102.0)
    assert progress.eta_s == pytest.approx(16.0)
    assert progress.apply_event(SamplingStep(0, 0.6), 110.0).eta_s == pytest.approx(8.0)


def test_a_clock_that_steps_back_gives_no_negative_guess() -> None:
    progress = (
        Progress(1, 10)
        .apply_event(SamplingStep(0, 0.1), 100.0)
        .apply_event(SamplingStep(0, 0.5), 90.0)
    )
    assert progress.eta_s is None


def test_the_end_is_finishing() -> None:
    assert play(Progress(2, 10), SamplingStep(0, 0.5), RequestEnded()).phase is JobPhase.FINISHING
