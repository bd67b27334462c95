"""Texts for a guild that the bot has just joined."""

from __future__ import annotations

from typing import Final

from bot.core.text.format import format_count
from bot.core.ui.card import ButtonStyle, CardButton, MessageCard

FIRST_PROMPT: Final = "a friendly robot painter waving hello, holding a brush, warm light"


def welcome_card(day: int | None) -> MessageCard:
    """Explain how to draw, without an embed, which some guilds forbid. Pings nobody.

    `day` is the daily limit, None for no limit.
    """
    if day is None:
        share = "Draw as much as you like"
    else:
        share = f"Everybody has {format_count(day, 'picture')} a day"
    return MessageCard(
        "Hello! I draw what you describe.\n"
        "**Draw:** type `/imagine`, then what you want to see: *a red fox in the snow*.\n"
        "**Go on:** the buttons below a picture draw it again, vary it or delete it.\n"
        f"**How much:** {share}; `/quota` says what is left, `/help` the rest.\n"
        "-# For moderators: *Set up* chooses channels, models and words; `/limits` who may draw "
        "how much.",
        buttons=(
            CardButton("welcome", "Draw one", "draw", style=ButtonStyle.PRIMARY),
            CardButton("welcome", "Set up", "setup"),
        ),
    )


def setup_denied_card() -> MessageCard:
    """Somebody without Manage Server pressed Set up."""
    return MessageCard(
        "Setting up is for those who manage this server (*Manage Server*). "
        "Everybody can draw: try `/imagine`."
    )
