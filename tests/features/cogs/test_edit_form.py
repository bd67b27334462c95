"""The Edit form: filled in at once, answered in one place, alive after a restart."""

import pytest
import simcord

from bot.core.jobs.job import Job
from bot.core.ui.card import CardButton
from tests.features.conftest import Stage
from tests.support.program import REF

FIELDS = {"prompt": "a blue fox", "negative": "snow", "seed": "7", "aspect": "16:9", "steps": "30"}


@pytest.fixture
async def job(stage: Stage) -> Job:
    """A job of mia's, its card in #art."""
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox", negative="rain")
    (job,) = stage.flow.jobs.values()
    return job


async def opened(stage: Stage, job: Job) -> simcord.InteractionResult:
    message = await stage.show(CardButton("edit", "Edit", job.id))
    return await stage.mia.click(message, label="Edit")


async def test_the_form_shows_what_was_asked(stage: Stage, job: Job) -> None:
    shown = await opened(stage, job)

    assert shown.modal is not None
    assert shown.modal["custom_id"] == f"edit:{job.id}"
    values = {
        label["component"]["custom_id"]: label["component"].get("value")
        for label in shown.modal["components"]
    }
    assert values["prompt"] == "a red fox"
    assert values["negative"] == "rain"
    assert values["seed"] == "42"


@pytest.mark.parametrize("program", [{"prompt_max": 3000}], indirect=True)
async def test_the_form_holds_as_much_of_a_prompt_as_the_host_allows(stage: Stage) -> None:
    await stage.mia.slash(stage.art, "imagine", prompt="x" * 3000)
    (job,) = stage.flow.jobs.values()
    shown = await opened(stage, job)

    assert shown.modal is not None
    prompt = shown.modal["components"][0]["component"]
    assert (prompt["value"], prompt["max_length"]) == ("x" * 3000, 3000)


async def test_what_was_filled_in_becomes_a_job_with_a_card(stage: Stage, job: Job) -> None:
    result = await stage.mia.submit_modal(await opened(stage, job), FIELDS)

    wish, asker = stage.flow.wishes[-1]
    assert (wish.prompt, wish.negative, wish.aspect) == ("a blue fox", "snow", "16:9")
    assert (wish.seed, wish.steps) == (7, 30)
    assert wish.source.startswith("interaction:")
    assert asker.user == stage.mia.id
    assert len(stage.flow.jobs) == 2
    assert result.response is not None
    assert not result.ephemeral
    assert stage.flow.list_job_posts[-1][1] == result.response.id


async def test_an_empty_field_is_no_wish(stage: Stage, job: Job) -> None:
    shown = await opened(stage, job)
    await stage.mia.submit_modal(
        shown, {"prompt": "a blue fox", "negative": "", "seed": " ", "aspect": "", "steps": ""}
    )

    wish, _ = stage.flow.wishes[-1]
    assert (wish.negative, wish.aspect, wish.seed, wish.steps) == ("", None, None, None)


async def test_a_form_left_open_over_a_restart_still_draws(stage: Stage, job: Job) -> None:
    shown = await opened(stage, job)
    await stage.env.restart_bot(stage.program.studio())
    result = await stage.mia.submit_modal(shown, FIELDS)

    assert stage.flow.wishes[-1][0].prompt == "a blue fox"
    assert result.response is not None
    assert len(stage.flow.jobs) == 2


async def test_a_word_for_a_number_is_refused_and_the_prompt_given_back(
    stage: Stage, job: Job
) -> None:
    result = await stage.mia.submit_modal(await opened(stage, job), {**FIELDS, "seed": "lucky"})

    assert len(stage.flow.jobs) == 1
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content.startswith("Seed takes a whole number")
    assert "a blue fox" in result.response.content


async def test_another_person_gets_no_form(stage: Stage, job: Job) -> None:
    message = await stage.show(CardButton("edit", "Edit", job.id))
    result = await stage.theo.click(message, label="Edit")

    assert result.modal is None
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content.startswith("This one is mia's.")


async def test_a_bug_behind_a_form_is_answered_with_a_reference(stage: Stage, job: Job) -> None:
    shown = await opened(stage, job)
    stage.flow.bug = RuntimeError("secret path /home/host")
    result = await stage.mia.submit_modal(shown, FIELDS)

    assert result.ephemeral
    assert result.response is not None
    assert REF in result.response.content
    assert stage.env.errors
