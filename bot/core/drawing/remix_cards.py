"""What is said where people use a message's menu."""

from __future__ import annotations

from typing import Final

from bot.core.drawing.image_metadata import Recipe
from bot.core.text.escape import code_block, plain
from bot.core.ui.card import Card, Panel, Tone

PARAMETERS_MAX: Final = 4096
NEGATIVE_MAX: Final = 1500
FACT_MAX: Final = 220


def no_picture() -> Card:
    """A message without a picture that one can begin from."""
    return Card("There is no picture in that message that I can read: PNG, JPEG or WebP.")


def no_words() -> Card:
    """A message without words."""
    return Card("There are no words in that message to draw.")


def no_parameters() -> Card:
    """A picture with nothing written in it, or nothing that we know how to read."""
    return Card(
        "Nothing is written in that picture. It was drawn or saved by a program that writes no "
        "parameters, or they were taken out on the way."
    )


def not_here() -> Card:
    """Parameters whose words are not shown here."""
    return Card("I don't show what is written in that picture here (this server's word rules).")


def parameters(recipe: Recipe) -> Card:
    """What somebody's picture says of itself, in a block that people can copy."""
    lines = [f"{plain(name, 60)}: {plain(value, FACT_MAX)}" for name, value in recipe.facts]
    # The words come last: where all of it is too long for a panel, they are what is cut.
    if recipe.negative:
        lines.append(f"Negative: {plain(recipe.negative, NEGATIVE_MAX)}")
    lines.append(f"Prompt: {recipe.prompt or '(none)'}")
    block = code_block("\n".join(lines), PARAMETERS_MAX)
    return Card(
        f"What is written in this picture, by {recipe.program}:",
        Panel("Parameters", block, Tone.CALM, footer="Anybody can write anything into a picture."),
    )
