"""What the bot says when it comes into a server, and to whoever presses what stands below."""

from __future__ import annotations

from typing import Final

from bot.core.text.format import plural
from bot.core.ui.card import Button, Card, Style

FIRST: Final = "a friendly robot painter waving hello, holding a brush, warm light"


def greeting(day: int | None) -> Card:
    """How to draw, in one screen, without a panel: some servers forbid those. Rings nobody.

    `day` is how many pictures everybody may have, None for no limit.
    """
    if day is None:
        share = "Draw as much as you like"
    else:
        share = f"Everybody has {plural(day, 'picture')} a day"
    return Card(
        "Hello! I draw what you describe.\n"
        "**Draw:** type `/imagine`, then what you want to see: *a red fox in the snow*.\n"
        "**Go on:** the buttons below a picture draw it again, vary it or delete it.\n"
        f"**How much:** {share}; `/quota` says what is left, `/help` the rest.\n"
        "-# For moderators: *Set up* chooses channels, models and words; `/limits` who may draw "
        "how much.",
        buttons=(
            Button("welcome", "Draw one", "draw", style=Style.PRIMARY),
            Button("welcome", "Set up", "setup"),
        ),
    )


def not_yours_to_set_up() -> Card:
    """Somebody without Manage Server pressed Set up."""
    return Card(
        "Setting up is for those who manage this server (*Manage Server*). "
        "Everybody can draw: try `/imagine`."
    )
