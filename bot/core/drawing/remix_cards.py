"""Answers of the message context menu."""

from __future__ import annotations

from typing import Final

from bot.core.drawing.image_metadata import ImageMetadata
from bot.core.text.escape import format_code_block, format_plain
from bot.core.ui.card import CardTone, Embed, MessageCard

METADATA_LENGTH_MAX: Final = 4096
METADATA_NEGATIVE_MAX: Final = 1500
FACT_MAX: Final = 220


def no_picture_card() -> MessageCard:
    """Say that the message has no usable picture."""
    return MessageCard("That message has no picture that I can read (PNG, JPEG or WebP).")


def no_text_card() -> MessageCard:
    """Say that the message has no text."""
    return MessageCard("That message has no words to draw.")


def no_metadata_card() -> MessageCard:
    """Say that the picture has no readable parameters."""
    return MessageCard(
        "No settings are stored in that picture. The program that made it didn't "
        "save any, or they were removed along the way."
    )


def hidden_metadata_card() -> MessageCard:
    """Parameters whose words are not shown here."""
    return MessageCard(
        "I can't show the settings stored in that picture here (this server's word rules)."
    )


def metadata_card(recipe: ImageMetadata) -> MessageCard:
    """Show a picture's parameters in a block to copy."""
    lines = [
        f"{format_plain(name, 60)}: {format_plain(value, FACT_MAX)}" for name, value in recipe.facts
    ]
    # The words come last: where all of it is too long for a panel, they are what is cut.
    if recipe.negative:
        lines.append(f"Negative: {format_plain(recipe.negative, METADATA_NEGATIVE_MAX)}")
    lines.append(f"Prompt: {recipe.prompt or '(none)'}")
    block = format_code_block("\n".join(lines), METADATA_LENGTH_MAX)
    return MessageCard(
        f"Settings stored in this picture by {recipe.program}:",
        Embed(
            "Parameters", block, CardTone.CALM, footer="Anyone can write anything into a picture."
        ),
    )
