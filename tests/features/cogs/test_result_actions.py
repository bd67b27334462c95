"""What /imagine takes beside words, and what a result's buttons do: privately, hidden, once."""

from __future__ import annotations

import pytest

from bot.core.drawing.catalog import CatalogSnapshot, Lora, ParameterInfo, Preset
from bot.core.jobs.job import Job
from bot.core.ui.card import CardButton
from tests.features.conftest import IMPATIENT, SlowDisk, Stage


@pytest.fixture
async def job(stage: Stage) -> Job:
    """A job of mia's, its card in #art."""
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")
    (job,) = stage.flow.jobs.values()
    return job


async def test_the_further_options_reach_the_desk(stage: Stage) -> None:
    await stage.mia.slash(
        stage.art,
        "imagine",
        prompt="a red fox",
        lora="ink:0.8, pastel",
        style="Photo",
        creativity=0.3,
        upscale=1.5,
        private=True,
        spoiler=True,
        advanced="--sampler euler",
    )
    ((wish, _),) = stage.flow.wishes
    assert (wish.lora, wish.style, wish.advanced) == ("ink:0.8, pastel", "Photo", "--sampler euler")
    assert (wish.creativity, wish.upscale) == (0.3, 1.5)
    assert (wish.private, wish.spoiler) == (True, True)


async def test_they_are_left_out_by_default(stage: Stage, job: Job) -> None:
    ((wish, _),) = stage.flow.wishes
    assert (wish.lora, wish.style, wish.advanced, wish.image) == ("", "", "", "")
    assert (wish.creativity, wish.upscale) == (None, None)
    assert (wish.private, wish.spoiler) == (None, False)


async def test_an_attachment_is_read_and_a_huge_one_is_not(stage: Stage) -> None:
    await stage.mia.slash(stage.art, "imagine", prompt="a fox", image=("mine.png", b"picture"))
    assert stage.flow.from_text == [b"picture"]
    assert stage.flow.wishes[-1][0].image

    huge = ("huge.png", bytes(20 * 1024 * 1024 + 1))
    result = await stage.mia.slash(stage.art, "imagine", prompt="a fox", image=huge)
    assert result.ephemeral
    assert result.response is not None
    assert "20 is the most" in result.response.content
    assert "Nothing was charged" in result.response.content
    assert stage.flow.from_text == [b"picture"]


async def test_the_server_is_asked_what_there_is_while_people_type(stage: Stage) -> None:
    stage.flow.things = CatalogSnapshot(
        loras=(Lora("style/ink", "Ink"), Lora("pastel", "Pastel")),
        presets=(Preset("Photo"),),
        params=(ParameterInfo("sampler", "Sampler", "dropdown", choices=("euler",)),),
    )

    async def offered(option: str, typed: str) -> list[object]:
        choices = await stage.mia.autocomplete(stage.art, "imagine", option, typed)
        return [choice["value"] for choice in choices]

    assert await offered("lora", "style/ink:0.8, p") == ["style/ink:0.8, pastel"]
    assert await offered("style", "") == ["Photo"]
    assert await offered("advanced", "") == ["--sampler"]
    assert await offered("advanced", "--sampler e") == ["--sampler euler"]


async def test_a_private_card_is_for_its_requester_alone(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox", private=True)
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content == "Got it, starting now."
    assert stage.art.history(viewer=stage.theo) == []
    ((post, message),) = stage.flow.list_job_posts
    assert message == result.response.id
    assert post.private
    assert post.token


@IMPATIENT
async def test_a_slow_private_one_is_never_public(stage: Stage, disk: SlowDisk) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox", private=True)
    assert result.deferred
    assert stage.art.history(viewer=stage.theo) == []

    await disk.available()
    assert stage.art.history(viewer=stage.theo) == []
    assert [post.private for post, _ in stage.flow.list_job_posts] == [True]


async def test_a_private_card_whose_interaction_died_is_not_said_in_public(stage: Stage) -> None:
    stage.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox", private=True)

    assert stage.art.history() == []
    assert stage.flow.list_job_posts == []
    assert stage.flow.unposted_jobs == list(stage.flow.jobs)


async def test_the_buttons_of_a_private_card_answer_privately(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox", private=True)
    (job,) = stage.flow.jobs.values()
    assert result.response is not None
    again = await stage.mia.click(result.response, label="Cancel")
    assert stage.flow.cancelled == [job.id]
    assert again.acknowledged


@pytest.mark.parametrize("action", ["vary", "upscale"])
async def test_the_number_of_the_picture_reaches_the_desk(
    stage: Stage, job: Job, action: str
) -> None:
    message = await stage.show(CardButton(action, "Go", job.id, "2"))
    result = await stage.mia.click(message, label="Go")
    assert stage.flow.again_asked == [(action, "2")]
    assert result.response is not None
    assert not result.ephemeral


async def test_parameters_are_told_to_whoever_asks_alone(stage: Stage, job: Job) -> None:
    message = await stage.show(CardButton("parameters", "Parameters", job.id))
    result = await stage.theo.click(message, label="Parameters")
    assert result.ephemeral
    assert result.response is not None
    told = result.response.embeds[0].description or ""
    assert "Seed: 42" in told
    assert "Prompt: a red fox" in told


async def test_two_quick_presses_are_one_job(stage: Stage, job: Job) -> None:
    message = await stage.show(CardButton("reroll", "Reroll", job.id))
    await stage.mia.click(message, label="Reroll")
    second = await stage.mia.click(message, label="Reroll")
    assert len(stage.flow.jobs) == 2
    assert second.ephemeral
    assert second.response is not None
    assert second.response.content == "Already on it."


@IMPATIENT
async def test_a_press_while_the_last_is_thought_over_is_none(
    stage: Stage, job: Job, disk: SlowDisk
) -> None:
    message = await stage.show(CardButton("reroll", "Reroll", job.id))
    await stage.mia.click(message, label="Reroll")
    second = await stage.mia.click(message, label="Reroll")
    assert second.response is not None
    assert second.response.content == "Already on it."
    await disk.available()
    assert len(stage.flow.jobs) == 2
