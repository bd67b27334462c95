"""How long a drawing may say nothing."""

from __future__ import annotations

import pytest

from bot.core.jobs.stall_timeout import compute_stall_timeout
from tests.support.drawing import order


def limit(usual: float | None, *, steps: int = 20, images: int = 1, **known: bool) -> float:
    wanted = order(steps=steps, images=images)
    facts = {"steps_seen": True, "is_mute": False, **known}
    return compute_stall_timeout(wanted, usual, unknown=180, mute=1800, **facts)


@pytest.mark.parametrize(
    ("usual", "images", "seconds"),
    [(10, 1, 30), (40, 4, 30), (600, 1, 600), (600, 4, 150)],
)
def test_a_model_that_shows_steps_is_given_up_by_its_own_pace(
    usual: float, images: int, seconds: float
) -> None:
    assert limit(usual, images=images) == seconds


def test_few_slow_steps_count_ten_times() -> None:
    assert limit(100, steps=4) == 250


def test_a_model_that_shows_nothing_gets_five_times_its_usual_time() -> None:
    assert limit(4, steps_seen=False) == 60
    assert limit(120, steps_seen=False) == 600


def test_what_is_unknown_gets_three_minutes_and_a_mute_server_the_queues_time() -> None:
    assert limit(None) == 180
    assert limit(None, steps_seen=False) == 180
    assert limit(None, steps_seen=False, is_mute=True) == 1800
    assert limit(None, is_mute=True) == 180


def test_a_single_step_may_take_ten_times_the_picture() -> None:
    assert limit(100, steps=1) == 1000
