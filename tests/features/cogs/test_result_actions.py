"""What /imagine takes beside words, and what a result's buttons do: privately, hidden, once."""

from __future__ import annotations

from dataclasses import replace

import discord
import pytest

from bot.core.drawing.catalog import CatalogSnapshot, Lora, ParameterInfo, Preset
from tests.features.conftest import IMPATIENT, SlowDisk, Stage, read_panel, read_private
from tests.support.flow import MODEL, png
from tests.support.program import build_settings

CATALOG = CatalogSnapshot(
    models=(MODEL,),
    loras=(
        Lora("style/ink", "Ink", MODEL.compat_class),
        Lora("pastel", "Pastel", MODEL.compat_class),
    ),
    presets=(Preset("Photo"),),
    params=(ParameterInfo("sampler", "Sampler", "dropdown", choices=("euler",)),),
)
ADVANCED = pytest.mark.parametrize(
    "program",
    [{"settings": build_settings(advanced={"parameters": ["sampler"], "roles": "everyone"})}],
    indirect=True,
)


@pytest.fixture
async def picture(stage: Stage) -> discord.Message:
    """Two pictures of mia's in one message, in #art."""
    await stage.draw(images=2)
    (message,) = stage.art.history()
    return message


@ADVANCED
async def test_the_further_options_are_obeyed(stage: Stage) -> None:
    stage.program.painter.catalog = CATALOG
    order = (
        await stage.imagine(
            "a red fox",
            lora="ink:0.8, pastel",
            style="Photo",
            image=("mine.png", png(side=256)),
            creativity=0.3,
            upscale=1.5,
            private=True,
            spoiler=True,
            advanced="--sampler euler",
        )
    ).order
    assert order.loras == (("style/ink", 0.8), ("pastel", 1.0))
    assert (order.style, order.extras) == ("Photo", (("sampler", "euler"),))
    assert (order.creativity, order.upscale) == (0.3, 1.5)
    assert (order.private, order.spoiler) == (True, True)


async def test_an_attachment_is_read_and_a_huge_one_is_not(stage: Stage) -> None:
    job = await stage.draw("a fox", image=("mine.png", png(side=256)))
    assert job.order.image
    (begun,) = stage.program.painter.begun_from
    assert begun is not None

    huge = ("huge.png", bytes(20 * 1024 * 1024 + 1))
    words = await stage.says(stage.mia, "imagine", prompt="a fox", image=huge)
    assert "20 MiB" in words
    assert "Nothing was charged" in words
    assert len(await stage.program.jobs()) == 1


@ADVANCED
async def test_the_server_is_asked_what_there_is_while_people_type(stage: Stage) -> None:
    stage.program.painter.catalog = CATALOG

    async def offered(option: str, typed: str) -> list[object]:
        choices = await stage.mia.autocomplete(stage.art, "imagine", option, typed)
        return [choice["value"] for choice in choices]

    assert await offered("lora", "style/ink:0.8, p") == ["style/ink:0.8, pastel"]
    assert await offered("style", "") == ["Photo"]
    assert await offered("advanced", "") == ["--sampler"]
    assert await offered("advanced", "--sampler e") == ["--sampler euler"]


async def test_a_private_card_is_for_its_requester_alone(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox", private=True)
    assert read_private(result) == "Got it, starting now."
    assert stage.art.history(viewer=stage.theo) == []
    (job,) = await stage.program.jobs()
    (post,) = await stage.posts(job)
    assert post.message == result.response.id
    assert post.private
    assert post.token
    await stage.program.draw()
    assert stage.art.history(viewer=stage.theo) == []
    (seen,) = stage.art.history(viewer=stage.mia)
    assert len(seen.attachments) == 1


@IMPATIENT
async def test_a_slow_private_one_is_never_public(stage: Stage, disk: SlowDisk) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox", private=True)
    assert result.deferred
    assert stage.art.history(viewer=stage.theo) == []

    await disk.available()
    assert stage.art.history(viewer=stage.theo) == []
    (job,) = await stage.program.jobs()
    assert [post.private for post in await stage.posts(job)] == [True]


async def test_the_buttons_of_a_private_card_answer_privately(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox", private=True)
    again = await stage.mia.click(result.response, label="Cancel")
    (job,) = await stage.program.jobs()
    assert job.state.value == "cancelled"
    assert again.acknowledged


async def test_one_of_several_pictures_is_upscaled(stage: Stage, picture: discord.Message) -> None:
    result = await stage.press(stage.mia, picture, "upscale:2")
    assert result.response is not None
    assert not result.ephemeral
    first, second = await stage.program.jobs()
    larger = replace(first.order, images=1, seed=43, upscale=second.order.upscale)
    assert second.order == larger
    assert (second.order.upscale or 0) > 1


async def test_one_of_several_pictures_is_varied(stage: Stage, picture: discord.Message) -> None:
    result = await stage.press(stage.mia, picture, "vary:2")
    assert result.response is not None
    assert not result.ephemeral
    _, job = await stage.program.jobs()
    assert (job.order.prompt, job.order.images) == ("a red fox", 1)
    assert job.order.image


async def test_parameters_are_told_to_whoever_asks_alone(
    stage: Stage, picture: discord.Message
) -> None:
    result = await stage.theo.click(picture, label="Parameters")
    assert result.ephemeral
    told = "\n".join(read_panel(result))
    assert "Seed: 42" in told
    assert "Prompt: a red fox" in told


async def test_two_quick_presses_are_one_job(stage: Stage, picture: discord.Message) -> None:
    await stage.press(stage.mia, picture, "reroll")
    second = await stage.press(stage.mia, picture, "reroll")
    assert len(await stage.program.jobs()) == 2
    assert read_private(second) == "Already on it."


@IMPATIENT
async def test_a_press_while_the_last_is_thought_over_is_none(
    stage: Stage, picture: discord.Message
) -> None:
    disk = SlowDisk(stage)
    await stage.press(stage.mia, picture, "reroll")
    second = await stage.press(stage.mia, picture, "reroll")
    assert read_private(second) == "Already on it."
    await disk.available()
    assert len(await stage.program.jobs()) == 2
