"""
How an answer goes back to the person, within Discord's three seconds.

Nothing is sent before the desk has decided, for the first answer fixes who can see it: a refusal
is private, an acceptance as public as the job. Where deciding takes longer than the patience
(1.5 s), the answer is deferred, publicly unless privacy was asked for; where that turns out to be
the wrong audience, the deferred answer is deleted and the right one follows.

    in time   accepted   the queued card is the first answer
              refused    a private first answer
    too slow  accepted   the deferred answer becomes the queued card
              refused    the deferred answer goes, a private one follows

A private card goes by its interaction or not at all: the bot's own token reaches everybody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from typing import Any, Final, TypeVar

import aiohttp
import discord
import structlog

from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.render.message import render_card
from bot.core.errors import MessageError
from bot.core.jobs.model import Post
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.drawing.requests import (
    AcceptedRequest,
    DeclinedRequest,
    DrawingRequests,
    RequestResult,
)
from bot.flow.ports import Messages

log = structlog.stdlib.get_logger(__name__)
T = TypeVar("T")
ANSWER_DEADLINE_S: Final = 1.5
UNKNOWN_INTERACTION: Final = 10062
DEAD_CODES: Final = (UNKNOWN_INTERACTION, 40060)
"""Codes of an interaction that can take no first answer: too late, or answered already."""
UNSURE_ERRORS: Final = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What may be raised although Discord has taken the message."""


