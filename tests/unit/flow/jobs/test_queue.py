"""The line of those who wait: its order follows every change, and is played through once for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.jobs import fair_queue
from bot.core.jobs.job import Job
from bot.flow.jobs.queue import JobQueue
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.runtime.context import HostSettings
from tests.support.books import NOON, job_id, order


def line() -> JobQueue:
    nobody: Any = None
    return JobQueue(nobody, nobody, nobody, HostSettings(), DisplayFilter())


def job(number: int, *, requester: int) -> Job:
    return Job(
        id=job_id(number),
        requester=requester,
        requester_name="somebody",
        guild=7,
        channel=70,
        source=f"interaction:{number}",
        order=order(),
        created_at=NOON + timedelta(seconds=number),
    )


MIA, BEN = job(1, requester=101), job(2, requester=102)


def test_places_follow_who_lives() -> None:
    here = line()
    here.living_jobs = (MIA, BEN)
    assert here.find_position(BEN.id) == 2
    here.living_jobs = (BEN,)
    assert (here.find_position(MIA.id), here.find_position(BEN.id)) == (0, 1)


def test_places_follow_who_had_their_turn() -> None:
    here = line()
    here.living_jobs = (MIA, BEN)
    assert here.find_position(MIA.id) == 1
    earlier = replace(MIA, id=job_id(0))
    here.last_served = here.last_served.record_start(earlier, NOON + timedelta(minutes=1))
    assert here.find_position(MIA.id) == 2


def test_a_full_line_is_played_through_once_for_all_its_cards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played: list[int] = []
    play = fair_queue.plan_order

    def counted(living: tuple[Job, ...], *rest: Any) -> Any:
        played.append(len(living))
        return play(living, *rest)

    monkeypatch.setattr(fair_queue, "plan_order", counted)
    here = line()
    here.living_jobs = tuple(job(number, requester=number) for number in range(50))
    for one in here.living_jobs:
        here.build_queued_card(one)

    assert played == [50]
