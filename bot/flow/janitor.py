"""Now and then: forget what has had its time, and push what was left lying."""

from __future__ import annotations

from typing import Final

import structlog

from bot.core.job import State
from bot.flow.delivery import Delivery
from bot.flow.kit import Kit
from bot.flow.line import Line

log = structlog.stdlib.get_logger(__name__)

PUSH_EVERY_S: Final = 60.0
SWEEP_EVERY: Final = 10


class Janitor:
    """Every minute deliveries that gave up are started again; every ten the books are swept."""

    def __init__(self, kit: Kit, line: Line, delivery: Delivery) -> None:
        self._kit, self._line, self._delivery = kit, line, delivery

    async def run(self) -> None:
        """Run for ever."""
        rounds = 0
        while True:
            await self._kit.clock.sleep(PUSH_EVERY_S)
            rounds += 1
            await self._line.refresh()
            for job in self._line.living:
                if job.state is State.DELIVERING:
                    self._delivery.start(job)
            if rounds % SWEEP_EVERY == 0:
                await self.sweep()

    async def sweep(self) -> None:
        """Erase dead tokens, old drafts and history, and the spool of jobs long over."""
        over = await self._kit.books.sweep(self._kit.clock.now())
        for job in over:
            await self._kit.spool.drop(job)
        if over:
            log.debug("swept", jobs=len(over))