class InteractionResponder:
    """Speaks to people on behalf of every command, button and form."""

    def __init__(
        self, desk: DrawingRequests, board: Messages, *, patience_s: float = ANSWER_DEADLINE_S
    ) -> None:
        self._desk, self._board, self._patience_s = desk, board, patience_s

    @property
    def deadline_s(self) -> float:
        """Seconds that a decision may take before something else is said first."""
        return self._patience_s

    async def answer_job(
        self,
        interaction: BotInteraction,
        asking: Coroutine[Any, Any, RequestResult],
        *,
        private: bool = False,
    ) -> None:
        """Answer something that may start a job, with its card or a private refusal.

        `private` says for whom the answer is while nothing is decided. An event that was seen
        before (`created` False) is answered with nothing: its card exists.
        """
        deciding = asyncio.create_task(self._decide_answer(interaction, asking), name="deciding")
        try:
            if await self._is_in_time(deciding):
                await self._send_first(interaction, *deciding.result())
                return
            deferred = await self._defer_answer(interaction, private=private)
            try:
                answer, post = await deciding
            except BaseException:
                if deferred:
                    with contextlib.suppress(discord.HTTPException):
                        await interaction.delete_original_response()
                raise
            await self._send_late(interaction, answer, post, deferred=deferred, private=private)
        finally:
            deciding.cancel()

    async def answer_privately(
        self, interaction: BotInteraction, asking: Coroutine[Any, Any, MessageCard | None]
    ) -> bool:
        """Answer privately; None means that everything is said already (a button's press only).

        Returns whether something was said.
        """
        deciding = asyncio.create_task(asking, name="answering")
        pressed = interaction.type is discord.InteractionType.component
        try:
            if await self._is_in_time(deciding):
                if (card := deciding.result()) is not None:
                    await self.send_private(interaction, card)
                    return True
                await _acknowledge_press(interaction)
                return False
            if pressed:
                await _acknowledge_press(interaction)
            else:
                await interaction.response.defer(ephemeral=True)
            if (card := await deciding) is not None:
                await send_follow_up(interaction, card)
            return card is not None
        finally:
            deciding.cancel()

    async def send_private(self, interaction: BotInteraction, card: MessageCard) -> None:
        """Say one card privately, at once. An interaction that has died meanwhile is let go."""
        with ignore_dead_interaction(interaction):
            await interaction.response.send_message(**render_card(card).to_send(), ephemeral=True)

    async def delete_answer(self, interaction: BotInteraction) -> None:
        """Take away the private message whose button was pressed and acknowledged."""
        with contextlib.suppress(discord.HTTPException):
            await interaction.delete_original_response()

    async def open_form(self, interaction: BotInteraction, form: discord.ui.Modal) -> None:
        """Open a form. It must be finished, or its submission would be answered twice."""
        assert form.is_finished()
        with ignore_dead_interaction(interaction):
            await interaction.response.send_modal(form)

    async def _is_in_time(self, deciding: asyncio.Task[T]) -> bool:
        done, _ = await asyncio.wait({deciding}, timeout=self._patience_s)
        return bool(done)

    async def _decide_answer(
        self, interaction: BotInteraction, asking: Coroutine[Any, Any, RequestResult]
    ) -> tuple[RequestResult, Post | None]:
        """The decision and, for a new job, the intent to post its card: both before any answer."""
        answer = await asking
        if isinstance(answer, DeclinedRequest) or not answer.created:
            return answer, None
        post = await self._desk.record_message_intent(
            answer.job,
            interaction.channel_id or answer.job.channel,
            token=interaction.token,
            token_until=interaction.expires_at,
            upload_limit=interaction.filesize_limit,
        )
        return answer, post

    async def _send_first(
        self, interaction: BotInteraction, answer: RequestResult, post: Post | None
    ) -> None:
        if isinstance(answer, DeclinedRequest):
            await self.send_private(interaction, answer.card)
        elif post is not None:
            try:
                sent = await interaction.response.send_message(
                    **render_card(answer.card).to_send(), ephemeral=answer.job.order.private
                )
            except UNSURE_ERRORS as error:
                await self._send_without_interaction(answer, post, error)
                return
            assert sent.message_id is not None
            await self._desk.track_status_message(post, sent.message_id)

    async def _send_late(
        self,
        interaction: BotInteraction,
        answer: RequestResult,
        post: Post | None,
        *,
        deferred: bool,
        private: bool,
    ) -> None:
        if isinstance(answer, AcceptedRequest) and post is not None:
            if not deferred:
                await self._send_without_interaction(answer, post, None)
                return
            try:
                if answer.job.order.private is private:
                    sent = await interaction.edit_original_response(
                        **render_card(answer.card).to_edit()
                    )
                    message = sent.id
                else:
                    await interaction.delete_original_response()
                    message = await send_follow_up(
                        interaction, answer.card, private=answer.job.order.private
                    )
            except UNSURE_ERRORS as error:
                await self._send_without_interaction(answer, post, error)
                return
            await self._desk.track_status_message(post, message)
            return
        if not deferred:
            return
        # In this order: while the deferred answer stands, the first follow-up takes its place, and
        # is as public as it was.
        await interaction.delete_original_response()
        if isinstance(answer, DeclinedRequest):
            await send_follow_up(interaction, answer.card)

    async def _defer_answer(self, interaction: BotInteraction, *, private: bool) -> bool:
        """Show that we think; False when the interaction is dead already."""
        with ignore_dead_interaction(interaction):
            await interaction.response.defer(thinking=True, ephemeral=private)
            return True
        return False

    async def _send_without_interaction(
        self, accepted: AcceptedRequest, post: Post, error: Exception | None
    ) -> None:
        """The job lives, but its interaction does not: the card goes by the bot's own token.

        Discord may have taken the first answer in spite of the error, so it is looked for first.
        """
        if accepted.job.order.private:
            log.warning("private job without a card", job=accepted.job.id, why=repr(error))
            self._desk.abandon_status_message(accepted.job.id)
            return
        log.warning("card goes without its interaction", job=accepted.job.id, why=repr(error))
        try:
            message = await self._board.find_message(post) if _may_have_arrived(error) else None
            if message is None:
                # The interaction's token has no power over a message that it did not make.
                post = replace(post, token=None, token_until=None)
                message = await self._board.send_message(post, MessageContent(accepted.card))
        except MessageError as why:
            log.warning("card not posted", job=accepted.job.id, why=type(why).__name__)
            return
        await self._desk.track_status_message(post, message)


def _may_have_arrived(error: Exception | None) -> bool:
    """Whether the answer that met this error may have been taken all the same."""
    if error is None:
        return False
    return not (isinstance(error, discord.HTTPException) and error.code == UNKNOWN_INTERACTION)


async def send_follow_up(
    interaction: BotInteraction, card: MessageCard, *, private: bool = True
) -> int:
    """Say one more thing, after a first answer; returns the message's id."""
    made = render_card(card)
    sent = await interaction.followup.send(
        made.content or discord.utils.MISSING,
        embeds=list(made.embeds),
        view=made.view,
        allowed_mentions=made.allowed_mentions,
        ephemeral=private,
        wait=True,
    )
    return sent.id


async def _acknowledge_press(interaction: BotInteraction) -> None:
    """Take a press without a word: the message under it says what happened."""
    with ignore_dead_interaction(interaction):
        await interaction.response.defer()


@contextlib.contextmanager
def ignore_dead_interaction(interaction: BotInteraction) -> Iterator[None]:
    """Nothing more can be said to a dead interaction, and that is nobody's fault."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code not in DEAD_CODES:
            raise
        log.warning("answer came too late", interaction=interaction.id, code=error.code)
