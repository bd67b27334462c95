"""The panel of /models: what a press of it means, and messages that Discord takes."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import discord
import pytest
from PIL import Image

from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.render import models as render
from bot.core.models import ItemKind, ItemTile, ListPosition, MenuChoice, ModelPage
from bot.core.ui.card import CardButton
from bot.flow.models import ModelPageImages
from tests.features.conftest import Stage

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


async def test_a_slow_page_is_acknowledged_first(
    stage: Stage, answers: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then it is complete, its pictures with it."""
    monkeypatch.setattr(render, "ANSWER_DEADLINE_S", 0.0)
    answers.slow.clear()
    result = await stage.mia.slash(stage.art, "models")
    assert result.deferred
    assert result.ephemeral
    answers.slow.set()
    await stage.env.settle()
    (panel,) = stage.art.history(viewer=stage.mia)
    assert len(panel.attachments) == len(panel.embeds) == 2


class Ears:
    """The presses that the client was told of."""

    def __init__(self, stage: Stage) -> None:
        self.heard: list[BotInteraction] = []
        bot: Any = stage.env.bot
        bot.add_listener(self.hear, "on_interaction")

    async def hear(self, interaction: BotInteraction) -> None:
        self.heard.append(interaction)


async def pressed(stage: Stage, custom_id: str, **more: Any) -> render.Pressed | None:
    """What a press with that id means."""
    ears = Ears(stage)
    await stage.mia.slash(stage.art, "help")
    interaction = ears.heard[-1]
    interaction.data = {"custom_id": custom_id, "component_type": 2, **more}
    return render.pressed(interaction)


@pytest.mark.parametrize(
    ("custom_id", "values", "meant"),
    [
        (
            "models:page:m:2:red: fox",
            [],
            render.Pressed("page", ListPosition(ItemKind.MODELS, 2, "red: fox")),
        ),
        ("models:all:l:0:", [], render.Pressed("all", ListPosition(ItemKind.LORAS))),
        ("models:pick:s:0:", [KEY], render.Pressed("pick", ListPosition(ItemKind.STYLES), KEY)),
        (f"models:draw:m:{KEY}", [], render.Pressed("draw", ListPosition(ItemKind.MODELS), KEY)),
        (f"models:form:l:{KEY}", [], render.Pressed("form", ListPosition(ItemKind.LORAS), KEY)),
        ("models:page:x:0:", [], None),
        ("models:page:m:1234567:", [], None),
        ("models:draw:m:short", [], None),
        ("models:eat:m:0:", [], None),
        ("settings:page:m:0:", [], None),
        ("", [], None),
    ],
)
async def test_a_press_is_known_by_its_id_alone(
    stage: Stage, custom_id: str, values: list[str], meant: render.Pressed | None
) -> None:
    assert await pressed(stage, custom_id, values=values) == meant


async def test_every_position_comes_back_from_its_button(stage: Stage) -> None:
    for kind in ItemKind:
        position = ListPosition(kind, 3, "a fox")
        assert await pressed(stage, position.button_id("page")) == render.Pressed("page", position)


async def test_the_form_that_asks_what_to_draw_fits_any_title() -> None:
    form = render.build_draw_form(ItemKind.MODELS, KEY, "x" * 200, prompt_max=300)
    sent: Any = form.to_dict()
    assert len(sent["title"]) <= 45
    assert render._ABOUT.fullmatch(sent["custom_id"])
    assert sent["components"][0]["component"]["max_length"] == 300
    assert form.is_finished()
