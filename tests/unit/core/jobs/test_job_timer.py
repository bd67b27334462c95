"""The times of one job, so that the next person's wait can be told."""

from __future__ import annotations

import pytest

from bot.core.jobs.eta import DrawingPace, JobTimer, estimate_drawing
from bot.core.jobs.progress import Progress, RequestEnded, SamplingStep, StatusFrame
from tests.unit.core.make import an_order

ORDER = an_order()
WAITS, LOADS = StatusFrame(1, 0, 1, 0), StatusFrame(1, 1, 0, 0)
DRAWS, ENDS = SamplingStep(0, 0.1), RequestEnded()


def timed(*moments: tuple[object, float]) -> JobTimer:
    timer, progress = JobTimer(ORDER), Progress(ORDER.images, ORDER.steps)
    for event, now in moments:
        progress = progress.apply_event(event, now)  # type: ignore[arg-type]
        timer.record_progress(progress, now)
    return timer


def took(timer: JobTimer, cold: bool = False) -> float | None:
    found = estimate_drawing(ORDER, timer.update_pace(DrawingPace()), cold=cold)
    return None if found is None else round(found, 3)


def test_the_drawing_is_timed_from_its_first_step() -> None:
    assert took(timed((WAITS, 0.0), (DRAWS, 10.0), (ENDS, 14.0))) == 4.0


def test_the_loading_of_a_model_is_timed_apart() -> None:
    timer = timed((LOADS, 5.0), (DRAWS, 25.0), (ENDS, 29.0))
    assert took(timer) == 4.0
    assert took(timer, cold=True) == 24.0


@pytest.mark.parametrize("moments", [(), ((WAITS, 3.0),)])
def test_a_job_without_any_time_teaches_nothing(moments: tuple[tuple[object, float], ...]) -> None:
    assert took(timed(*moments)) is None


def test_a_job_without_visible_steps_is_timed_whole() -> None:
    assert took(timed((WAITS, 3.0), (WAITS, 9.0))) == 6.0
