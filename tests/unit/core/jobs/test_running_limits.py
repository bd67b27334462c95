"""How many jobs of one person run while others wait, by the rules of their servers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.core.jobs.fair_queue import choose_next, find_running_limits, plan_order
from bot.core.jobs.job import Job, State
from bot.core.limits.quota import LimitScope
from tests.unit.core.make import T0, a_job, an_id


@dataclass(frozen=True)
class Row:
    guild: int
    scope: LimitScope
    target: int
    limits: dict[str, int | None]


def waiting(number: int, person: int, guild: int = 10, roles: tuple[int, ...] = ()) -> Job:
    return replace(a_job(number, requester=person, guild=guild, age_s=number), roles=roles)


def running(number: int, person: int, guild: int = 10) -> Job:
    return replace(waiting(number, person, guild), state=State.RUNNING, attempt=1, started_at=T0)


def test_own_number_best_role_server_and_exempt_each_by_itself() -> None:
    """Of the guild that the job is in, and only where it is not the default."""
    rows = [
        Row(10, LimitScope.GUILD, 10, {"running": 2}),
        Row(10, LimitScope.ROLE, 5, {"running": 3}),
        Row(10, LimitScope.ROLE, 6, {"running": 4}),
        Row(10, LimitScope.MEMBER, 4, {"running": 1}),
        Row(20, LimitScope.ROLE, 7, {"exempt": 1}),
        Row(20, LimitScope.GUILD, 20, {"running": 1}),
    ]
    rules = {guild: [row for row in rows if row.guild == guild] for guild in (10, 20)}
    living = [
        waiting(1, 1),
        waiting(2, 2, roles=(5, 6)),
        waiting(3, 4, roles=(6,)),
        waiting(4, 5, guild=20, roles=(7,)),
        waiting(5, 6, guild=20),
        waiting(6, 1, guild=30),
    ]
    assert find_running_limits(living, rules, 1) == {(10, 1): 2, (10, 2): 4, (20, 5): None}
    assert find_running_limits(living, {}, 1) == {}


def test_the_roles_of_the_youngest_job_count() -> None:
    rules = {10: [Row(10, LimitScope.ROLE, 5, {"running": 3})]}
    old, young = waiting(1, 1, roles=(5,)), waiting(2, 1, roles=())
    assert find_running_limits([young, old], rules, 1) == {}
    assert find_running_limits([replace(young, roles=(5,)), replace(old, roles=())], rules, 1) == {
        (10, 1): 3
    }


def test_who_may_have_two_running_gets_the_second_before_a_younger_stranger() -> None:
    """Ada's claim is older than Ben's; with a bound of one she has to let him by."""
    living = (running(1, 1), waiting(2, 1), waiting(3, 2))
    assert choose_next(living, 1, 1) == an_id(3)
    assert choose_next(living, 1, 1, own={(10, 1): 2}) == an_id(2)
    assert plan_order(living, 1, 2, own={(10, 1): 2}) == (an_id(2), an_id(3))
    assert plan_order(living, 2, 2, own={(10, 1): 1}) == (an_id(3), an_id(2))


def test_zero_is_last_and_not_never() -> None:
    """What waits already was let in: it is drawn once nobody else can use the slot."""
    living = (waiting(1, 1), waiting(2, 2), waiting(3, 3))
    assert plan_order(living, 1, 3, own={(10, 1): 0})[-1] == an_id(1)
    assert choose_next((waiting(1, 1),), 1, 1, own={(10, 1): 0}) == an_id(1)
