"""Fair queue, round robin between guilds, then between members, then by age.

Each turn goes to the guild that has waited longest since its last turn or since it began to wait,
then to such a member in it, then to their oldest job. A waiting claim keeps its age and every other
claim is renewed when served, so nobody is overtaken for ever. A job lost in a crash goes first.

The shown position comes from the same function as the choice. It simulates the queue as if the
longest-running job were always the next to end.
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
from bot.core.limits.quota import LimitRule, Limits, resolve_limits

# When somebody was last served: a real time, or a turn that is still to come.
Turn: TypeAlias = tuple[int, float]
MemberKey: TypeAlias = tuple[int, int]
K = TypeVar("K", bound=Hashable)
RECORDS_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class LastServed:
    """Last turns by guild and member, in seconds since 1970. Lost on restart."""

    guilds: tuple[tuple[int, float], ...] = ()
    members: tuple[tuple[MemberKey, float], ...] = ()

    def record_start(self, job: Job, now: datetime) -> LastServed:
        """Remember that `job` got a slot at `now`. Keeps the last thousand of each."""
        at = now.timestamp()
        guilds = {**dict(self.guilds), job.guild: at}
        people = {**dict(self.members), (job.guild, job.requester): at}
        return LastServed(_keep_latest(guilds), _keep_latest(people))


def _keep_latest(turns: dict[K, float]) -> tuple[tuple[K, float], ...]:
    return tuple(sorted(turns.items(), key=lambda turn: turn[1])[-RECORDS_MAX:])


NONE_SERVED: Final = LastServed()
NO_OVERRIDES: Final[Mapping[MemberKey, int | None]] = MappingProxyType({})


def plan_order(
    living: tuple[Job, ...],
    limits_running: int | None = 1,
    slots_free: int = 0,
    served: LastServed = NONE_SERVED,
    own: Mapping[MemberKey, int | None] = NO_OVERRIDES,
) -> tuple[JobId, ...]:
    """Return the ids of queued jobs in the order in which they will start.

    `limits_running` bounds a member's running jobs while others wait; alone, a member may use every
    slot. `own` holds differing bounds of members (None: no bound). `slots_free` start before
    anything has to end.
    """
    table = _QueueSimulation(living, limits_running, served, own)
    order: list[JobId] = []
    for turn in range(table.waiting_count):
        if turn >= slots_free:
            table.end_oldest()
        job = table.pick_job()
        assert job is not None
        table.start_job(job)
        order.append(job.id)
    return tuple(order)


def choose_next(
    living: tuple[Job, ...],
    limits_running: int | None,
    slots_free: int,
    served: LastServed = NONE_SERVED,
    own: Mapping[MemberKey, int | None] = NO_OVERRIDES,
) -> JobId | None:
    """Return the job that a free slot should start, or None."""
    if slots_free < 1:
        return None
    job = _QueueSimulation(living, limits_running, served, own).pick_job()
    return None if job is None else job.id


class _TurnHeap(dict[K, Turn]):
    """Heap of claims by age. Outdated entries are dropped when met."""

    def __init__(self) -> None:
        super().__init__()
        self._heap: list[tuple[Turn, K]] = []

    def set_turn(self, who: K, claim: Turn) -> None:
        self[who] = claim
        heappush(self._heap, (claim, who))

    def find_first(self, find: Callable[[K], Job | None]) -> Job | None:
        """Return the first job that `find` returns, from the oldest claim on."""
        passed: list[tuple[Turn, K]] = []
        job: Job | None = None
        while self._heap:
            claim, who = self._heap[0]
            if self.get(who) == claim:
                if (job := find(who)) is not None:
                    break
                passed.append((claim, who))
            heappop(self._heap)
        for entry in passed:
            heappush(self._heap, entry)
        return job


class _QueueSimulation:
    """Simulated queue, thrown away afterwards."""

    def __init__(
        self,
        living: tuple[Job, ...],
        limit: int | None,
        served: LastServed,
        own: Mapping[MemberKey, int | None],
    ) -> None:
        self._limit, self._limit_overrides, self._tick = limit, own, 0
        waiting = (job for job in living if job.state is State.QUEUED)
        by_age = sorted(waiting, key=lambda job: (job.created_at, job.id))
        self.waiting_count = len(by_age)
        self._lost = deque(job for job in by_age if job.attempt)
        self._jobs: defaultdict[MemberKey, deque[Job]] = defaultdict(deque)
        self._guilds: _TurnHeap[int] = _TurnHeap()
        self._members: defaultdict[int, _TurnHeap[MemberKey]] = defaultdict(_TurnHeap)
        running = [job for job in living if job.state is State.RUNNING]
        running.sort(key=lambda job: (_start_timestamp(job), job.id))
        self._running = deque(job.requester for job in running)
        self._running_counts = Counter(self._running)
        guilds, people = dict(served.guilds), dict(served.members)
        for job in living:
            if job.state is not State.QUEUED:
                guilds[job.guild] = max(guilds.get(job.guild, 0.0), _start_timestamp(job))
                person = (job.guild, job.requester)
                people[person] = max(people.get(person, 0.0), _start_timestamp(job))
        for job in by_age:
            if job.attempt:
                continue
            person, asked = (job.guild, job.requester), job.created_at.timestamp()
            self._jobs[person].append(job)
            if job.guild not in self._guilds:
                self._guilds.set_turn(job.guild, (0, max(asked, guilds.get(job.guild, 0.0))))
            if person not in self._members[job.guild]:
                claim = (0, max(asked, people.get(person, 0.0)))
                self._members[job.guild].set_turn(person, claim)

    def pick_job(self) -> Job | None:
        """Return the next job without starting it."""
        if self._lost:
            return self._lost[0]
        return self._find_first(self._find_startable) or self._find_first(self._find_oldest)

    def _find_first(self, find: Callable[[MemberKey], Job | None]) -> Job | None:
        return self._guilds.find_first(lambda guild: self._members[guild].find_first(find))

    def _find_oldest(self, person: MemberKey) -> Job:
        return self._jobs[person][0]

    def _find_startable(self, person: MemberKey) -> Job | None:
        limit = self._limit_overrides.get(person, self._limit)
        if limit is not None and self._running_counts[person[1]] >= limit:
            return None
        return self._find_oldest(person)

    def start_job(self, job: Job) -> None:
        """Start a job and renew the claims it used."""
        self._tick += 1
        self._running.append(job.requester)
        self._running_counts[job.requester] += 1
        if self._lost and self._lost[0] is job:
            self._lost.popleft()
            return
        person, now = (job.guild, job.requester), (1, float(self._tick))
        lane = self._jobs[person]
        lane.popleft()
        people = self._members[job.guild]
        if lane:
            people.set_turn(person, now)
        else:
            del people[person]
        if people:
            self._guilds.set_turn(job.guild, now)
        else:
            del self._guilds[job.guild]

    def end_oldest(self) -> None:
        """End the job that has run longest."""
        if self._running:
            self._running_counts[self._running.popleft()] -= 1


def _start_timestamp(job: Job) -> float:
    return 0.0 if job.started_at is None else job.started_at.timestamp()


def find_running_limits(
    living: Iterable[Job], rules: Mapping[int, Collection[LimitRule]], default: int | None
) -> Mapping[MemberKey, int | None]:
    """Return differing bounds of running jobs by (guild, member).

    `rules` are by guild. A member's roles are those of their youngest job, so Discord is not asked.
    """
    if not rules:
        return {}
    youngest: dict[MemberKey, Job] = {}
    for job in sorted(living, key=lambda job: job.created_at):
        if job.guild in rules:
            youngest[job.guild, job.requester] = job
    found = {}
    for person, job in youngest.items():
        usual = Limits(running=default)
        limits, _ = resolve_limits(usual, rules[job.guild], job.requester, job.roles)
        if limits.running != default:
            found[person] = limits.running
    return found
