"""The menu of a message: forms filled in from it, its parameters, and clear words where it has
neither picture nor words."""

from __future__ import annotations

import json

import pytest
import simcord

from cogs.context_menus import IMAGINE_MENU, PARAMETERS_MENU, REMIX_MENU, MessageMenuCog
from tests.features.cogs.test_commands import registered
from tests.features.conftest import Stage
from tests.support.drawing import png

METADATA = json.dumps(
    {"sui_image_params": {"prompt": "a red fox", "negativeprompt": "snow", "seed": 42}}
)


def file(name: str = "fox.png", metadata: str = "") -> tuple[str, bytes]:
    return name, png(256, 256, text=metadata)


def values(shown: simcord.InteractionResult) -> dict[str, str | None]:
    """What an open form shows at first."""
    assert shown.modal is not None
    labels = shown.modal["components"]
    return {one["component"]["custom_id"]: one["component"].get("value") for one in labels}


async def test_the_three_menus_are_registered_for_servers(stage: Stage) -> None:
    commands = registered(stage)
    names = [menu.name for menu in stage.cog(MessageMenuCog).menus]
    assert names == [REMIX_MENU, PARAMETERS_MENU, IMAGINE_MENU]
    for name in names:
        assert commands[name]["type"] == 3
        assert commands[name]["contexts"] == [0]


async def test_the_menus_survive_a_new_connection(stage: Stage) -> None:
    await stage.restart()
    message = await stage.mia.send(stage.art, "a red fox")
    shown = await stage.theo.context_menu(stage.art, "Imagine this text", message)
    assert shown.modal is not None


async def test_remix_opens_the_form_with_the_words_of_the_picture(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "look", attachments=[file(metadata=METADATA)])
    shown = await stage.theo.context_menu(stage.art, "Remix", message)

    assert shown.modal is not None
    assert shown.modal["title"] == "Remix this picture"
    assert shown.modal["custom_id"].startswith("remix:")
    assert values(shown)["prompt"] == "a red fox"
    result = await stage.theo.submit_modal(shown, {"prompt": "a blue fox", "seed": "7"})
    (job,) = await stage.program.jobs()
    assert (job.order.prompt, job.order.seed) == ("a blue fox", 7)
    assert job.requester == stage.theo.id
    assert job.source.startswith("interaction:")
    assert not result.ephemeral
    assert [post.message for post in await stage.posts(job)] == [result.response.id]
    await stage.program.draw()
    (begun,) = stage.program.painter.begun_from
    assert begun is not None


async def test_remix_of_a_hidden_picture_stays_hidden(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "", attachments=[file("SPOILER_fox.png")])
    shown = await stage.theo.context_menu(stage.art, "Remix", message)
    await stage.theo.submit_modal(shown, {"prompt": "a blue fox"})
    (job,) = await stage.program.jobs()
    assert job.order.spoiler


@pytest.mark.parametrize("name", ["Remix", "Show parameters"])
@pytest.mark.parametrize("files", [(), ("notes.txt",), ("clip.mp4",)])
async def test_a_message_without_a_picture_says_so(
    stage: Stage, name: str, files: tuple[str, ...]
) -> None:
    message = await stage.mia.send(stage.art, "hello", attachments=[file(one) for one in files])
    result = await stage.theo.context_menu(stage.art, name, message)

    assert result.ephemeral
    assert result.response.content == (
        "That message has no picture I can read (PNG, JPEG or WebP)."
    )
    assert result.modal is None


async def test_imagine_this_text_lets_it_be_edited_first(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "a lighthouse at dusk")
    shown = await stage.theo.context_menu(stage.art, "Imagine this text", message)

    assert shown.modal is not None
    assert shown.modal["title"] == "Imagine this text"
    assert values(shown)["prompt"] == "a lighthouse at dusk"
    assert await stage.prompts() == []
    await stage.theo.submit_modal(shown, {"prompt": "a lighthouse at dawn"})
    assert await stage.prompts() == ["a lighthouse at dawn"]


async def test_a_message_without_words_says_so(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "", attachments=[file()])
    result = await stage.theo.context_menu(stage.art, "Imagine this text", message)
    assert result.ephemeral
    assert result.response.content == "That message has no words to draw."


async def test_show_parameters_is_private_and_has_no_live_words(stage: Stage) -> None:
    metadata = json.dumps({"sui_image_params": {"prompt": "@everyone ``` fox", "seed": 42}})
    message = await stage.mia.send(stage.art, "", attachments=[file(metadata=metadata)])
    result = await stage.theo.context_menu(stage.art, "Show parameters", message)

    assert result.ephemeral
    assert result.response.content == "Settings stored in this picture by SwarmUI:"
    body = result.response.embeds[0].description
    assert body.startswith("```\nSeed: 42\nPrompt: @\u200beveryone")
    assert body.count("```") == 2


async def test_a_picture_without_parameters_says_so(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "", attachments=[file()])
    result = await stage.theo.context_menu(stage.art, "Show parameters", message)
    assert result.ephemeral
    assert result.response.content == (
        "No settings are stored in that picture. The program that made it didn't "
        "save any, or they were removed along the way."
    )


@pytest.mark.parametrize("name", ["Remix", "Imagine this text"])
async def test_who_may_not_draw_is_told_before_a_form(stage: Stage, name: str) -> None:
    await stage.program.set_choices(stage.guild.id, drawing=False)
    message = await stage.mia.send(stage.art, "a fox", attachments=[file()])
    result = await stage.theo.context_menu(stage.art, name, message)
    assert result.ephemeral
    assert result.modal is None
    assert result.response.content.startswith("Drawing is turned off on this server")


async def test_a_number_that_is_none_keeps_the_form(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "a fox")
    shown = await stage.theo.context_menu(stage.art, "Imagine this text", message)
    result = await stage.theo.submit_modal(shown, {"prompt": "a fox", "seed": "seven"})
    assert result.ephemeral
    assert "Seed must be a whole number, or leave it blank." in result.response.content
    assert await stage.prompts() == []


async def test_no_reminder_comes_over_an_open_form(stage: Stage) -> None:
    await stage.draw_undeliverable()
    message = await stage.theo.send(stage.art, "a fox")
    shown = await stage.mia.context_menu(stage.art, "Imagine this text", message)
    assert shown.followups == []
    told = await stage.mia.slash(stage.art, "quota")
    assert ["waiting in `/history`" in one.content for one in told.followups] == [True]
