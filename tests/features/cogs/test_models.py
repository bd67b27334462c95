"""/models: pages with pictures, a search, a card, a usual model; panels that outlive a restart."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.core.drawing.catalog import CatalogSnapshot, Lora, Preset
from bot.core.drawing.request import Model
from bot.core.errors import BackendDown
from bot.core.models import ItemKind, ListPosition
from cogs.models import KIND_CHOICES, LIST_PATTERN, ModelsCog
from tests.features.conftest import IMPATIENT, SlowDisk, Stage
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


class Previews:
    """The pictures of models, by reference."""

    def __init__(self) -> None:
        self.by_ref = {DREAM.preview: png(side=600)}
        self.fetched: list[str] = []

    def __call__(self, ref: str) -> bytes:
        self.fetched.append(ref)
        return self.by_ref[ref]


@pytest.fixture(autouse=True)
def previews(stage: Stage) -> Previews:
    painter = stage.program.painter
    painter.catalog = CatalogSnapshot(models=(DREAM, FLUX, VIDEO), loras=(INK,), presets=(NOIR,))
    painter.bytes_of = previews = Previews()
    return previews


def many(n: int) -> CatalogSnapshot:
    return CatalogSnapshot(
        models=tuple(Model(f"m{i:03}.safetensors", f"Model {i:03}") for i in range(n))
    )


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
    rows: Any = message.components
    (menu,) = [one for row in rows for one in row["components"] if one["type"] == 3]
    return [option["value"] for option in menu["options"]]


async def opened(stage: Stage, **options: Any) -> discord.Message:
    result = await stage.mia.slash(stage.art, "models", **options)
    assert result.ephemeral
    assert result.response is not None
    return result.response


def panel_now(stage: Stage) -> discord.Message:
    """The panel as mia sees it; there is one message in the channel."""
    (panel,) = stage.art.history(viewer=stage.mia)
    return panel


async def card_of(stage: Stage, number: int = 0, **options: Any) -> discord.Message:
    panel = await opened(stage, **options)
    await stage.mia.select(panel, [values(panel)[number]])
    return panel_now(stage)


async def test_a_page_lists_what_draws_pictures_with_its_picture(stage: Stage) -> None:
    panel = await opened(stage)

    assert panel.content == "2 models available."
    assert titles(panel) == ["DreamShaper Turbo", "Flux Dev"]
    (file,) = panel.attachments
    assert file.filename.endswith(".jpg")
    assert file.filename in str(panel.embeds[0].thumbnail.url)
    assert panel.embeds[1].thumbnail.url is None


async def test_pages_are_turned_in_place(stage: Stage) -> None:
    stage.program.painter.catalog = many(14)
    panel = await opened(stage)
    assert panel.content == "14 models available. Page 1 of 3."
    assert len(panel.embeds) == 6

    await stage.mia.click(panel, label="Next")
    assert titles(panel_now(stage))[0] == "Model 006"
    await stage.mia.click(panel_now(stage), label="Next")
    assert titles(panel_now(stage)) == ["Model 012", "Model 013"]
    await stage.mia.click(panel_now(stage), label="Back")
    assert titles(panel_now(stage))[0] == "Model 006"


async def test_a_turned_page_brings_its_own_pictures(stage: Stage, previews: Previews) -> None:
    last = Model("z.safetensors", "Last", preview="ViewSpecial/Stable-Diffusion/z")
    stage.program.painter.catalog = CatalogSnapshot(models=(DREAM, *many(5).models, last))
    previews.by_ref[last.preview] = png(side=64)
    panel = await opened(stage)
    (first,) = panel.attachments

    await stage.mia.click(panel, label="Next")
    (file,) = panel_now(stage).attachments
    assert file.filename != first.filename
    await stage.mia.click(panel_now(stage), label="Back")
    assert [one.filename for one in panel_now(stage).attachments] == [first.filename]
    assert previews.fetched.count(DREAM.preview) == 1


async def test_the_panel_works_after_a_restart(stage: Stage) -> None:
    stage.program.painter.catalog = many(7)
    panel = await opened(stage, search="model")
    await stage.restart()

    await stage.mia.click(panel, label="Next")
    assert panel_now(stage).content == "7 of 7 models match “model”. Page 2 of 2."
    await stage.mia.click(panel_now(stage), label="All models")
    assert panel_now(stage).content == "7 models available. Page 1 of 2."


async def test_a_search_without_a_match_suggests(stage: Stage) -> None:
    panel = await opened(stage, search="dreamshapr")

    assert panel.content == "There's no model called “dreamshapr”. Did you mean DreamShaper Turbo?"
    assert panel.embeds == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("m", "The image server has listed no models yet. Try again in a minute."),
        ("l", "The image server has no LoRAs."),
        (
            "s",
            "There are no styles here yet. A style is a preset in the bot's own SwarmUI account.",
        ),
    ],
)
async def test_an_empty_shelf_says_so(stage: Stage, kind: str, words: str) -> None:
    stage.program.painter.catalog = CatalogSnapshot()
    panel = await opened(stage, kind=kind)

    assert panel.content == words


async def test_the_list_of_a_server_that_is_away_says_of_when_it_is(
    stage: Stage, previews: Previews
) -> None:
    await stage.program.flow.outage.begin_outage(BackendDown())
    panel = await opened(stage)

    assert "The image server is offline. This list was made <t:" in panel.content
    assert titles(panel) == ["DreamShaper Turbo", "Flux Dev"]
    assert previews.fetched == []


async def test_loras_and_styles_have_pages_of_their_own(stage: Stage) -> None:
    loras = await opened(stage, kind="l")
    assert said(loras) == ("1 LoRA available.\nWet ink\nFor stable-diffusion-xl-v1 · weight 0.8")
    styles = await stage.mia.slash(stage.art, "models", kind="s")
    assert said(styles.response) == "1 style available.\nNoir\nBlack and white"


async def test_a_card_tells_all(stage: Stage) -> None:
    card = await card_of(stage)

    told = said(card)
    assert "`/imagine model:` sdxl/dreamshaper" in told
    assert "Architecture: stable-diffusion-xl-v1-base" in told
    assert "1024\u00d71024" in told
    assert "Default: 6 steps, CFG 1" in told
    assert "Use these words: dreamy" in told
    assert "Author's note: Keep it short" in told
    (file,) = card.attachments
    assert file.filename in str(card.embeds[0].image.url)


async def test_a_thing_that_has_gone_leads_back_to_the_page(stage: Stage) -> None:
    panel = await opened(stage)
    chosen = values(panel)[0]
    stage.program.painter.catalog = CatalogSnapshot(models=(FLUX,))
    await stage.mia.select(panel, [chosen])

    assert "That model no longer exists." in panel_now(stage).content
    assert titles(panel_now(stage)) == ["Flux Dev"]


async def test_the_usual_model_is_chosen_and_forgotten(stage: Stage) -> None:
    async def usual() -> str:
        settings = stage.program.desk.books.settings
        return await settings.find_usual_model(stage.guild.id, stage.mia.id)

    card = await card_of(stage, 1)
    await stage.mia.click(card, label="Make it my default")

    assert await usual() == FLUX.name
    assert panel_now(stage).content.startswith("Flux Dev is now your default")
    assert titles(panel_now(stage)) == ["Flux Dev · your default"]
    await stage.mia.click(panel_now(stage), label="Remove as my default")
    assert await usual() == ""
    assert panel_now(stage).content.startswith("You no longer have a default model")
    await stage.mia.click(panel_now(stage), label="All models")
    assert titles(panel_now(stage)) == ["DreamShaper Turbo", "Flux Dev"]


@IMPATIENT
async def test_drawing_thinks_in_private_where_that_is_the_usual(stage: Stage) -> None:
    await stage.program.set_choices(stage.guild.id, private=True)
    form = await stage.mia.click(await card_of(stage), label="Draw with it")
    disk = SlowDisk(stage)
    result = await stage.mia.submit_modal(form, {"prompt": "a red fox"})
    assert result.deferred
    assert stage.art.history(viewer=stage.theo) == []
    await disk.available()
    assert stage.art.history(viewer=stage.theo) == []
    (job,) = await stage.program.jobs()
    assert [post.private for post in await stage.posts(job)] == [True]


@pytest.mark.parametrize(
    ("kind", "field", "chosen"),
    [("m", "model", DREAM.name), ("l", "loras", ((INK.name, 0.8),)), ("s", "style", NOIR.title)],
)
async def test_draw_with_it_asks_what_and_draws(
    stage: Stage, kind: str, field: str, chosen: object
) -> None:
    card = await card_of(stage, kind=kind)
    form = await stage.mia.click(card, label="Draw with it")
    assert form.modal is not None
    result = await stage.mia.submit_modal(form, {"prompt": "a red fox"})

    (job,) = await stage.program.jobs()
    assert (job.order.prompt, getattr(job.order, field)) == ("a red fox", chosen)
    assert job.requester == stage.mia.id
    assert not result.ephemeral
    assert result.response is not None
    assert result.response.content == "Got it, starting now."


async def test_moderators_refresh_and_hear_what_stood_in_the_way(stage: Stage) -> None:
    painter = stage.program.painter
    result = await stage.mona.slash(stage.art, "models")
    assert result.response is not None
    await stage.mona.click(result.response, label="Refresh")
    assert painter.rescans == 1
    painter.down = BackendDown()
    await stage.mona.click(result.response, label="Refresh")

    (panel,) = stage.art.history(viewer=stage.mona)
    assert panel.content == "2 models available. The image server is offline."


async def test_members_are_offered_no_refresh(stage: Stage) -> None:
    panel = await opened(stage)

    assert "View a model" in str(panel.components)
    assert "Refresh" not in str(panel.components)


@IMPATIENT
async def test_pictures_that_are_slow_come_after_a_deferral(
    stage: Stage,
) -> None:
    slow = asyncio.Event()
    painter = stage.program.painter
    quick = painter.fetch_image

    async def fetch(ref: str) -> bytes:
        await stage.env.external_wait(slow.wait(), reason="a slow preview")
        return await quick(ref)

    painter.fetch_image = fetch  # type: ignore[method-assign]  # only that it takes its time
    result = await stage.mia.slash(stage.art, "models")
    assert result.deferred
    assert result.ephemeral
    slow.set()
    await stage.env.settle()

    assert len(panel_now(stage).attachments) == 1


@pytest.mark.parametrize(
    ("kind", "shown"),
    list(zip(KIND_CHOICES, ([DREAM.title, FLUX.title], [INK.title], [NOIR.title]), strict=True)),
)
async def test_each_kind_of_the_menu_has_its_page(
    stage: Stage, kind: app_commands.Choice[str], shown: list[str]
) -> None:
    assert titles(await opened(stage, kind=kind.value)) == shown


async def test_a_press_of_another_panel_is_left_to_its_own_cog(stage: Stage) -> None:
    """The router calls one cog: this one listens to nothing."""
    assert stage.cog(ModelsCog).get_listeners() == []
    await stage.imagine()
    (card,) = stage.art.history()
    result = await stage.press(stage.theo, card, "cancel")
    assert result.ephemeral
    assert result.followups == []


@pytest.mark.parametrize("kind", ItemKind)
def test_every_position_comes_back_from_its_button(kind: ItemKind) -> None:
    custom_id = ListPosition(kind, 3, "a fox: red").button_id("page")
    found = re.fullmatch(f"models:{LIST_PATTERN}", custom_id)
    assert found is not None
    assert found.groupdict() == {
        "verb": "page",
        "kind": kind.value,
        "page": "3",
        "search": "a fox: red",
    }


@pytest.mark.parametrize("rest", ["page:x:0:", "page:m:1234567:", "eat:m:0:", ""])
def test_ids_that_were_never_sent_are_none(rest: str) -> None:
    assert re.fullmatch(LIST_PATTERN, rest) is None
