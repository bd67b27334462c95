"""The Edit form: filled in at once, answered in one place, alive after a restart."""

import discord
import pytest
import simcord

from tests.features.conftest import Stage, read_private
from tests.support.program import REF, build_settings

FIELDS = {"prompt": "a blue fox", "negative": "snow", "seed": "7", "aspect": "16:9", "steps": "30"}


@pytest.fixture
async def picture(stage: Stage) -> discord.Message:
    """A picture of mia's in #art."""
    await stage.draw("a red fox", negative="rain")
    (message,) = stage.art.history()
    return message


async def opened(stage: Stage, message: discord.Message) -> simcord.InteractionResult:
    return await stage.mia.click(message, label="Edit")


async def test_the_form_shows_what_was_asked(stage: Stage, picture: discord.Message) -> None:
    shown = await opened(stage, picture)

    assert shown.modal is not None
    (job,) = await stage.program.jobs()
    assert shown.modal["custom_id"] == f"edit:{job.id}"
    values = {
        label["component"]["custom_id"]: label["component"].get("value")
        for label in shown.modal["components"]
    }
    assert values["prompt"] == "a red fox"
    assert values["negative"] == "rain"
    assert values["seed"] == "42"


LONG_PROMPTS = [{"settings": build_settings(drawing={"prompt_max": 3000})}]


@pytest.mark.parametrize("program", LONG_PROMPTS, indirect=True)
async def test_the_form_holds_as_much_of_a_prompt_as_the_host_allows(stage: Stage) -> None:
    await stage.draw("x" * 3000)
    shown = await opened(stage, stage.art.history()[0])

    assert shown.modal is not None
    prompt = shown.modal["components"][0]["component"]
    assert (prompt["value"], prompt["max_length"]) == ("x" * 3000, 3000)


async def test_what_was_filled_in_becomes_a_job_with_a_card(
    stage: Stage, picture: discord.Message
) -> None:
    result = await stage.mia.submit_modal(await opened(stage, picture), FIELDS)

    _, job = await stage.program.jobs()
    order = job.order
    assert (order.prompt, order.negative, order.aspect) == ("a blue fox", "snow", "16:9")
    assert (order.seed, order.steps) == (7, 30)
    assert job.source.startswith("interaction:")
    assert job.requester == stage.mia.id
    assert result.response is not None
    assert not result.ephemeral
    assert [post.message for post in await stage.posts(job)] == [result.response.id]


async def test_an_empty_field_is_as_usual(stage: Stage, picture: discord.Message) -> None:
    shown = await opened(stage, picture)
    await stage.mia.submit_modal(
        shown, {"prompt": "a blue fox", "negative": "", "seed": " ", "aspect": "", "steps": ""}
    )

    old, new = await stage.program.jobs()
    assert new.order.prompt == "a blue fox"
    assert new.order.negative == ""
    assert (new.order.aspect, new.order.steps) == (old.order.aspect, old.order.steps)


async def test_a_form_left_open_over_a_restart_still_draws(
    stage: Stage, picture: discord.Message
) -> None:
    shown = await opened(stage, picture)
    await stage.restart()
    result = await stage.mia.submit_modal(shown, FIELDS)

    assert result.response is not None
    assert await stage.prompts() == ["a red fox", "a blue fox"]


async def test_a_word_for_a_number_is_refused_and_the_prompt_given_back(
    stage: Stage, picture: discord.Message
) -> None:
    shown = await opened(stage, picture)
    words = read_private(await stage.mia.submit_modal(shown, {**FIELDS, "seed": "lucky"}))

    assert await stage.prompts() == ["a red fox"]
    assert words.startswith("Seed must be a whole number")
    assert "a blue fox" in words


async def test_another_person_gets_no_form(stage: Stage, picture: discord.Message) -> None:
    result = await stage.theo.click(picture, label="Edit")

    assert result.modal is None
    assert read_private(result).startswith("This picture belongs to mia.")


async def test_a_bug_behind_a_form_is_answered_with_a_reference(
    stage: Stage, picture: discord.Message
) -> None:
    shown = await opened(stage, picture)
    stage.program.disk.error = RuntimeError("secret path /home/host")
    words = read_private(await stage.mia.submit_modal(shown, FIELDS))

    assert REF in words
    assert "secret" not in words
    assert stage.env.errors
