"""What comes back goes back to the day it was taken from, on any clock, over any midnight."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.jobs.job import Cancelled, Delivered, Event, Failed, Generated
from bot.core.limits.quota import Limits, build_window, parse_zone
from tests.support.books import MIA, Desk, open_desk, set_clocks

# Clocks that skip a midnight, show one twice, shift by half an hour, lie a day apart, lost a day.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/Havana",
)
BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
YEARS_S = 20 * 366 * 86_400


@dataclass(frozen=True)
class Story:
    """One job: asked at a moment, ended so many seconds later with `k` of its pictures."""

    asked_at: datetime
    images: int
    lasts_s: int
    k: int
    stop: bool

    @property
    def ended_at(self) -> datetime:
        return self.asked_at + timedelta(seconds=self.lasts_s)


def near_midnight(where: str, at: datetime, before_s: int) -> datetime:
    """A moment so many seconds before the next midnight there."""
    return build_window(at, parse_zone(where)).day_ends - timedelta(seconds=before_s)


moments = st.integers(0, YEARS_S).map(lambda s: BEGIN + timedelta(seconds=s))


@st.composite
def stories(draw: st.DrawFn) -> tuple[str, list[Story], list[datetime]]:
    where = draw(st.sampled_from(ZONES))
    begin = draw(moments)
    told = []
    for _ in range(draw(st.integers(1, 4))):
        at = near_midnight(where, begin, draw(st.integers(1, 7200)))
        images = draw(st.integers(1, 4))
        lasts = draw(st.integers(0, 3 * 86_400))
        told.append(Story(at, images, lasts, draw(st.integers(0, images)), draw(st.booleans())))
        begin += timedelta(hours=draw(st.integers(0, 800)))
    looks = draw(st.lists(moments, max_size=2))
    return where, told, looks


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Desk]]:
    """One file for all examples: each example is a guild of its own."""
    folder: Path = tmp_path_factory.mktemp("refunds")
    with asyncio.Runner() as runner:
        books = open_desk(folder / "b.db", Limits(None, None, 4, None), 10_000)
        desk = runner.run(books.__aenter__())
        yield runner, desk
        runner.run(books.__aexit__(None, None, None))


GUILDS = count(1000)


@given(stories())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_refund_goes_to_the_period_it_was_taken_from(
    shop: tuple[asyncio.Runner, Desk], plan: tuple[str, list[Story], list[datetime]]
) -> None:
    runner, desk = shop
    runner.run(_play(desk, *plan))


async def _play(desk: Desk, where: str, told: list[Story], looks: list[datetime]) -> None:
    asker = replace(MIA, guild=next(GUILDS))
    await set_clocks(desk.books, asker, where, BEGIN)
    held: Counter[str] = Counter()
    for story in told:
        at = build_window(story.asked_at, parse_zone(where))
        job = (await desk.ask(story.images, asker, story.asked_at)).job.id
        held.update({at.day: story.images, at.month: story.images})
        assert await _totals(desk, asker.guild) == held

        await desk.run(job, story.asked_at)
        for event in _endings(story):
            assert await desk.books.jobs.apply_job_event(job, event, story.ended_at) is not None
        back = story.images - story.k
        held.subtract({at.day: back, at.month: back})
        held += Counter()
        assert await _totals(desk, asker.guild) == held
    for now in [*(story.ended_at for story in told), *looks]:
        there = build_window(now, parse_zone(where))
        assert await desk.used(asker, now) == (held[there.day], held[there.month])


def _endings(story: Story) -> list[Event]:
    if story.k == 0:
        return [Cancelled(0) if story.stop else Failed(0, "it broke")]
    if story.k == story.images:
        return [Generated(story.k), Delivered()]
    return [Cancelled(story.k) if story.stop else Failed(story.k, "it broke"), Delivered()]


async def _totals(desk: Desk, guild: int) -> Counter[str]:
    rows = await desk.db.read_rows("SELECT period, used FROM totals WHERE guild = ?", (guild,))
    return Counter({row["period"]: row["used"] for row in rows})
