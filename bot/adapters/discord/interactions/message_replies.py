"""Public replies to plain messages, short and without a ping.

Where the bot may not write or react, it does not try.
"""

from __future__ import annotations

import contextlib
from typing import Final

import aiohttp
import discord
import structlog

from bot.adapters.discord.interactions.context import can_react, can_reply
from bot.adapters.discord.render.message import render_card
from bot.core.errors import MessageError
from bot.core.jobs import answers as job_answers
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.drawing.requests import AcceptedRequest, DrawingRequests
from bot.flow.ports import Messages

log = structlog.stdlib.get_logger(__name__)
BUSY_EMOJI: Final = "⏳"
NOTICE_LASTS_S: Final = 15.0
SEND_ERRORS: Final = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a reply may meet on its way; nobody waits for it, so nobody is told."""


class MessageReplies:
    """Speaks to those who wrote a message."""

    def __init__(self, desk: DrawingRequests, board: Messages) -> None:
        self._desk, self._board = desk, board

    async def send_job_card(self, message: discord.Message, accepted: AcceptedRequest) -> None:
        """Reply with the card of a new job. One that was seen before has its card already.

        A private one has no card in the channel: its pictures come by direct message.
        """
        if not accepted.created:
            return
        if accepted.job.order.private:
            self._desk.abandon_status_message(accepted.job.id)
            await self.send_reply(message, job_answers.private_reply_card(), for_s=NOTICE_LASTS_S)
            return
        post = await self._desk.record_message_intent(accepted.job, message.channel.id)
        try:
            card = await self._board.send_message(
                post, MessageContent(accepted.card), reply_to=message.id
            )
        except MessageError as error:
            # The job lives all the same: its picture comes as a new message.
            log.warning("card not posted", job=accepted.job.id, why=type(error).__name__)
            return
        await self._desk.track_status_message(post, card)

    async def send_reply(
        self, message: discord.Message, card: MessageCard, *, for_s: float | None = None
    ) -> bool:
        """Reply with a card for `for_s` seconds or for good, or False if not allowed."""
        if not can_reply(message):
            return False
        with contextlib.suppress(*SEND_ERRORS):
            said = await message.reply(**render_card(card).to_send(), mention_author=False)
            if for_s is not None:
                await said.delete(delay=for_s)
        return True

    async def react_busy(self, message: discord.Message) -> None:
        """Add an hourglass reaction as a refusal without a message."""
        if can_react(message):
            with contextlib.suppress(*SEND_ERRORS):
                await message.add_reaction(BUSY_EMOJI)
