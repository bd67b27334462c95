"""Rendering of the /models page as classic embeds, whose images an edit can replace.

A message that gets files by an edit must be a classic message, because Components V2 loses them.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

import discord

from bot.adapters.discord.render.message import (
    COLOURS,
    RenderedMessage,
    allowed_mentions,
    render_button,
)
from bot.core.models import ModelPage
from bot.core.ui.card import CardTone
from bot.flow.models import ModelPageImages

COLOUR: Final = COLOURS[CardTone.CALM]


def render_model_page(exhibit: ModelPageImages) -> RenderedMessage:
    """Build the message of a page with its images."""
    shown = exhibit.page
    embeds, files = [], []
    for tile in shown.tiles:
        embed = discord.Embed(title=tile.title, description=tile.body, colour=COLOUR)
        if data := exhibit.pictures.get(tile.key):
            name = f"{tile.key}.jpg"
            files.append(discord.File(BytesIO(data), filename=name, description="An example"))
            if tile.large:
                embed.set_image(url=f"attachment://{name}")
            else:
                embed.set_thumbnail(url=f"attachment://{name}")
        embeds.append(embed)
    return RenderedMessage(
        shown.content, tuple(embeds), tuple(files), _render_view(shown), allowed_mentions(None)
    )


def _render_view(shown: ModelPage) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if shown.choices:
        options = [
            discord.SelectOption(
                label=one.label or one.value, value=one.value, description=one.description or None
            )
            for one in shown.choices
        ]
        menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            custom_id=shown.menu_id, placeholder=shown.menu_label, options=options
        )
        view.add_item(menu)
    for button in shown.buttons:
        view.add_item(render_button(button))
    view.stop()
    return view
