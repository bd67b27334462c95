"""Now and then: forget what has had its time, and push what was left lying."""

from __future__ import annotations

from typing import Final

import structlog

from bot.core.errors import BackendError
from bot.core.jobs.job import State
from bot.core.jobs.retry import is_outage
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.outage import Outage
from bot.flow.jobs.queue import Line
from bot.flow.jobs.recovery import UNTOLD_WITHIN
from bot.flow.jobs.worker import Worker
from bot.flow.privacy import Privacy
from bot.flow.runtime.services import Kit

log = structlog.stdlib.get_logger(__name__)
PUSH_EVERY_S: Final = 60.0
SWEEP_EVERY: Final = 10


class Janitor:
    """Every minute what was left lying is taken up; now and then lists and books are freshened."""

    def __init__(
        self,
        kit: Kit,
        line: Line,
        worker: Worker,
        outage: Outage,
        delivery: Delivery,
        privacy: Privacy,
    ) -> None:
        self._kit, self._line, self._worker = kit, line, worker
        self._outage, self._delivery, self._privacy = outage, delivery, privacy

    async def run(self) -> None:
        """Run for ever."""
        rounds, fresh_at = 0, self._pause()
        while True:
            await self._kit.clock.sleep(PUSH_EVERY_S)
            rounds += 1
            await self.push()
            await self._kit.books.erase_tokens(self._kit.clock.now())
            await self._privacy.go_on()
            if rounds >= fresh_at or self._kit.catalog.stale():
                fresh_at = rounds + self._pause()
                await self.freshen()
            if rounds % SWEEP_EVERY == 0:
                await self.sweep()

    async def push(self) -> None:
        """Deliver what no place took, tell who was not told, look after what nobody is at."""
        await self._line.refresh()
        for job in self._line.living:
            if job.state is State.DELIVERING:
                self._delivery.start(job)
            elif job.state is State.RUNNING:
                self._worker.resume(job)
        since = self._kit.clock.now() - UNTOLD_WITHIN
        for job in await self._kit.books.untold(since):
            self._delivery.start(job)

    async def freshen(self) -> None:
        """Ask the server what it has now: models come and go."""
        try:
            await self._kit.catalog.refresh()
        except BackendError as error:
            if is_outage(error):
                await self._outage.begin(error)

    def _pause(self) -> int:
        """Rounds until the next reading of the lists: several bots do not ask in step."""
        minutes = self._kit.house.refresh_minutes
        return minutes + self._kit.fresh.seed() % (minutes // 5 + 1)

    async def sweep(self) -> None:
        """Erase old drafts and history, and the spool of jobs long over."""
        now = self._kit.clock.now()
        wanted = {job.order.image for job in await self._kit.books.living()}
        await self._kit.spool.sweep_inputs(wanted, now - self._kit.house.deliver_within)
        over = await self._kit.books.sweep(now)
        for job in over:
            await self._kit.spool.drop(job)
        if over:
            log.debug("swept", jobs=len(over))
