"""Blocks of members, for a while or for good.

Discord decides who may use these commands (Timeout Members, Integrations).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeAlias

import structlog

from bot.core import blocks as cards
from bot.core.drawing.request import RequestContext
from bot.core.errors import MessageError
from bot.core.jobs.job import State
from bot.core.ui.card import MessageCard
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.jobs.image_removal import ImageRemoval
from bot.flow.jobs.queue import JobQueue
from bot.flow.ports import BlockStore, HistoryStore, Messages
from bot.flow.runtime.clock import Clock

DeleteCheck: TypeAlias = Callable[[int], Awaitable[bool]]
"""Answers whether a moderator may delete other members' messages in a channel."""
CLEAR_WINDOW: Final = timedelta(hours=1)
REASON_MAX: Final = 200
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BlockCommands:
    """Service of the /block commands."""

    blocks: BlockStore
    history: HistoryStore
    messages: Messages
    clock: Clock
    queue: JobQueue
    cancellation: Cancellation
    removal: ImageRemoval

    async def block_member(
        self,
        asker: RequestContext,
        user: int,
        name: str,
        hours: int | None,
        reason: str,
        clear_where: DeleteCheck | None,
    ) -> MessageCard:
        """Block a member for some hours (None for good), at once.

        With `clear_where`, queued jobs are cancelled and returned, and images of the last hour are
        deleted in the channels that it allows, on SwarmUI as well, but stay charged.
        """
        if user == asker.user:
            return cards.SELF_BLOCK_CARD
        now = self.clock.now()
        until = None if hours is None else now + timedelta(hours=hours)
        await self.blocks.block_member(asker, user, until, reason.strip()[:REASON_MAX], now)
        log.info("blocked", guild=asker.guild, by=asker.user, hours=hours)
        cleared = None
        if clear_where is not None:
            cancelled = await self._cancel_jobs(asker, user)
            cleared = (cancelled, *await self._delete_posts(asker, user, clear_where))
        return cards.blocked_card(name, until, cleared)

    async def unblock_member(self, asker: RequestContext, user: int, name: str) -> MessageCard:
        """Let a member draw again."""
        was = await self.blocks.unblock_member(asker, user, self.clock.now())
        return cards.unblocked_card(name, was)

    async def list_blocks(self, asker: RequestContext) -> MessageCard:
        """List blocked members of the guild."""
        return cards.block_list_card(await self.blocks.list_blocks(asker.guild, self.clock.now()))

    async def _cancel_jobs(self, asker: RequestContext, user: int) -> int:
        await self.queue.refresh_jobs()
        moderator = replace(asker, can_moderate_members=True)  # whoever may block, may stop
        cancelled = 0
        for job in self.queue.living_jobs:
            theirs = job.requester == user and job.guild == asker.guild
            if theirs and job.state is not State.DELIVERING:
                cancelled += await self.cancellation.cancel_job(job.id, moderator) is None
        return cancelled

    async def _delete_posts(
        self, asker: RequestContext, user: int, may_delete: DeleteCheck
    ) -> tuple[int, int]:
        """Return how many messages were deleted, and how many the moderator may not delete."""
        since = self.clock.now() - CLEAR_WINDOW
        found = await self.history.list_recent_results(asker.guild, user, since)
        places = {channel for _, channel, _ in found}
        open_to = {channel: await may_delete(channel) for channel in places}
        deleted = 0
        for job in dict.fromkeys(job for job, channel, _ in found if open_to[channel]):
            await self.removal.remove_images(job)
        for _, channel, message in found:
            if not open_to[channel]:
                continue
            try:
                await self.messages.delete_message(channel, message)
            except MessageError as error:
                log.info("not deleted", message=message, why=type(error).__name__)
            else:
                deleted += 1
        return deleted, sum(not open_to[channel] for _, channel, _ in found)
