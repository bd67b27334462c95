"""Answers of the message context menu."""

from __future__ import annotations

from typing import Final

from bot.core.drawing.image_metadata import ImageMetadata
from bot.core.text.escape import format_code_block, format_plain
from bot.core.ui.card import EMBED_TEXT_MAX, Embed, MessageCard

_NEGATIVE_MAX: Final = 1500
FACT_MAX: Final = 220


NO_PICTURE_CARD: Final = MessageCard("That message has no picture I can read (PNG, JPEG or WebP).")
NO_TEXT_CARD: Final = MessageCard("That message has no words to draw.")
NO_METADATA_CARD: Final = MessageCard(
    "No settings are stored in that picture. The program that made it didn't "
    "save any, or they were removed along the way."
)
UNREADABLE_METADATA_CARD: Final = MessageCard(
    "Something is written in that picture, but I can't read settings from it. I know how SwarmUI, "
    "AUTOMATIC1111, Forge, ComfyUI, NovelAI, InvokeAI, Fooocus, Easy Diffusion and Draw Things "
    "write theirs."
)
HIDDEN_METADATA_CARD: Final = MessageCard(
    "I can't show the settings stored in that picture here (this server's word rules)."
)


def metadata_card(recipe: ImageMetadata) -> MessageCard:
    """Show a picture's parameters in a block to copy."""
    lines = [f"{format_plain(n, 60)}: {format_plain(v, FACT_MAX)}" for n, v in recipe.facts]
    note = "Anyone can write anything into a picture."
    panel = parameters_embed(lines, recipe.negative, recipe.prompt or "(none)", note)
    return MessageCard(f"Settings stored in this picture by {recipe.program}:", panel)


def parameters_embed(lines: list[str], negative: str, prompt: str, footer: str = "") -> Embed:
    """Show parameters in a block to copy. The words come last, because a long block is cut."""
    if negative:
        lines = [*lines, f"Negative: {format_plain(negative, _NEGATIVE_MAX)}"]
    block = format_code_block("\n".join([*lines, f"Prompt: {prompt}"]), EMBED_TEXT_MAX)
    return Embed("Parameters", block, footer=footer)
