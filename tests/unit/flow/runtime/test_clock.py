"""Time as an argument of the flow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.flow.runtime.clock import Clock
from tests.support.books import NOON


def test_the_usual_clock_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = Clock().now()
    assert now.tzinfo is UTC
    assert timedelta() <= now - before < timedelta(minutes=1)


async def test_its_ticks_never_go_back_and_sleep_lets_others_go_on() -> None:
    clock = Clock()
    began = clock.tick()
    await clock.sleep(0)
    assert clock.tick() >= began


def test_a_clock_of_ones_own_is_asked_instead() -> None:
    clock = Clock(now=lambda: NOON, tick=lambda: 7.0)
    assert (clock.now(), clock.tick()) == (NOON, 7.0)
