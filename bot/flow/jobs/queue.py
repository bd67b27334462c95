"""Queue of jobs as a view of the database, with positions, waits and queued cards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import is_not

from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendError
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs import eta, fair_queue
from bot.core.jobs.job import Job, State
from bot.core.pauses import EVERYWHERE
from bot.core.ui.card import MessageCard
from bot.flow.jobs.status_message import StatusMessages
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.ports import JobStore, LimitStore
from bot.flow.runtime.context import HostSettings


@dataclass(frozen=True, slots=True)
class _Plan:
    """The order of waiting jobs, planned for these jobs, turns and pauses."""

    made_for: tuple[tuple[Job, ...], fair_queue.LastServed, Mapping[int, datetime]]
    order: tuple[JobId, ...]


class JobQueue:
    """Unfinished jobs in the order in which they will start.

    `refresh_jobs` reloads it after every change and wakes those who wait on `changed`.
    `running_limits` are members' own limits of running jobs. `down_since` and `down_reason` are set
    during an outage, `shutting_down` during a shutdown; the queued cards then say so, and the queue
    neither accepts nor starts jobs. `interrupted_jobs` are started jobs that wait for SwarmUI.
    `pause_ends` says until when jobs of a guild, or of all (EVERYWHERE), are not started.
    """

    def __init__(
        self,
        status: StatusMessages,
        jobs: JobStore,
        limits: LimitStore,
        host: HostSettings,
        display_filter: DisplayFilter,
    ) -> None:
        self._host, self._display_filter = host, display_filter
        self._status, self._jobs, self._limits = status, jobs, limits
        self.living_jobs: tuple[Job, ...] = ()
        self.running_limits: Mapping[fair_queue.MemberKey, int | None] = {}
        self.pace = eta.DrawingPace()
        self.last_served = fair_queue.LastServed()
        self.changed = asyncio.Event()
        self.down_since: datetime | None = None
        self.down_reason: BackendError | None = None
        self.shutting_down = False
        self.interrupted_jobs: set[JobId] = set()
        self.pause_ends: Mapping[int, datetime] = {}
        self._resumed_at: dict[int, datetime] = {}
        self._planned: _Plan | None = None

    async def refresh_jobs(self) -> None:
        """Read what lives, wake the worker, and correct the cards of those who wait."""
        rules = await self._limits.list_concurrency_limits()
        self.living_jobs = await self._jobs.list_living_jobs()
        self.running_limits = fair_queue.find_running_limits(
            self.living_jobs, rules, self._host.running_per_member
        )
        self.changed.set()
        for job in self.living_jobs:
            if job.state is State.QUEUED:
                self._status.offer_card(job.id, partial(self._offer_queued_card, job))

    def set_pauses(self, ends: Mapping[int, datetime], now: datetime) -> None:
        """Take over what is paused now. `refresh_jobs` then shows it."""
        self._resumed_at |= dict.fromkeys(self.pause_ends.keys() - ends.keys(), now)
        self.pause_ends = ends

    def find_pause_end(self, guild: int) -> datetime | None:
        """Return when drawing continues in a guild, or None if it is not paused."""
        ends = (self.pause_ends.get(one) for one in (EVERYWHERE, guild))
        return max(filter(None, ends), default=None)

    def exclude_paused(self, jobs: tuple[Job, ...]) -> tuple[Job, ...]:
        """Return the jobs without those that wait for the end of a pause."""
        if not self.pause_ends:
            return jobs
        return tuple(
            job
            for job in jobs
            if job.state is not State.QUEUED or self.find_pause_end(job.guild) is None
        )

    def list_waiting(self) -> tuple[JobId, ...]:
        """All who wait, in the order in which they will be taken."""
        host, jobs, served = self._host, self.living_jobs, self.last_served
        planned = self._planned
        # Every card asks several times; planned for each of them, a full queue stands still.
        current = (jobs, served, self.pause_ends)
        if planned is None or any(map(is_not, planned.made_for, current)):
            free = max(0, host.max_in_flight - self._count_running())
            order = fair_queue.plan_order(
                self.exclude_paused(jobs),
                host.running_per_member,
                free,
                served,
                self.running_limits,
            )
            self._planned = planned = _Plan(current, order)
        return planned.order

    def find_position(self, job: JobId) -> int:
        """Return a job's position, 1 is next, 0 is not waiting."""
        order = self.list_waiting()
        return order.index(job) + 1 if job in order else 0

    def estimate_wait(self, job: JobId) -> float | None:
        """Seconds until it begins, or None while the pace is unknown."""
        orders = {one.id: one.order for one in self.living_jobs}
        running = [one.order for one in self.living_jobs if one.state is State.RUNNING]
        ahead = self.list_waiting()[: max(0, self.find_position(job) - 1)]
        return eta.estimate_wait((*running, *(orders[one] for one in ahead)), self.pace)

    def estimate_drawing(self, order: GenerationParams) -> float | None:
        """Return the seconds that an order takes, or None while the pace is unknown."""
        return eta.estimate_drawing(order, self.pace)

    def _count_running(self) -> int:
        return sum(job.state is State.RUNNING for job in self.living_jobs)

    def outage_deadline(self, job: Job) -> datetime:
        """Until when this job waits for a server that is away.

        A pause does not count, because the host may switch SwarmUI off meanwhile.
        """
        assert self.down_since is not None
        moments = [self.down_since, job.created_at]
        moments += [
            self._resumed_at[one] for one in (EVERYWHERE, job.guild) if one in self._resumed_at
        ]
        if (end := self.find_pause_end(job.guild)) is not None:
            moments.append(end)
        return max(moments) + self._host.outage_wait

    def build_queued_card(self, job: Job) -> MessageCard:
        """Build the current queued card."""
        job = self._display_filter.filter_job(job)
        if self.shutting_down:
            return job_cards.place_kept_card(job)
        if (end := self.find_pause_end(job.guild)) is not None:
            return job_cards.waiting_card(job, end)
        if self.down_since is not None:
            return job_cards.held_card(job, self.outage_deadline(job), self.down_reason)
        place = self.find_position(job.id)
        starting = self._count_running() + place <= self._host.max_in_flight
        return job_cards.queued_card(job, max(1, place), self.estimate_wait(job.id), starting)

    def _offer_queued_card(self, job: Job, _with_preview: bool) -> MessageCard:
        return self.build_queued_card(job)
