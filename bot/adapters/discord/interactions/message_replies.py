"""Public replies to plain messages, short and without a ping.

Where the bot may not write or react, it does not try.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Final

import aiohttp
import discord
import structlog

from bot.adapters.discord.interactions.context import can_react, can_reply
from bot.adapters.discord.render.message import render_card
from bot.core.errors import MessageError
from bot.core.jobs.model import Post, ReplyAddress
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.ports import Messages, Reply

log = structlog.stdlib.get_logger(__name__)
BUSY_EMOJI: Final = "⏳"
NOTICE_LASTS_S: Final = 15.0
SEND_ERRORS: Final = (discord.HTTPException, aiohttp.ClientError, OSError)
"""Errors of a reply, which nobody waits for."""


class MessageReplies:
    """Replies to members who wrote a message."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def reply_to(self, message: discord.Message) -> Reply:
        """Return the flow's way to reply to a message with a job's card."""
        return _MessageReply(message, self, self._messages)

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


class _MessageReply:
    """Public reply to a message. Implements `Reply`."""

    def __init__(
        self, message: discord.Message, replies: MessageReplies, messages: Messages
    ) -> None:
        self._message, self._replies, self._messages = message, replies, messages

    @property
    def address(self) -> ReplyAddress:
        """Return the message's channel."""
        return ReplyAddress(self._message.channel.id)

    async def send_card(self, post: Post, card: MessageCard) -> Post | None:
        """Reply with a job's card. Without one, the picture comes as a new message."""
        content, message = MessageContent(card), self._message.id
        try:
            sent = await self._messages.send_message(post, content, reply_to=message)
        except MessageError as error:
            log.warning("card not posted", job=post.job, why=type(error).__name__)
            return None
        return replace(post, message=sent)

    async def send_notice(self, card: MessageCard) -> None:
        """Reply with a short notice that is deleted later."""
        await self._replies.send_reply(self._message, card, for_s=NOTICE_LASTS_S)
