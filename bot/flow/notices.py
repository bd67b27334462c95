"""Sending of messages of no job, each once also over a crash.

A notice is recorded in the transaction of its cause and deleted when Discord has taken it. What is
left at a start was sent or not, so it is looked for first.
"""

from __future__ import annotations

import structlog

from bot.core.errors import DiscordUnavailable, MessageError
from bot.core.ids import NO_JOB
from bot.core.jobs.model import Post, Purpose
from bot.core.notices import SEND_WITHIN, Notice
from bot.core.ui.card import MessageContent
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

log = structlog.stdlib.get_logger(__name__)


class Notices:
    """Sender of recorded notices."""

    def __init__(self, ports: FlowPorts, context: FlowContext) -> None:
        self._store, self._messages, self._context = ports.stores.notices, ports.messages, context
        self._left: tuple[Notice, ...] = ()

    async def load_left(self) -> None:
        """See what the last process left. Before anything new is recorded."""
        self._left = await self._store.list_notices()

    async def resume(self) -> None:
        """Send what the last process left and Discord has not. Discord must be logged in."""
        left, self._left = self._left, ()
        for notice in left:
            if notice not in await self._store.list_notices():
                continue  # a newer one has replaced it
            try:
                if self._context.clock.now() - notice.made_at >= SEND_WITHIN:
                    log.info("notice given up", notice=notice.key)
                elif await self._find(notice) is None:
                    await self.send(notice)
            except MessageError as error:
                log.info("notice not sent", notice=notice.key, why=type(error).__name__)
            else:
                await self._store.delete_notice(notice.key)

    async def send(self, notice: Notice) -> None:
        """Send a notice and forget it. Raises MessageError.

        Where Discord is away it stays, and the next start sends it.
        """
        try:
            await self._messages.send_message(self._build_post(notice), MessageContent(notice.card))
        except DiscordUnavailable:
            raise
        except MessageError:
            await self._store.delete_notice(notice.key)
            raise
        await self._store.delete_notice(notice.key)

    async def _find(self, notice: Notice) -> int | None:
        return await self._messages.find_message(self._build_post(notice), card=notice.card)

    def _build_post(self, notice: Notice) -> Post:
        nonce = self._context.ids.new_nonce()
        return Post(NO_JOB, Purpose.STATUS, nonce, notice.channel, notice.made_at)
