"""Reply to an interaction that may start a job, as the flow's port `Reply`.

The first answer fixes who can see it, so nothing is sent before the decision: a refusal is private,
an accepted job is as public as it asks to be. A slow decision defers the answer, publicly unless
privacy was asked for. If that turns out to be the wrong audience, the deferred answer is deleted:

    in time   accepted   the queued card is the first answer
              refused    a private first answer
    too slow  accepted   the deferred answer becomes the queued card
              refused    the deferred answer is deleted, a private one follows

After an error the first answer is read, because it may have arrived. If there is none, Discord has
told the person that the interaction failed, and the job is called off.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import Enum, auto
from typing import Final

import discord
import structlog

from bot.adapters.discord import discord_internals
from bot.adapters.discord.interactions import sending
from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.render.message import render_card
from bot.core.errors import RequestUnseen
from bot.core.jobs.model import Post, ReplyAddress
from bot.core.ui.card import MessageCard

log = structlog.stdlib.get_logger(__name__)
TRIES: Final = 2


class _ReplyState(Enum):
    WAITING = auto()
    DEFERRED = auto()
    UNSURE = auto()  # the deferral failed, but may have arrived
    DEAD = auto()
    SENT = auto()


class InteractionReply:
    """One answer to an interaction. Implements `Reply`.

    `private` is the audience of a deferred answer, before the decision.
    """

    def __init__(self, interaction: BotInteraction, *, private: bool) -> None:
        self._interaction, self._private = interaction, private
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
                self._state = await self._defer()

    async def _defer(self) -> _ReplyState:
        try:
            await self._interaction.response.defer(thinking=True, ephemeral=self._private)
        except sending.UNSURE_ERRORS as error:
            log.warning("not deferred", interaction=self._interaction.id, why=repr(error))
            return _ReplyState.DEAD if sending.is_unknown(error) else _ReplyState.UNSURE
        return _ReplyState.DEFERRED

    async def send_card(self, post: Post, card: MessageCard) -> Post | None:
        """Send a job's status card and return its post, or None if nobody knows whether it arrived.

        Raises RequestUnseen if the person saw nothing of an answer.
        """
        async with self._lock:
            state, self._state = self._state, _ReplyState.SENT
            if state is _ReplyState.DEAD:
                raise RequestUnseen("too late to defer")
            return await self._send_or_find(post, card, was_deferred=state is _ReplyState.DEFERRED)

    async def send_notice(self, card: MessageCard) -> None:
        """Send a private card that belongs to no job."""
        async with self._lock:
            state, self._state = self._state, _ReplyState.SENT
            # The first follow-up would replace a deferred answer and be as public as it.
            if state is _ReplyState.DEFERRED:
                await self._interaction.delete_original_response()
            if state is _ReplyState.UNSURE and await self._delete_answer():
                state = _ReplyState.DEFERRED
            if state is _ReplyState.DEFERRED:
                await sending.send_follow_up(self._interaction, card)
            elif state in (_ReplyState.WAITING, _ReplyState.UNSURE):
                await sending.send_private(self._interaction, card)

    async def withdraw(self) -> None:
        """Delete a deferred answer that has nothing to say."""
        async with self._lock:
            if self._state in (_ReplyState.DEFERRED, _ReplyState.UNSURE):
                self._state = _ReplyState.SENT
                await self._delete_answer()

    async def _delete_answer(self) -> bool:
        try:
            await self._interaction.delete_original_response()
        except sending.UNSURE_ERRORS:
            return False
        return True

    async def _send(self, post: Post, card: MessageCard) -> int:
        """Send the card as the first answer and return its message."""
        answer = self._interaction.response
        sent = await answer.send_message(**render_card(card).to_send(), ephemeral=post.private)
        assert sent.message_id is not None
        return sent.message_id

    async def _fill(self, post: Post, card: MessageCard) -> int:
        """Put the card in the place of the deferred answer and return its message."""
        if post.private is self._private:
            made = render_card(card)
            return await discord_internals.edit_first_answer(self._interaction, **made.to_edit())
        await self._interaction.delete_original_response()
        return await sending.send_follow_up(self._interaction, card, private=post.private)

    async def _send_or_find(
        self, post: Post, card: MessageCard, *, was_deferred: bool
    ) -> Post | None:
        """Send the card, after an error once more if it did not arrive.

        A first answer that is neither the card nor a deferral is that of another process.
        """
        for _ in range(TRIES):
            try:
                message = await (self._fill if was_deferred else self._send)(post, card)
                return replace(post, message=message)
            except sending.UNSURE_ERRORS as error:
                log.warning("card not sent", job=post.job, why=repr(error))
                if not was_deferred and sending.is_unknown(error):
                    break
            try:
                found = await self._interaction.original_response()
            except discord.NotFound:
                continue
            except (*sending.UNSURE_ERRORS, discord.ClientException) as error:
                log.warning("first answer not read", job=post.job, why=repr(error))
                return None
            if _is_card_of(post, found):
                return replace(post, message=found.id)
            if not found.flags.loading:
                break
            was_deferred = True
        if was_deferred:  # the last edit by token fills it
            return None
        raise RequestUnseen("there is no first answer of this job")


def _is_card_of(post: Post, message: discord.InteractionMessage) -> bool:
    parts = (part for row in message.components for part in getattr(row, "children", ()))
    return any(str(getattr(part, "custom_id", "")).endswith(f":{post.job}") for part in parts)
