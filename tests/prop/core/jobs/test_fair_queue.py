"""Fairness for every line: nobody starves, and the place that was read is what happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.ids import JobId
from bot.core.jobs.fair_queue import LastServed, choose_next, plan_order
from bot.core.jobs.job import Job, State
from tests.unit.core.make import T0, a_job

people = st.tuples(st.integers(1, 4), st.integers(1, 3))  # person, guild
lines = st.lists(st.tuples(people, st.integers(0, 20)), min_size=1, max_size=14)
limits = st.one_of(st.none(), st.integers(1, 2))


def queue_of(line: list[tuple[tuple[int, int], int]]) -> list[Job]:
    return [
        a_job(n, requester=10 * guild + person, guild=guild, age_s=age)
        for n, ((person, guild), age) in enumerate(line)
    ]


class Server:
    """Slots that are filled by `choose`, all jobs equally long: the oldest ends first."""

    def __init__(self, jobs: list[Job], slots: int, limit: int | None) -> None:
        self.jobs, self.slots, self.limit = jobs, slots, limit
        self.running: list[Job] = []
        self.served, self.turn = LastServed(), 1000

    def living(self) -> tuple[Job, ...]:
        return (*self.running, *self.jobs)

    def free(self) -> int:
        return self.slots - len(self.running)

    def step(self) -> JobId | None:
        if not self.free() and self.jobs:
            self.running.pop(0)
        chosen = choose_next(self.living(), self.limit, self.free(), self.served)
        if chosen is None:
            return None
        job = next(job for job in self.jobs if job.id == chosen)
        self.jobs.remove(job)
        self.turn += 1
        now = T0 + timedelta(seconds=self.turn)
        self.running.append(replace(job, state=State.RUNNING, attempt=1, started_at=now))
        self.served = self.served.record_start(job, now)
        return chosen


@given(lines, st.integers(1, 3), limits, st.integers(0, 6))
def test_the_place_is_what_happens(
    line: list[tuple[tuple[int, int], int]], slots: int, limit: int | None, warm: int
) -> None:
    server = Server(queue_of(line), slots, limit)
    for _ in range(min(warm, len(line) - 1)):
        server.step()
    read = plan_order(server.living(), limit, server.free(), server.served)
    happened = []
    while (chosen := server.step()) is not None:
        happened.append(chosen)
    assert tuple(happened) == read


@given(lines)
def test_everybody_is_in_the_order_once(line: list[tuple[tuple[int, int], int]]) -> None:
    jobs = queue_of(line)
    assert sorted(plan_order(tuple(jobs))) == sorted(job.id for job in jobs)


@given(lines, st.integers(1, 2), st.lists(people, min_size=1, max_size=5), st.data())
def test_nobody_starves_whoever_keeps_coming(
    line: list[tuple[tuple[int, int], int]],
    slots: int,
    comers: list[tuple[int, int]],
    data: st.DataObject,
) -> None:
    """One new job arrives for every one that is served, for ever; the old ones are all served."""
    server = Server(queue_of(line), slots, 1)
    old = {job.id for job in server.jobs}
    strangers = data.draw(st.booleans())
    bound = (len(line) + slots + 2) ** 2 + 20
    for n in range(bound):
        person, guild = comers[n % len(comers)]
        if strangers:
            person, guild = 1000 + n, 1000 + n
        comer = a_job(5000 + n, requester=10 * guild + person, guild=guild, age_s=server.turn)
        server.jobs.append(comer)
        old.discard(server.step() or comer.id)
        if not old:
            return
    assert not old


@given(lines, st.integers(1, 3))
def test_a_slot_never_idles_while_somebody_waits(
    line: list[tuple[tuple[int, int], int]], slots: int
) -> None:
    server = Server(queue_of(line), slots, 1)
    while server.jobs:
        assert server.step() is not None
