"""/models: pages with pictures, a search, a card, a usual model; panels that outlive a restart."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.core.request import Model
from bot.core.shelf import Lora, Preset, Shelf
from tests.features.conftest import Stage
from tests.support.flow import png

DREAM = Model(
    "sdxl/dreamshaper-turbo.safetensors",
    "DreamShaper Turbo",
    "stable-diffusion-xl-v1-base",
    "stable-diffusion-xl-v1",
    1024,
    1024,
    preview="ViewSpecial/Stable-Diffusion/sdxl/dreamshaper-turbo",
    hint="Keep it short",
    trigger="dreamy",
)
FLUX = Model("flux/dev.safetensors", "Flux Dev", "flux.1-dev", "flux-1", 1024, 1024)
VIDEO = Model("wan.safetensors", "Wan", "wan-2_1-text2video", "wan-21")
INK = Lora("styles/ink", "Wet ink", "stable-diffusion-xl-v1", 0.8, "inkwash")
NOIR = Preset("Noir", "Black and white", (("steps", "30"),))


@pytest.fixture(autouse=True)
def filled(stage: Stage) -> None:
    museum = stage.program.museum
    museum.filled = Shelf(models=(DREAM, FLUX, VIDEO), loras=(INK,), presets=(NOIR,))
    museum.previews[DREAM.preview] = png(side=600)


def many(n: int) -> Shelf:
    return Shelf(models=tuple(Model(f"m{i:03}.safetensors", f"Model {i:03}") for i in range(n)))


def said(message: discord.Message | None) -> str:
    assert message is not None
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or ""]
    return "\n".join(parts)


def titles(message: discord.Message | None) -> list[str]:
    assert message is not None
    return [embed.title or "" for embed in message.embeds]


def values(message: discord.Message) -> list[str]:
    (menu,) = [
        child
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for child in row.children
        if isinstance(child, discord.SelectMenu)
    ]
    return [option.value for option in menu.options]


async def opened(stage: Stage, **options: Any) -> discord.Message:
    result = await stage.mia.slash(stage.art, "models", **options)
    assert result.ephemeral
    assert result.response is not None
    return result.response


async def card_of(stage: Stage, panel: discord.Message, number: int = 0) -> discord.Message:
    result = await stage.mia.select(panel, values=[values(panel)[number]])
    return shown(result, panel)


def shown(result: Any, panel: discord.Message) -> discord.Message:
    """The panel as it is now."""
    found = result.response or result.edited or panel
    assert isinstance(found, discord.Message)
    return found


async def test_a_page_lists_what_draws_pictures_with_its_picture(stage: Stage) -> None:
    panel = await opened(stage)

    assert panel.content == "2 models to draw with."
    assert titles(panel) == ["DreamShaper Turbo", "Flux Dev"]
    (file,) = panel.attachments
    assert file.filename.endswith(".jpg")
    assert file.filename in str(panel.embeds[0].thumbnail.url)
    assert panel.embeds[1].thumbnail.url is None
