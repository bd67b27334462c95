"""Low-level answers to an interaction, shared by replies and the responder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import aiohttp
import discord
import structlog

from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.render.message import RenderedMessage, render_card
from bot.core.ui.card import MessageCard

log = structlog.stdlib.get_logger(__name__)
UNKNOWN_INTERACTION: Final = 10062
ALREADY_ANSWERED: Final = 40060
DEAD_CODES: Final = (UNKNOWN_INTERACTION, ALREADY_ANSWERED)
"""Codes of an interaction that can take no first answer: too late, or answered already."""
UNSURE_ERRORS: Final = (discord.HTTPException, aiohttp.ClientError, OSError)
"""Errors after which Discord may have taken the answer."""


def is_unknown(error: Exception) -> bool:
    """Return True for Discord's error 10062. The interaction failed and nothing was shown."""
    return isinstance(error, discord.HTTPException) and error.code == UNKNOWN_INTERACTION


@contextlib.contextmanager
def ignore_dead_interaction(interaction: BotInteraction) -> Iterator[None]:
    """Log and ignore an answer that Discord refuses because it came too late."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code not in DEAD_CODES:
            raise
        log.warning("answer came too late", interaction=interaction.id, code=error.code)


async def send_private(interaction: BotInteraction, card: MessageCard) -> None:
    """Send one card as a private first answer."""
    with ignore_dead_interaction(interaction):
        await interaction.response.send_message(**render_card(card).to_send(), ephemeral=True)


async def send_follow_up(
    interaction: BotInteraction, card: MessageCard, *, private: bool = True
) -> int:
    """Send a card after the first answer and return the message's id."""
    return await send_rendered_follow_up(interaction, render_card(card), private=private)


async def send_rendered_follow_up(
    interaction: BotInteraction, made: RenderedMessage, *, private: bool = True
) -> int:
    """Send a message after the first answer and return its id."""
    sent = await interaction.followup.send(
        made.content or discord.utils.MISSING,
        embeds=list(made.embeds),
        files=list(made.files),
        view=made.view,
        allowed_mentions=made.allowed_mentions,
        ephemeral=private,
        wait=True,
    )
    return sent.id
