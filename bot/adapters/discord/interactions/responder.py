"""Answers to interactions, within Discord's three seconds or deferred.

Every command, button and form is answered here. An answer that takes longer than the patience
(1.5 s) is deferred first and sent when it is ready.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum, auto
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import discord
import structlog

from bot.adapters.discord import discord_internals
from bot.adapters.discord.interactions import sending
from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.interactions.job_reply import InteractionReply
from bot.adapters.discord.render.message import render_card, render_content
from bot.adapters.discord.rest.errors import translate_errors
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.drawing.requests import DeclinedRequest, DrawingRequests, RequestResult

ANSWER_DEADLINE_S: Final = 1.5
log = structlog.stdlib.get_logger(__name__)
T = TypeVar("T")
SendFiles: TypeAlias = Callable[[MessageContent], Awaitable[None]]


class Rendered(Protocol):
    """Message in discord.py's arguments, for a new message or an edit."""

    def to_send(self) -> Any: ...
    def to_edit(self) -> Any: ...


class _Place(Enum):
    NEW = auto()  # a private message of its own
    BESIDE = auto()  # the same, beside the message whose button was pressed
    PRESSED = auto()  # the message whose button was pressed


_Send: TypeAlias = Callable[[BotInteraction, Rendered, _Place], Awaitable[None]]


class InteractionResponder:
    """One responder for every command, button and form."""

    def __init__(self, requests: DrawingRequests, *, patience_s: float = ANSWER_DEADLINE_S) -> None:
        self._requests, self._patience_s = requests, patience_s

    async def answer_job(
        self,
        interaction: BotInteraction,
        asking: Coroutine[Any, Any, RequestResult],
        *,
        private: bool = False,
    ) -> None:
        """Answer what may start a job, with its card or a private refusal.

        `private` is the audience before the decision. An event that was seen before is answered
        with nothing, because its card exists.
        """
        reply = InteractionReply(interaction, private=private)
        deferring = asyncio.create_task(reply.defer_after(self._patience_s), name="deferring")
        try:
            answer = await asking
            if isinstance(answer, DeclinedRequest):
                await reply.send_notice(answer.card)
            else:
                await self._requests.post_status_card(answer, reply)
        finally:
            await reply.withdraw()
            deferring.cancel()

    async def answer_privately(
        self, interaction: BotInteraction, asking: Coroutine[Any, Any, MessageCard | None]
    ) -> bool:
        """Answer with a private card. None only acknowledges a press.

        Returns True if there was a card, even if it came too late to be sent.
        """
        is_command = interaction.type is discord.InteractionType.application_command
        place = _Place.NEW if is_command else _Place.BESIDE
        return await self._respond(interaction, asking, render_card, place)

    async def show_panel(
        self,
        interaction: BotInteraction,
        asking: Coroutine[Any, Any, T],
        render: Callable[[T], Rendered],
        *,
        in_new_message: bool = False,
    ) -> None:
        """Answer with a private panel, in place of the one whose component was pressed."""
        in_place = interaction.message is not None and not in_new_message
        place = _Place.PRESSED if in_place else _Place.NEW
        await self._respond(interaction, asking, render, place)

    async def send_files(
        self,
        interaction: BotInteraction,
        asking: Callable[[SendFiles], Coroutine[Any, Any, MessageCard | None]],
    ) -> None:
        """Answer with private messages that have files, or with a card that says why not.

        Finding files may take long, so the answer is deferred at once.
        """
        is_alive = False
        with sending.ignore_dead_interaction(interaction):
            await interaction.response.defer(ephemeral=True, thinking=True)
            is_alive = True
        if not is_alive:
            return

        async def send(shown: MessageContent) -> None:
            with translate_errors(by_token=True):
                await sending.send_rendered_follow_up(interaction, render_content(shown))

        if (card := await asking(send)) is not None:
            await sending.send_follow_up(interaction, card)

    async def send_private(self, interaction: BotInteraction, card: MessageCard) -> None:
        """Answer with one private card at once."""
        await sending.send_private(interaction, card)

    async def delete_answer(self, interaction: BotInteraction) -> None:
        """Delete the private message whose button was pressed and acknowledged."""
        with contextlib.suppress(discord.HTTPException):
            await interaction.delete_original_response()

    async def open_form(self, interaction: BotInteraction, form: discord.ui.Modal) -> None:
        """Open a form. It must be finished, or its submission would be answered twice."""
        assert form.is_finished()
        with sending.ignore_dead_interaction(interaction):
            await interaction.response.send_modal(form)

    async def _respond(
        self,
        interaction: BotInteraction,
        asking: Coroutine[Any, Any, T | None],
        render: Callable[[T], Rendered],
        place: _Place,
    ) -> bool:
        work = asyncio.create_task(asking, name="answering")
        try:
            in_time, _ = await asyncio.wait({work}, timeout=self._patience_s)
            send: _Send | None = _send_first
            if not in_time or work.result() is None:
                send = await self._defer(interaction, place)
            # A change is finished even if nobody can be told of it.
            if (value := await work) is None:
                return False
            if send is not None:
                with sending.ignore_dead_interaction(interaction):
                    await send(interaction, render(value), place)
            return True
        finally:
            work.cancel()

    async def _defer(self, interaction: BotInteraction, place: _Place) -> _Send | None:
        """Defer the answer and return the way to send it, or None if Discord takes none any more.

        After an error, the deferral may have arrived all the same.
        """
        is_new = place is _Place.NEW
        try:
            await interaction.response.defer(ephemeral=is_new, thinking=is_new)
        except sending.UNSURE_ERRORS as error:
            log.warning("not deferred", interaction=interaction.id, why=repr(error))
            return None if sending.is_unknown(error) else _send_unsure
        return _send_late


async def _send_unsure(interaction: BotInteraction, made: Rendered, place: _Place) -> None:
    try:
        await _send_first(interaction, made, place)
    except discord.HTTPException as error:
        if error.code != sending.ALREADY_ANSWERED:
            raise
        await _send_late(interaction, made, place)


async def _send_first(interaction: BotInteraction, made: Rendered, place: _Place) -> None:
    if place is _Place.PRESSED:
        await interaction.response.edit_message(**made.to_edit())
    else:
        await interaction.response.send_message(**made.to_send(), ephemeral=True)


async def _send_late(interaction: BotInteraction, made: Rendered, place: _Place) -> None:
    if place is _Place.BESIDE:
        await interaction.followup.send(**made.to_send(), ephemeral=True, wait=True)
    else:
        await discord_internals.edit_first_answer(interaction, **made.to_edit())
