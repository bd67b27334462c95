"""SwarmUI away and back: said once each way, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import structlog

from bot.core import words
from bot.core.errors import BackendError
from bot.core.job import Failed, State
from bot.flow.delivery import Delivery
from bot.flow.kit import Kit
from bot.flow.line import Line

log = structlog.stdlib.get_logger(__name__)

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 20.0


class Outage:
    """While the server is away no job is taken; each waits `house.down_wait`, then is returned."""

    def __init__(self, kit: Kit, line: Line, delivery: Delivery) -> None:
        self._kit, self._line, self._delivery = kit, line, delivery
        self._down = asyncio.Event()
        self.over = asyncio.Event()
        self.over.set()

    async def begin(self, error: BackendError) -> None:
        """The server did not answer. Said once; the cards of those who wait say it too."""
        if self._down.is_set():
            return
        self._line.down_since = self._kit.clock.now()
        self._down.set()
        self.over.clear()
        log.warning("SwarmUI stopped answering", why=error.sentence)
        await self._line.refresh()

    async def watch(self) -> None:
        """Run for ever: while it is away, ask again and again; return who has waited too long."""
        while True:
            await self._down.wait()
            pause = FIRST_PAUSE_S
            while True:
                await self._return_the_late()
                await self._kit.clock.sleep(pause)
                if await self._is_back():
                    break
                pause = min(pause * 1.5, LONGEST_PAUSE_S)
            log.info("SwarmUI is back")
            self._line.down_since = None
            self._down.clear()
            self.over.set()
            await self._line.refresh()

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
            if job.state is State.QUEUED and now >= self._line.down_until(job):
                event = Failed(0, words.NOT_BACK_IN_TIME)
                if (moved := await self._kit.books.move(job.id, event, now)) is not None:
                    self._delivery.start(moved.job)
        await self._line.refresh()
