"""Reply to an interaction that may start a job, as the flow's port `Reply`.

The first answer fixes who can see it, so nothing is sent before the decision: a refusal is private,
an accepted job is as public as it asks to be. A slow decision defers the answer, publicly unless
privacy was asked for. If that turns out to be the wrong audience, the deferred answer is deleted:

    in time   accepted   the queued card is the first answer
              refused    a private first answer
    too slow  accepted   the deferred answer becomes the queued card
              refused    the deferred answer is deleted, a private one follows

A private card needs its interaction, because the bot's own token reaches everybody.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from enum import Enum, auto
from typing import Final

import aiohttp
import discord
import structlog

from bot.adapters.discord.interactions import sending
from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.render.message import render_card
from bot.core.errors import MessageError
from bot.core.jobs.model import Post, ReplyAddress
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.ports import Messages

log = structlog.stdlib.get_logger(__name__)
UNSURE_ERRORS: Final = (discord.HTTPException, aiohttp.ClientError, OSError)
"""Errors after which Discord may have taken the message."""


class _ReplyState(Enum):
    WAITING = auto()
    DEFERRED = auto()
    DEAD = auto()
    SENT = auto()


class InteractionReply:
    """One answer to an interaction. Implements `Reply`.

    `private` is the audience of a deferred answer, before the decision.
    """

    def __init__(self, interaction: BotInteraction, messages: Messages, *, private: bool) -> None:
        self._interaction, self._messages, self._private = interaction, messages, private
        self._state, self._lock = _ReplyState.WAITING, asyncio.Lock()

    @property
    def address(self) -> ReplyAddress:
        """Return the channel and token of the interaction."""
        interaction = self._interaction
        return ReplyAddress(
            interaction.channel_id or 0,
            interaction.token,
            interaction.expires_at,
            interaction.filesize_limit,
        )

    async def defer_after(self, seconds: float) -> None:
        """Defer the answer if nothing was sent by then."""
        await asyncio.sleep(seconds)
        async with self._lock:
            if self._state is _ReplyState.WAITING:
                self._state = _ReplyState.DEAD
                with sending.ignore_dead_interaction(self._interaction):
                    await self._interaction.response.defer(thinking=True, ephemeral=self._private)
                    self._state = _ReplyState.DEFERRED

    async def send_card(self, post: Post, card: MessageCard) -> Post | None:
        """Send a job's status card and return its post, or None if it could not be sent."""
        async with self._lock:
            state, self._state = self._state, _ReplyState.SENT
            if state is _ReplyState.DEAD:
                return await self._send_as_bot(post, card, None)
            try:
                return replace(post, message=await self._send(post, card, state))
            except UNSURE_ERRORS as error:
                return await self._send_as_bot(post, card, error)

    async def send_notice(self, card: MessageCard) -> None:
        """Send a private card that belongs to no job."""
        async with self._lock:
            state, self._state = self._state, _ReplyState.SENT
            if state is _ReplyState.WAITING:
                await sending.send_private(self._interaction, card)
            elif state is _ReplyState.DEFERRED:
                # The first follow-up would replace a deferred answer and be as public as it.
                await self._interaction.delete_original_response()
                await sending.send_follow_up(self._interaction, card)

    async def withdraw(self) -> None:
        """Delete a deferred answer that has nothing to say."""
        async with self._lock:
            if self._state is _ReplyState.DEFERRED:
                self._state = _ReplyState.SENT
                with contextlib.suppress(discord.HTTPException):
                    await self._interaction.delete_original_response()

    async def _send(self, post: Post, card: MessageCard, state: _ReplyState) -> int:
        made = render_card(card)
        if state is _ReplyState.WAITING:
            answer = self._interaction.response
            sent = await answer.send_message(**made.to_send(), ephemeral=post.private)
            assert sent.message_id is not None
            return sent.message_id
        if post.private is self._private:
            return await sending.edit_answer(self._interaction, made.to_edit())
        await self._interaction.delete_original_response()
        return await sending.send_follow_up(self._interaction, card, private=post.private)

    async def _send_as_bot(
        self, post: Post, card: MessageCard, error: Exception | None
    ) -> Post | None:
        """Send a public card with the bot's token, unless Discord took the first answer."""
        if post.private:
            log.warning("private job without a card", job=post.job, why=repr(error))
            return None
        log.warning("card goes without its interaction", job=post.job, why=repr(error))
        try:
            if _may_have_arrived(error):
                found = await self._messages.find_message(post)
                if found is not None:
                    return replace(post, message=found)
            # The interaction's token has no power over a message that it did not make.
            post = replace(post, token=None, token_until=None)
            sent = await self._messages.send_message(post, MessageContent(card))
            return replace(post, message=sent)
        except MessageError as why:
            log.warning("card not posted", job=post.job, why=type(why).__name__)
            return None


def _may_have_arrived(error: Exception | None) -> bool:
    if error is None:
        return False
    return not (
        isinstance(error, discord.HTTPException) and error.code == sending.UNKNOWN_INTERACTION
    )
