"""Rendering of the /models page as classic embeds, whose images an edit can replace.

A message that gets files by an edit must be a classic message, because Components V2 loses them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import discord
import structlog

from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.interactions.responder import ANSWER_DEADLINE_S, DEAD_CODES
from bot.adapters.discord.render.message import COLOURS, STYLES, allowed_mentions
from bot.core.models import ItemKind, ListPosition, ModelPage
from bot.core.ui.card import CardTone
from bot.flow.models import ModelPageImages

_AT: Final = re.compile(
    r"models:(?P<verb>page|all|refresh|pick):(?P<kind>[mls]):(?P<page>\d{1,6}):(?P<search>.*)",
    re.DOTALL,
)
_ABOUT: Final = re.compile(
    r"models:(?P<verb>draw|usual|forget|form):(?P<kind>[mls]):(?P<key>[0-9a-f]{12})"
)
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pressed:
    """What was pressed in a panel. `key` is of a thing: picked in the menu, or the card's own."""

    verb: str
    place: ListPosition
    key: str = ""


def pressed(interaction: discord.Interaction[Any]) -> Pressed | None:
    """The press or form of a panel, however old; None for any other interaction."""
    data: Any = interaction.data or {}
    said = str(data.get("custom_id", ""))
    if found := _AT.fullmatch(said):
        place = ListPosition(ItemKind(found["kind"]), int(found["page"]), found["search"])
        picked = [str(value) for value in data.get("values") or ()]
        return Pressed(found["verb"], place, picked[0] if picked else "")
    if found := _ABOUT.fullmatch(said):
        return Pressed(found["verb"], ListPosition(ItemKind(found["kind"])), found["key"])
    return None


def build_draw_form(kind: ItemKind, key: str, title: str, *, prompt_max: int) -> discord.ui.Modal:
    """Build the modal that asks what to draw."""
    form = discord.ui.Modal(
        title=f"Draw with {title}"[:45], custom_id=f"models:form:{kind.value}:{key}"
    )
    entry: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        custom_id="prompt",
        style=discord.TextStyle.paragraph,
        max_length=prompt_max,
        placeholder="a red fox in the snow",
    )
    form.add_item(discord.ui.Label(text="What to draw", component=entry))
    form.stop()
    return form


async def present(
    interaction: BotInteraction, asking: Coroutine[Any, Any, ModelPageImages]
) -> None:
    """Answer with a panel: within Discord's three seconds, or deferred and then."""
    making = asyncio.create_task(asking, name="a panel")
    by_press = interaction.type is discord.InteractionType.component
    try:
        done, _ = await asyncio.wait({making}, timeout=ANSWER_DEADLINE_S)
        if not done:
            if by_press:
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=True, thinking=True)
            made = _render_page(await making)
            await interaction.edit_original_response(
                content=made.content,
                embeds=made.embeds,
                attachments=made.files,
                view=made.view,
                allowed_mentions=allowed_mentions(None),
            )
            return
        made = _render_page(making.result())
        if by_press:
            await interaction.response.edit_message(
                content=made.content,
                embeds=made.embeds,
                attachments=made.files,
                view=made.view,
                allowed_mentions=allowed_mentions(None),
            )
        else:
            await interaction.response.send_message(
                content=made.content,
                embeds=made.embeds,
                files=made.files,
                view=made.view,
                allowed_mentions=allowed_mentions(None),
                ephemeral=True,
            )
    except discord.HTTPException as error:
        if error.code not in DEAD_CODES:
            raise
        log.warning("answer came too late", interaction=interaction.id, code=error.code)
    finally:
        making.cancel()


@dataclass(frozen=True, slots=True)
class _RenderedPage:
    content: str
    embeds: list[discord.Embed]
    files: list[discord.File]
    view: discord.ui.View


def _render_page(exhibit: ModelPageImages) -> _RenderedPage:
    shown = exhibit.page
    embeds, files = [], []
    for tile in shown.tiles:
        embed = discord.Embed(
            title=tile.title, description=tile.body, colour=COLOURS[CardTone.CALM]
        )
        if data := exhibit.pictures.get(tile.key):
            name = f"{tile.key}.jpg"
            files.append(discord.File(BytesIO(data), filename=name, description="An example"))
            if tile.large:
                embed.set_image(url=f"attachment://{name}")
            else:
                embed.set_thumbnail(url=f"attachment://{name}")
        embeds.append(embed)
    return _RenderedPage(shown.content, embeds, files, _render_view(shown))


def _render_view(shown: ModelPage) -> discord.ui.View:
    """Build a finished view. Presses are recognised by their `custom_id`."""
    view = discord.ui.View(timeout=None)
    if shown.choices:
        view.add_item(
            discord.ui.Select(
                custom_id=shown.menu_id,
                placeholder=shown.menu_label,
                options=[
                    discord.SelectOption(
                        label=one.label or one.value,
                        value=one.value,
                        description=one.description or None,
                    )
                    for one in shown.choices
                ],
            )
        )
    for button in shown.buttons:
        view.add_item(
            discord.ui.Button(
                label=button.label,
                custom_id=button.custom_id,
                style=STYLES[button.style],
                disabled=button.disabled,
            )
        )
    view.stop()
    return view
