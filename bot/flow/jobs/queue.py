"""The line that people wait in, as a view of the database: places, waits, and the queued cards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs import eta, fair_queue
from bot.core.jobs.job import Job, State
from bot.core.ui.card import Card
from bot.flow.jobs.status_message import Status
from bot.flow.runtime.services import Kit


class Line:
    """What lives, in the order in which it will be drawn.

    `refresh` reads it anew after every change; whoever waits for work waits on `moved`. `bounds`
    are those of the people of whom a rule says how many of their jobs run at once.
    `down_since` is set while the server is away, `closing` while the bot is being stopped: then
    the queued cards say so. A line that is closing takes nobody in, and nobody out. `held` are the
    jobs that were begun, and wait for a server that is away.
    """

    def __init__(self, kit: Kit, status: Status) -> None:
        self._kit, self._status = kit, status
        self.living: tuple[Job, ...] = ()
        self.bounds: Mapping[fair_queue.Person, int | None] = {}
        self.pace = eta.Pace()
        self.served = fair_queue.Served()
        self.moved = asyncio.Event()
        self.down_since: datetime | None = None
        self.closing = False
        self.held: set[JobId] = set()
        self._played: tuple[tuple[Job, ...], fair_queue.Served, tuple[JobId, ...]] | None = None

    async def refresh(self) -> None:
        """Read what lives, wake the worker, and correct the cards of those who wait."""
        books = self._kit.books
        rules = await books.running_rules()
        self.living = await books.living()
        self.bounds = fair_queue.bounds(self.living, rules, self._kit.house.running)
        self.moved.set()
        for job in self.living:
            if job.state is State.QUEUED:
                self._status.offer(job.id, partial(self._drawn, job))

    def order(self) -> tuple[JobId, ...]:
        """All who wait, in the order in which they will be taken."""
        house, living, served = self._kit.house, self.living, self.served
        # Every card asks several times; played through for each of them, a full line stands still.
        if self._played is None or self._played[0] is not living or self._played[1] is not served:
            free = max(0, house.under_way - self._taken())
            order = fair_queue.order_of(living, house.running, free, served, self.bounds)
            self._played = (living, served, order)
        return self._played[2]

    def place(self, job: JobId) -> int:
        """1 is next; 0 is not waiting."""
        order = self.order()
        return order.index(job) + 1 if job in order else 0

    def wait_s(self, job: JobId) -> float | None:
        """Seconds until it begins, or None while the pace is unknown."""
        by_id = {one.id: one for one in self.living}
        ahead = tuple(by_id[one].order for one in self.order()[: max(0, self.place(job) - 1)])
        fair_queue = tuple(one.order for one in self.living if one.state is State.RUNNING)
        return eta.wait(fair_queue + ahead, self.pace)

    def _taken(self) -> int:
        return sum(job.state is State.RUNNING for job in self.living)

    def down_until(self, job: Job) -> datetime:
        """Until when this job waits for a server that is away."""
        assert self.down_since is not None
        return max(self.down_since, job.created_at) + self._kit.house.down_wait

    def card(self, job: Job) -> Card:
        """The queued card of this moment."""
        job = self._kit.showing.job(job)
        if self.closing:
            return job_cards.kept(job)
        if self.down_since is not None:
            return job_cards.server_down(job, self.down_until(job))
        place = self.place(job.id)
        starting = self._taken() + place <= self._kit.house.under_way
        return job_cards.queued(job, max(1, place), self.wait_s(job.id), starting)

    def _drawn(self, job: Job, _with_preview: bool) -> Card:
        return self.card(job)
