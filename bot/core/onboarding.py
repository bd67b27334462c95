"""Texts for a guild that the bot has just joined."""

from __future__ import annotations

from typing import Final

from bot.core.text.format import format_count
from bot.core.ui.card import ButtonStyle, CardButton, MessageCard

FIRST_PROMPT: Final = "a friendly robot painter waving hello, holding a brush, warm light"


SETUP_DENIED_CARD: Final = MessageCard(
    "Only people with *Manage Server* can set me up. Everyone can draw: try `/imagine`."
)


def welcome_card(day: int | None) -> MessageCard:
    """Explain how to draw. `day` is the daily limit. Some guilds forbid embeds."""
    if day is None:
        share = "Draw as much as you like"
    else:
        share = f"Everyone gets {format_count(day, 'picture')} a day"
    return MessageCard(
        "Hi! Describe it and I'll draw it.\nType `/imagine`, then what you want to "
        "see: *a red fox in the snow*.\nUse the buttons under a picture to vary, "
        f"upscale or edit it.\n{share} (`/quota`). `/help` has the rest.\n-# "
        "Moderators: press **Set up** for channels, models and safety, `/limits set` "
        "for limits.",
        buttons=(
            CardButton("welcome", "Draw one", "draw", style=ButtonStyle.PRIMARY),
            CardButton("welcome", "Set up", "setup"),
        ),
    )
