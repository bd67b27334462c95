"""The buttons of somebody's history, and the two ways in which they are answered.

A list is turned in place; files are handed over in private messages of their own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import discord
import structlog

from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.interactions.durable_buttons import LastingButton
from bot.adapters.discord.interactions.responder import DEAD_CODES, send_follow_up
from bot.adapters.discord.render.message import render_card, render_content
from bot.adapters.discord.rest.errors import translate_errors
from bot.core.history.cards import HistoryPageRef
from bot.core.ids import ID_PATTERN, JobId
from bot.core.ui.card import MessageCard, MessageContent

TEMPLATE: Final = (
    r"(?P<action>resend|delete|page):history:"
    rf"(?P<spot>[0-9]{{1,6}}(?:\.{ID_PATTERN})?):(?P<target>{ID_PATTERN})"
)
Send: TypeAlias = Callable[[MessageContent], Awaitable[None]]
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LeafPress:
    """A button of a history list was pressed. `spot` is the page it stands on, or leads to."""

    action: str
    target: JobId
    spot: HistoryPageRef


class LeafButton(LastingButton[LeafPress], template=TEMPLATE):
    """Any button of a history list."""

    event = "leaf_press"

    @staticmethod
    def read(match: re.Match[str]) -> LeafPress:
        """The action, and where in which list."""
        return LeafPress(
            match["action"], JobId(match["target"]), HistoryPageRef.from_text(match["spot"])
        )


async def turn(
    interaction: BotInteraction, asking: Coroutine[Any, Any, MessageCard], *, patience_s: float
) -> None:
    """Let the message under the pressed button say another card, in time or a little later."""
    deciding = asyncio.create_task(asking, name="turning")
    try:
        done, _ = await asyncio.wait({deciding}, timeout=patience_s)
        if done:
            made = render_card(deciding.result()).to_edit()
            await interaction.response.edit_message(**made)
            return
        await interaction.response.defer()
        await interaction.edit_original_response(**render_card(await deciding).to_edit())
    except discord.HTTPException as error:
        if error.code not in DEAD_CODES:
            raise
        log.warning("answer came too late", interaction=interaction.id, code=error.code)
    finally:
        deciding.cancel()


async def hand_over(
    interaction: BotInteraction, asking: Callable[[Send], Coroutine[Any, Any, MessageCard | None]]
) -> None:
    """Answer with private messages that have files, or with a card that says why there are none.

    Looking for files may take longer than a first answer may, so it is deferred at once.
    """
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except discord.HTTPException as error:
        if error.code not in DEAD_CODES:
            raise
        log.warning("answer came too late", interaction=interaction.id, code=error.code)
        return

    async def send(shown: MessageContent) -> None:
        made = render_content(shown)
        with translate_errors(by_token=True):
            await interaction.followup.send(
                made.content or discord.utils.MISSING,
                embeds=list(made.embeds),
                files=list(made.files),
                allowed_mentions=made.allowed_mentions,
                ephemeral=True,
                wait=True,
            )

    card = await asking(send)
    if card is not None:
        await send_follow_up(interaction, card)
