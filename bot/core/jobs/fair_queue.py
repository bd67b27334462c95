"""Whose turn it is: fair between servers, then between people, then by age.

Each turn goes to the server that has waited longest since its last turn (or since it began to
wait, if that is later), in it to the person of whom the same is true, and to their oldest job.
So nobody is overtaken for ever: a waiter's claim stays as old as it is, every other claim is
renewed by being served. A job that was lost with a crash had its turn already and goes first.

The place that people read comes from the same function as the choice. It looks ahead by playing
the queue through: as if the job that runs longest were always the next to end.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from bot.core.ids import JobId
from bot.core.jobs.job import Job, State
from bot.core.limits.quota import Limits, Rule, effective

# When somebody was last served: a real time, or a turn that is still to come.
Claim: TypeAlias = tuple[int, float]
Person: TypeAlias = tuple[int, int]
K = TypeVar("K", bound=Hashable)
KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class Served:
    """Who had their turn, and when (seconds since 1970): what the living jobs do not tell.

    Without it (after a restart) only the running jobs count, and the order is fair from then on.
    """

    guilds: tuple[tuple[int, float], ...] = ()
    people: tuple[tuple[Person, float], ...] = ()

    def after(self, job: Job, now: datetime) -> Served:
        """Remember that `job` got a slot at `now`. Keeps the last thousand of each."""
        at = now.timestamp()
        guilds = {**dict(self.guilds), job.guild: at}
        people = {**dict(self.people), (job.guild, job.requester): at}
        return Served(_latest(guilds), _latest(people))


def _latest(turns: dict[K, float]) -> tuple[tuple[K, float], ...]:
    return tuple(sorted(turns.items(), key=lambda turn: turn[1])[-KEPT:])


NOBODY: Final = Served()
NO_RULES: Final[Mapping[Person, int | None]] = MappingProxyType({})


def order_of(
    living: tuple[Job, ...],
    limits_running: int | None = 1,
    slots_free: int = 0,
    served: Served = NOBODY,
    own: Mapping[Person, int | None] = NO_RULES,
) -> tuple[JobId, ...]:
    """The ids of all queued jobs, in the order in which they will be taken.

    `limits_running` bounds what one person has running while somebody else could use the slot;
    alone, a person may use every slot. `own` are the bounds of those for whom a rule says another
    number (None: no bound). `slots_free` are taken before anything has to end.
    """
    table = _Table(living, limits_running, served, own)
    order: list[JobId] = []
    for turn in range(table.waiting):
        if turn >= slots_free:
            table.end_oldest()
        job = table.pick()
        assert job is not None
        table.take(job)
        order.append(job.id)
    return tuple(order)


def choose(
    living: tuple[Job, ...],
    limits_running: int | None,
    slots_free: int,
    served: Served = NOBODY,
    own: Mapping[Person, int | None] = NO_RULES,
) -> JobId | None:
    """The job that a free slot should take now, or None."""
    if slots_free < 1:
        return None
    job = _Table(living, limits_running, served, own).pick()
    return None if job is None else job.id


def place(
    job: JobId,
    living: tuple[Job, ...],
    limits_running: int | None = 1,
    slots_free: int = 0,
    served: Served = NOBODY,
    own: Mapping[Person, int | None] = NO_RULES,
) -> int:
    """Where a queued job stands: 1 is next, 0 is not in line."""
    order = order_of(living, limits_running, slots_free, served, own)
    return order.index(job) + 1 if job in order else 0


class _Turns(dict[K, Claim]):
    """Claims, and who has the oldest; a heap whose outdated entries are dropped when met."""

    def __init__(self) -> None:
        super().__init__()
        self._heap: list[tuple[Claim, K]] = []

    def claim(self, who: K, claim: Claim) -> None:
        self[who] = claim
        heappush(self._heap, (claim, who))

    def first(self, find: Callable[[K], Job | None]) -> Job | None:
        """The job that `find` names for the oldest claim for which it names one."""
        passed: list[tuple[Claim, K]] = []
        job: Job | None = None
        while self._heap and job is None:
            claim, who = self._heap[0]
            if self.get(who) == claim:
                job = find(who)
                if job is not None:
                    break
                passed.append((claim, who))
            heappop(self._heap)
        for entry in passed:
            heappush(self._heap, entry)
        return job


class _Table:
    """A queue being played through; thrown away afterwards."""

    def __init__(
        self,
        living: tuple[Job, ...],
        limit: int | None,
        served: Served,
        own: Mapping[Person, int | None],
    ) -> None:
        self._limit, self._own, self._turn = limit, own, 0
        by_age = sorted(
            (job for job in living if job.state is State.QUEUED),
            key=lambda job: (job.created_at, job.id),
        )
        self.waiting = len(by_age)
        self._lost = deque(job for job in by_age if job.attempt)
        self._jobs: defaultdict[Person, deque[Job]] = defaultdict(deque)
        self._guilds: _Turns[int] = _Turns()
        self._people: defaultdict[int, _Turns[Person]] = defaultdict(_Turns)
        running = [job for job in living if job.state is State.RUNNING]
        self._running = deque(
            job.requester for job in sorted(running, key=lambda job: (_started(job), job.id))
        )
        self._busy = Counter(self._running)
        guilds, people = dict(served.guilds), dict(served.people)
        for job in living:
            if job.state is not State.QUEUED:
                guilds[job.guild] = max(guilds.get(job.guild, 0.0), _started(job))
                person = (job.guild, job.requester)
                people[person] = max(people.get(person, 0.0), _started(job))
        for job in by_age:
            if job.attempt:
                continue
            person, asked = (job.guild, job.requester), job.created_at.timestamp()
            self._jobs[person].append(job)
            if job.guild not in self._guilds:
                self._guilds.claim(job.guild, (0, max(asked, guilds.get(job.guild, 0.0))))
            if person not in self._people[job.guild]:
                claim = (0, max(asked, people.get(person, 0.0)))
                self._people[job.guild].claim(person, claim)

    def pick(self) -> Job | None:
        """Whose turn it is; nobody is taken off the table."""
        if self._lost:
            return self._lost[0]
        within = self._guilds.first(lambda guild: self._people[guild].first(self._within_bound))
        return within or self._guilds.first(
            lambda guild: self._people[guild].first(lambda person: self._jobs[person][0])
        )

    def _within_bound(self, person: Person) -> Job | None:
        limit = self._own.get(person, self._limit)
        if limit is not None and self._busy[person[1]] >= limit:
            return None
        return self._jobs[person][0]

    def take(self, job: Job) -> None:
        """The job gets a slot: everybody's turn moves on."""
        self._turn += 1
        self._running.append(job.requester)
        self._busy[job.requester] += 1
        if self._lost and self._lost[0] is job:
            self._lost.popleft()
            return
        person, now = (job.guild, job.requester), (1, float(self._turn))
        lane = self._jobs[person]
        lane.popleft()
        people = self._people[job.guild]
        if lane:
            people.claim(person, now)
        else:
            del people[person]
        if people:
            self._guilds.claim(job.guild, now)
        else:
            del self._guilds[job.guild]

    def end_oldest(self) -> None:
        """The job that has run longest ends, as the foresight has it."""
        if self._running:
            self._busy[self._running.popleft()] -= 1


def _started(job: Job) -> float:
    return 0.0 if job.started_at is None else job.started_at.timestamp()


def bounds(
    living: Iterable[Job], rules: Mapping[int, Collection[Rule]], default: int | None
) -> Mapping[tuple[int, int], int | None]:
    """The bound of each (guild, person) of the living jobs for whom it is not the default.

    `rules` are by guild. A person is judged by the roles of their youngest job: nobody asks
    Discord while they wait.
    """
    if not rules:
        return {}
    youngest: dict[tuple[int, int], Job] = {}
    for job in sorted(living, key=lambda job: job.created_at):
        if job.guild in rules:
            youngest[job.guild, job.requester] = job
    found = {
        person: effective(Limits(running=default), rules[job.guild], job.requester, job.roles)[
            0
        ].running
        for person, job in youngest.items()
    }
    return {person: bound for person, bound in found.items() if bound != default}
