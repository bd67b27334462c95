"""Pauses of drawing, by a server's managers, by the host's command and by a schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from bot.core import pauses as cards
from bot.core.drawing.request import RequestContext
from bot.core.pauses import EVERYWHERE
from bot.core.ui.card import MessageCard
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.status_line import StatusLine
from bot.flow.ports import PauseStore
from bot.flow.runtime.context import FlowContext

CHECK_INTERVAL_S: Final = 10.0
log = structlog.stdlib.get_logger(__name__)


class PauseCommands:
    """Service of /pause and /resume, which tells the queue what is paused now.

    The database is asked every few seconds, because the host's command is another process.
    """

    def __init__(
        self, queue: JobQueue, status_line: StatusLine, store: PauseStore, context: FlowContext
    ) -> None:
        self._queue, self._status_line = queue, status_line
        self._store, self._context = store, context

    async def watch_pauses(self) -> None:
        """Loop that follows the database, the schedule and the clock."""
        while True:
            await self.apply_pauses()
            await self._context.clock.sleep(CHECK_INTERVAL_S)

    async def apply_pauses(self) -> None:
        """Tell the queue what is paused now, if that has changed."""
        host, now = self._context.host, self._context.clock.now()
        rows = await self._store.list_pauses()
        ends = cards.find_pause_ends(rows, host.pause_windows, host.pause_zone, now)
        old = self._queue.pause_ends
        if ends == old:
            return
        if (end := ends.get(EVERYWHERE)) != old.get(EVERYWHERE):
            log.info("drawing is paused" if end else "drawing continues", until=str(end or ""))
        self._queue.set_pauses(ends, now)
        self._status_line.refresh()
        await self._queue.refresh_jobs()

    async def pause_guild(self, asker: RequestContext, minutes: int) -> MessageCard:
        """Pause drawing in the asker's guild. What runs is finished, what waits keeps its place."""
        now = self._context.clock.now()
        until = now + timedelta(minutes=minutes)
        await self._store.pause_guild(asker, until, now)
        await self.apply_pauses()
        return cards.paused_card(until, self._queue.pause_ends.get(EVERYWHERE))

    async def resume_guild(self, asker: RequestContext) -> MessageCard:
        """End the guild's own pause."""
        was = await self._store.resume_guild(asker, self._context.clock.now())
        await self.apply_pauses()
        return cards.resumed_card(was, self._queue.pause_ends.get(EVERYWHERE))
