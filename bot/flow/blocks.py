"""Keeping somebody from drawing: for a while or for good, with what they have in line and in sight.

Who may come here is Discord's to say (Manage Messages, Integrations), and is not asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bot.core import blocks as cards
from bot.core.drawing.request import Asker
from bot.core.errors import BoardError
from bot.core.jobs.job import State
from bot.core.ui.card import Card
from bot.flow.jobs.cancellation import Stopping
from bot.flow.jobs.queue import Line
from bot.flow.runtime.services import Kit

CLEARED: Final = timedelta(hours=1)
REASON_MAX: Final = 200
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Blocking:
    """The moderators' hand on the door."""

    kit: Kit
    line: Line
    stopping: Stopping

    async def block(
        self, asker: Asker, user: int, name: str, hours: int | None, reason: str, clear: bool
    ) -> Card:
        """Block a member for so many hours (None: for good). It acts at once.

        With `clear`, what they have in line is cancelled (and returned), and the pictures that
        they had drawn here in the last hour are deleted; what was drawn stays charged.
        """
        if user == asker.user:
            return cards.yourself()
        now = self.kit.clock.now()
        until = None if hours is None else now + timedelta(hours=hours)
        await self.kit.books.block(asker, user, until, reason.strip()[:REASON_MAX], now)
        log.info("blocked", guild=asker.guild, by=asker.user, hours=hours)
        cancelled = deleted = 0
        if clear:
            cancelled = await self._cancel(asker, user)
            deleted = await self._delete(asker, user)
        return cards.blocked(name, until, cleared=(cancelled, deleted) if clear else None)

    async def unblock(self, asker: Asker, user: int, name: str) -> Card:
        """Let a member draw again."""
        was = await self.kit.books.unblock(asker, user, self.kit.clock.now())
        return cards.unblocked(name, was)

    async def blocks(self, asker: Asker) -> Card:
        """Who is blocked here now."""
        return cards.blocks(await self.kit.books.blocks(asker.guild, self.kit.clock.now()))

    async def _cancel(self, asker: Asker, user: int) -> int:
        await self.line.refresh()
        moderator = replace(asker, moderator=True)
        theirs = [
            job
            for job in self.line.living
            if job.requester == user and job.guild == asker.guild
            if job.state is not State.DELIVERING
        ]
        said = [await self.stopping.cancel(job.id, moderator) for job in theirs]
        return sum(card is None for card in said)

    async def _delete(self, asker: Asker, user: int) -> int:
        since = self.kit.clock.now() - CLEARED
        deleted = 0
        for channel, message in await self.kit.books.latest_posts(asker.guild, user, since):
            try:
                await self.kit.board.delete(channel, message)
            except BoardError as error:
                log.info("not deleted", message=message, why=type(error).__name__)
            else:
                deleted += 1
        return deleted
