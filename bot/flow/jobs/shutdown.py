"""The end of a day: nothing new begins, and what is under way is given time to come to its end."""

from __future__ import annotations

import asyncio

import structlog

from bot.core.errors import BooksError
from bot.flow.jobs.queue import Line
from bot.flow.runtime.tasks import Crew

UNDER_WAY = ("job ", "delivery ")
log = structlog.stdlib.get_logger(__name__)


class Closing:
    """Empties the house politely. What is not ready in time is found again at the next start."""

    def __init__(self, crew: Crew, line: Line) -> None:
        self._crew, self._line = crew, line

    async def drain(self, seconds: float) -> None:
        """Let nobody in any more, and wait at most `seconds` for what is drawn and sent."""
        self._line.closing = True
        try:
            await self._line.refresh()
        except BooksError as error:
            log.warning("cards do not say that we stop", why=str(error))
        try:
            async with asyncio.timeout(seconds):
                await self._crew.none_left(UNDER_WAY)
        except TimeoutError:
            log.info("parked", jobs=len(self._line.living))
