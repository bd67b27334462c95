"""The line of those who wait: its order follows every change, and is played through once for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.jobs import fair_queue
from bot.core.jobs.job import Job
from bot.flow.jobs.queue import Line
from bot.flow.moderation.display_filter import Showing
from bot.flow.runtime.services import House
from tests.support.books import NOON, job_id, order


class Kit:
    house = House()
    showing = Showing()


def line() -> Line:
    kit: Any = Kit()
    nobody: Any = None
    return Line(kit, nobody)


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
    here.living = (MIA, BEN)
    assert here.place(BEN.id) == 2
    here.living = (BEN,)
    assert (here.place(MIA.id), here.place(BEN.id)) == (0, 1)


def test_places_follow_who_had_their_turn() -> None:
    here = line()
    here.living = (MIA, BEN)
    assert here.place(MIA.id) == 1
    earlier = replace(MIA, id=job_id(0))
    here.served = here.served.after(earlier, NOON + timedelta(minutes=1))
    assert here.place(MIA.id) == 2


def test_a_full_line_is_played_through_once_for_all_its_cards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played: list[int] = []
    play = fair_queue.order_of

    def counted(living: tuple[Job, ...], *rest: Any) -> Any:
        played.append(len(living))
        return play(living, *rest)

    monkeypatch.setattr(fair_queue, "order_of", counted)
    here = line()
    here.living = tuple(job(number, requester=number) for number in range(50))
    for one in here.living:
        here.card(one)

    assert played == [50]
