"""Whose turn it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.jobs.fair_queue import LastServed, choose_next, plan_order
from bot.core.jobs.job import Job, State
from tests.unit.core.make import T0, a_job, an_id


def waiting(number: int, person: int = 1, guild: int = 10, age_s: float | None = None) -> Job:
    age = float(number) if age_s is None else age_s
    return a_job(number, requester=person, guild=guild, age_s=age)


def running(number: int, person: int = 1, guild: int = 10, started_s: float = 0.0) -> Job:
    job = waiting(number, person, guild)
    return replace(
        job, state=State.RUNNING, attempt=1, started_at=T0 + timedelta(seconds=started_s)
    )


def numbers(living: tuple[Job, ...], limit: int | None = None) -> list[int]:
    by_id = {an_id(n): n for n in range(200)}
    return [by_id[i] for i in plan_order(living, limit)]


def test_one_person_is_served_by_age() -> None:
    assert numbers((waiting(3), waiting(1), waiting(2))) == [1, 2, 3]


def test_servers_take_turns() -> None:
    many = tuple(waiting(n, person=n, guild=10) for n in range(1, 5))
    assert numbers((*many, waiting(9, person=9, guild=20))) == [1, 9, 2, 3, 4]


def test_people_of_a_server_take_turns() -> None:
    many = tuple(waiting(n, person=1) for n in range(1, 5))
    assert numbers((*many, waiting(8, person=2), waiting(9, person=2))) == [1, 8, 2, 9, 3, 4]


def test_who_was_served_lately_comes_later() -> None:
    old, new = waiting(1, person=1, age_s=0), waiting(2, person=2, age_s=5)
    served = LastServed().record_start(old, T0 + timedelta(seconds=60))
    assert choose_next((old, new), None, 1) == old.id
    assert choose_next((old, new), None, 1, served) == new.id


def test_a_newcomer_does_not_overtake_who_waits_longer() -> None:
    # Served at 10 s, waiting ever since; the newcomer of another server asked at 20 s.
    first, newcomer = waiting(1, age_s=0), waiting(2, person=2, guild=20, age_s=20)
    served = LastServed().record_start(first, T0 + timedelta(seconds=10))
    assert choose_next((first, newcomer), None, 1, served) == first.id


def test_a_running_job_counts_as_a_turn_without_a_memory() -> None:
    living = (running(1, person=1, started_s=50), waiting(2, person=1), waiting(3, person=2))
    assert choose_next(living, None, 1) == an_id(3)


def test_a_running_job_was_a_turn_of_its_whole_server() -> None:
    living = (running(1, person=1, started_s=50), waiting(2, person=2), waiting(3, 3, guild=20))
    assert choose_next(living, None, 1) == an_id(3)


def test_the_bound_binds_while_somebody_else_waits() -> None:
    # Person 1 began to wait first, but has one running already.
    living = (running(1, person=1), waiting(2, person=1), waiting(50, person=2))
    assert choose_next(living, 1, 1) == an_id(50)
    assert choose_next(living, 2, 1) == an_id(2)
    assert choose_next(living, None, 1) == an_id(2)


def test_alone_a_person_may_use_every_slot() -> None:
    assert choose_next((running(1), waiting(2), waiting(3)), 1, 1) == an_id(2)


def test_nobody_within_the_bound_is_no_reason_to_idle() -> None:
    living = (running(1, person=1), running(2, person=2), waiting(3, 1), waiting(4, 2))
    assert choose_next(living, 1, 1) is not None


def test_without_a_slot_or_a_job_nothing_is_chosen() -> None:
    assert choose_next((waiting(1),), 1, 0) is None
    assert choose_next((running(1),), 1, 1) is None
    assert choose_next((), 1, 1) is None


def test_a_lost_job_had_its_turn_and_goes_first() -> None:
    lost = replace(waiting(9, person=1, age_s=99), attempt=1, started_at=T0)
    assert numbers((waiting(1, person=2), lost, waiting(2, person=3))) == [9, 1, 2]


def test_of_two_lost_jobs_the_older_goes_first() -> None:
    one, two = (
        replace(waiting(n, person=n, age_s=50 - n), attempt=1, started_at=T0) for n in (8, 9)
    )
    assert numbers((one, waiting(1, person=1), two)) == [9, 8, 1]


def test_delivering_jobs_hold_no_slot_of_their_person() -> None:
    sent = replace(running(1, person=1), state=State.DELIVERING)
    assert choose_next((sent, waiting(2, person=1), waiting(50, person=2)), 1, 1) == an_id(2)


def test_the_memory_is_bounded() -> None:
    served = LastServed()
    for n in range(1100):
        job = waiting(n, person=n, guild=n)
        served = served.record_start(job, T0 + timedelta(seconds=n))
    assert len(served.guilds) == len(served.members) == 1000
    assert served.guilds[-1][0] == 1099


def test_a_long_line_is_quick() -> None:
    living = tuple(waiting(n, person=n % 70, guild=n % 40) for n in range(200)) * 5
    living = tuple(replace(job, id=an_id(1000 + i)) for i, job in enumerate(living))
    assert len(set(plan_order(living, 1))) == 1000
