"""SwarmUI away and back: said once each way, and nobody waits for ever.

It is away when it does not answer, and when its backend broke three jobs in a row while it goes on
saying that it runs. In the first case asking tells whether it is back; in the second only a
picture does, so one job at a time is let through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from bot.core.errors import BackendError
from bot.core.ids import JobId
from bot.core.jobs import outage_notices
from bot.core.jobs import refusals as job_refusals
from bot.core.jobs.circuit_breaker import Breaker, is_breakage
from bot.core.jobs.job import Failed, State
from bot.core.jobs.outage_notices import Notice
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.queue import Line
from bot.flow.runtime.services import Kit

log = structlog.stdlib.get_logger(__name__)
FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 20.0
# A trial costs somebody one of the two attempts at a picture.
FIRST_TRIAL_S: Final = 30.0
LONGEST_TRIAL_S: Final = 300.0


def unheard(notice: Notice) -> None:
    """Nobody asked to be told."""


class Outage:
    """While the server is away no job is taken; each waits `house.down_wait`, then is returned.

    `announce` is called once each way; it must not wait. `on_trial`: one job may be drawn, to see
    whether the backend lives again.
    """

    def __init__(
        self,
        kit: Kit,
        line: Line,
        delivery: Delivery,
        announce: Callable[[Notice], None] = unheard,
    ) -> None:
        self._kit, self._line, self._delivery = kit, line, delivery
        self._announce = announce
        self._breaker = Breaker()
        self._broken = False
        self._down = asyncio.Event()
        self._trial_at, self._trial_pause = 0.0, FIRST_TRIAL_S
        self.on_trial = False
        self.over = asyncio.Event()
        self.over.set()

    async def begin(self, error: BackendError) -> None:
        """The server did not answer. Said once; the cards of those who wait say it too."""
        await self._begin(error, broken=False)

    def holds(self, job: JobId, held: bool) -> None:
        """Note of a job that was begun whether it waits for the server, or does no more."""
        (self._line.held.add if held else self._line.held.discard)(job)

    async def drew(self, job: JobId) -> None:
        """A job ended with pictures: the backend lives."""
        self._breaker = self._breaker.after(job, None)
        if self._broken:
            await self._end()

    async def failed(self, job: JobId, error: BackendError) -> bool:
        """A job ended with an error. True where the server is to blame, not the order."""
        self._breaker = self._breaker.after(job, error)
        if not is_breakage(error) or not self._breaker.open:
            return False
        await self._begin(error, broken=True)
        return True

    async def watch(self) -> None:
        """Run for ever: while it is away, ask again and again; return who has waited too long."""
        while True:
            await self._down.wait()
            pause = FIRST_PAUSE_S
            while self._down.is_set():
                await self._return_the_late()
                await self._kit.clock.sleep(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE_S)
                if not self._down.is_set() or self.on_trial:
                    continue
                if self._broken and self._kit.clock.tick() < self._trial_at:
                    continue
                if await self._is_back():
                    if self._broken:
                        self._open_trial()
                    else:
                        await self._end()

    async def _begin(self, error: BackendError, *, broken: bool) -> None:
        if self._down.is_set():
            self._close_trial()
            return
        self._broken = broken
        self._trial_pause = FIRST_TRIAL_S
        self._trial_at = self._kit.clock.tick() + FIRST_TRIAL_S
        since = self._line.down_since = self._kit.clock.now()
        self._down.set()
        self.over.clear()
        log.warning("SwarmUI fails" if broken else "SwarmUI stopped answering", why=error.sentence)
        await self._line.refresh()
        self._announce(outage_notices.away(since, self._waiting(), broken=broken))

    async def _end(self) -> None:
        since, self._line.down_since = self._line.down_since, None
        self._broken = self.on_trial = False
        self._down.clear()
        self.over.set()
        log.info("SwarmUI is back")
        await self._line.refresh()
        if since is not None:
            self._announce(outage_notices.back(self._kit.clock.now() - since))

    def _open_trial(self) -> None:
        log.info("trying SwarmUI with one picture")
        self.on_trial = True
        self.over.set()
        self._line.moved.set()

    def _close_trial(self) -> None:
        if self.on_trial:
            self.on_trial = False
            self.over.clear()
            self._trial_pause = min(self._trial_pause * 1.5, LONGEST_TRIAL_S)
            self._trial_at = self._kit.clock.tick() + self._trial_pause

    def _waiting(self) -> int:
        return sum(
            job.order.images
            for job in self._line.living
            if job.state in (State.QUEUED, State.RUNNING)
        )

    async def _is_back(self) -> bool:
        """Whether it would take a job: it lists what it has, and gives us a session."""
        try:
            await self._kit.catalog.refresh()
            async with self._kit.painter.lease():
                return True
        except BackendError:
            return False

    async def _return_the_late(self) -> None:
        now = self._kit.clock.now()
        for job in self._line.living:
            if not self._down.is_set():  # it came back while the one before was returned
                break
            if job.state is State.QUEUED and now >= self._line.down_until(job):
                event = Failed(0, job_refusals.NOT_BACK_IN_TIME)
                if (moved := await self._kit.books.move(job.id, event, now)) is not None:
                    self._delivery.start(moved.job)
        await self._line.refresh()
