"""The menu of a message: forms filled in from it, its parameters, and clear words where it has
neither picture nor words."""

from __future__ import annotations

import pytest
import simcord

from bot.core.drawing.image_metadata import ImageMetadata
from bot.core.errors import Refused
from bot.core.ui.card import MessageCard
from tests.features.cogs.test_commands import registered
from tests.features.conftest import Stage

PIXELS = b"\x89PNG pixels"
RECIPE = ImageMetadata("SwarmUI", "a red fox", "snow", (("Seed", "42"),))


def file(name: str = "fox.png") -> tuple[str, bytes]:
    return name, PIXELS


def values(shown: simcord.InteractionResult) -> dict[str, str | None]:
    """What an open form shows at first."""
    assert shown.modal is not None
    labels = shown.modal["components"]
    return {one["component"]["custom_id"]: one["component"].get("value") for one in labels}


async def test_the_three_menus_are_registered_for_servers(stage: Stage) -> None:
    commands = registered(stage)
    for name in ("Remix", "Show parameters", "Imagine this text"):
        assert commands[name]["type"] == 3
        assert commands[name]["contexts"] == [0]


async def test_the_menus_survive_a_new_connection(stage: Stage) -> None:
    await stage.env.restart_bot(stage.program.studio())
    message = await stage.mia.send(stage.art, "a red fox")
    shown = await stage.theo.context_menu(stage.art, "Imagine this text", message)
    assert shown.modal is not None


async def test_remix_opens_the_form_with_the_words_of_the_picture(stage: Stage) -> None:
    stage.program.remixes.recipe = RECIPE
    message = await stage.mia.send(stage.art, "look", attachments=[file()])
    shown = await stage.theo.context_menu(stage.art, "Remix", message)

    assert shown.modal is not None
    assert shown.modal["title"] == "Remix this picture"
    assert shown.modal["custom_id"].startswith("remix:")
    assert values(shown)["prompt"] == "a red fox"
    assert stage.program.remixes.fetched == [PIXELS]
    result = await stage.theo.submit_modal(shown, {"prompt": "a blue fox", "seed": "7"})
    wish, asker = stage.flow.wishes[-1]
    assert (wish.prompt, wish.seed, wish.image, asker.user) == (
        "a blue fox",
        7,
        "kept",
        stage.theo.id,
    )
    assert wish.source.startswith("interaction:")
    assert not result.ephemeral
    assert stage.flow.list_job_posts[-1][1] == result.response.id


async def test_remix_of_a_hidden_picture_stays_hidden(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "", attachments=[file("SPOILER_fox.png")])
    shown = await stage.theo.context_menu(stage.art, "Remix", message)
    await stage.theo.submit_modal(shown, {"prompt": "a blue fox"})
    assert stage.flow.wishes[-1][0].spoiler


@pytest.mark.parametrize("name", ["Remix", "Show parameters"])
@pytest.mark.parametrize("files", [(), ("notes.txt",), ("clip.mp4",)])
async def test_a_message_without_a_picture_says_so(
    stage: Stage, name: str, files: tuple[str, ...]
) -> None:
    message = await stage.mia.send(stage.art, "hello", attachments=[file(one) for one in files])
    result = await stage.theo.context_menu(stage.art, name, message)

    assert result.ephemeral
    assert result.response.content == (
        "There is no picture in that message that I can read: PNG, JPEG or WebP."
    )
    assert result.modal is None


async def test_imagine_this_text_lets_it_be_edited_first(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "a lighthouse at dusk")
    shown = await stage.theo.context_menu(stage.art, "Imagine this text", message)

    assert shown.modal is not None
    assert shown.modal["title"] == "Imagine this text"
    assert values(shown)["prompt"] == "a lighthouse at dusk"
    assert stage.flow.wishes == []
    await stage.theo.submit_modal(shown, {"prompt": "a lighthouse at dawn"})
    assert [wish.prompt for wish, _ in stage.flow.wishes] == ["a lighthouse at dawn"]


async def test_a_message_without_words_says_so(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "", attachments=[file()])
    result = await stage.theo.context_menu(stage.art, "Imagine this text", message)
    assert result.ephemeral
    assert result.response.content == "There are no words in that message to draw."


async def test_show_parameters_is_private_and_has_no_live_words(stage: Stage) -> None:
    stage.program.remixes.recipe = ImageMetadata(
        "ComfyUI", "@everyone ``` fox", "", (("Seed", "42"),)
    )
    message = await stage.mia.send(stage.art, "", attachments=[file()])
    result = await stage.theo.context_menu(stage.art, "Show parameters", message)

    assert result.ephemeral
    assert result.response.content == "What is written in this picture, by ComfyUI:"
    body = result.response.embeds[0].description
    assert body.startswith("```\nSeed: 42\nPrompt: @\u200beveryone")
    assert body.count("```") == 2
    assert stage.program.remixes.asked_of == [message.id]


async def test_a_picture_without_parameters_says_so(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "", attachments=[file()])
    result = await stage.theo.context_menu(stage.art, "Show parameters", message)
    assert result.ephemeral
    assert result.response.content == (
        "Nothing is written in that picture. It was drawn or saved by a program that writes no "
        "parameters, or they were taken out on the way."
    )


@pytest.mark.parametrize("name", ["Remix", "Imagine this text"])
async def test_who_may_not_draw_is_told_before_a_form(stage: Stage, name: str) -> None:
    stage.program.remixes.refusal = Refused("switched-off", "Drawing is switched off here.")
    message = await stage.mia.send(stage.art, "a fox", attachments=[file()])
    result = await stage.theo.context_menu(stage.art, name, message)
    assert result.ephemeral
    assert result.modal is None
    assert result.response.content == "Drawing is switched off here."


async def test_a_number_that_is_none_keeps_the_form(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "a fox")
    shown = await stage.theo.context_menu(stage.art, "Imagine this text", message)
    result = await stage.theo.submit_modal(shown, {"prompt": "a fox", "seed": "seven"})
    assert result.ephemeral
    assert "Seed takes a whole number, or nothing." in result.response.content
    assert stage.flow.wishes == []


async def test_no_reminder_comes_over_an_open_form(stage: Stage) -> None:
    stage.program.past.reminders[stage.theo.id] = MessageCard("A picture of yours is waiting.")
    message = await stage.mia.send(stage.art, "a fox")
    shown = await stage.theo.context_menu(stage.art, "Imagine this text", message)
    assert shown.followups == []
    told = await stage.theo.slash(stage.art, "quota")
    assert [one.content for one in told.followups] == ["A picture of yours is waiting."]
