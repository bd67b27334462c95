"""The panel of /models, in messages that Discord takes."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import discord
import pytest
from PIL import Image

from bot.adapters.discord.render.models import render_model_page
from bot.core.models import ItemKind, ItemTile, ListPosition, MenuChoice, ModelPage
from bot.core.ui.card import CardButton
from bot.flow.models import ModelPageImages
from tests.features.conftest import IMPATIENT, Stage

KEY = "0123456789ab"


class Answerer:
    """Answers one command of the stage with a page of ours, instead of the command's own."""

    def __init__(self, stage: Stage, page: ModelPageImages, monkeypatch: pytest.MonkeyPatch):
        self.stage, self.page, self.slow = stage, page, asyncio.Event()
        self.slow.set()
        browser = stage.program.flow.models
        monkeypatch.setattr(browser, "show_page", self.show)
        monkeypatch.setattr(browser, "show_item", self.show)

    async def show(self, *_: object) -> ModelPageImages:
        if not self.slow.is_set():
            await self.stage.env.external_wait(self.slow.wait(), reason="a slow page")
        return self.page


def jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "grey").save(out, "JPEG")
    return out.getvalue()


PAGE = ModelPageImages(
    ModelPage(
        "Two of them.",
        (ItemTile("One", "the first", KEY), ItemTile("Two", "the second", "b" * 12, large=True)),
        (MenuChoice(KEY, "One"), MenuChoice("b" * 12, "", "the second")),
        ListPosition(ItemKind.MODELS).button_id("pick"),
        "Look at one",
        (CardButton("", "Next", ListPosition(ItemKind.MODELS, 1).button_id("page")),),
    ),
    {KEY: jpeg(), "b" * 12: jpeg()},
)


@pytest.fixture
def answers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Answerer:
    return Answerer(stage, PAGE, monkeypatch)


async def opened(stage: Stage) -> discord.Message:
    result = await stage.mia.slash(stage.art, "models")
    assert result.ephemeral
    assert result.response is not None
    return result.response


async def test_a_page_becomes_embeds_with_their_pictures(stage: Stage, answers: Answerer) -> None:
    """A small picture stands beside its words, a large one below them."""
    panel = await opened(stage)
    one, two = panel.embeds
    assert [one.title, two.title] == ["One", "Two"]
    assert f"{KEY}.jpg" in str(one.thumbnail.url)
    assert one.image.url is None
    assert f"{'b' * 12}.jpg" in str(two.image.url)
    assert len(panel.attachments) == 2


async def test_the_menu_and_the_buttons_lead_on(stage: Stage, answers: Answerer) -> None:
    """What has no label is shown by its value."""
    rows: Any = (await opened(stage)).components
    menu, button = rows[0]["components"][0], rows[1]["components"][0]
    assert [one["label"] for one in menu["options"]] == ["One", "b" * 12]
    assert menu["custom_id"] == PAGE.page.menu_id
    assert button["custom_id"] == PAGE.page.buttons[0].custom_id


async def test_a_page_without_choices_has_no_menu(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    Answerer(stage, ModelPageImages(ModelPage("Nothing."), {}), monkeypatch)
    panel = await opened(stage)
    assert (panel.content, panel.embeds, panel.components) == ("Nothing.", [], [])


async def test_a_press_changes_the_panel_that_it_stands_in(stage: Stage, answers: Answerer) -> None:
    panel = await opened(stage)
    answers.page = ModelPageImages(ModelPage("The next page."), {})
    await stage.mia.click(panel, label="Next")
    (now,) = stage.art.history(viewer=stage.mia)
    assert (now.id, now.content) == (panel.id, "The next page.")
    assert (now.embeds, now.attachments, now.components) == ([], [], [])


@IMPATIENT
async def test_a_slow_page_is_acknowledged_first(stage: Stage, answers: Answerer) -> None:
    """And then it is complete, its pictures with it."""
    answers.slow.clear()
    result = await stage.mia.slash(stage.art, "models")
    assert result.deferred
    assert result.ephemeral
    answers.slow.set()
    await stage.env.settle()
    (panel,) = stage.art.history(viewer=stage.mia)
    assert len(panel.attachments) == len(panel.embeds) == 2


async def test_a_tile_without_its_picture_is_a_tile_all_the_same() -> None:
    made = render_model_page(ModelPageImages(PAGE.page, {KEY: jpeg()}))
    assert [embed.title for embed in made.embeds] == ["One", "Two"]
    assert [file.filename for file in made.files] == [f"{KEY}.jpg"]
