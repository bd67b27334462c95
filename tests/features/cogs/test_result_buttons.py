"""Buttons: they work after a restart, and whose they are is asked of the flow."""

import pytest

from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.ui.card import CardButton
from tests.features.conftest import IMPATIENT, SlowDisk, Stage
from tests.support.program import REF


@pytest.fixture
async def job(stage: Stage) -> Job:
    """A job of mia's, its card in #art."""
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")
    (job,) = stage.flow.jobs.values()
    return job


async def test_the_owner_cancels_without_another_word(stage: Stage, job: Job) -> None:
    result = await stage.mia.click(stage.art.last_message, label="Cancel")

    assert stage.flow.cancelled == [job.id]
    assert result.acknowledged
    assert not result.ephemeral
    assert result.followups == []
    assert len(stage.art.history()) == 1


async def test_another_person_reads_privately_whose_it_is(stage: Stage, job: Job) -> None:
    result = await stage.theo.click(stage.art.last_message, label="Cancel")

    assert stage.flow.cancelled == []
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content.startswith("This one is mia's.")
    assert stage.art.history(viewer=stage.mia)[-1].id != result.response.id


async def test_the_offered_way_out_makes_a_job_of_ones_own(stage: Stage, job: Job) -> None:
    refused = await stage.theo.click(stage.art.last_message, label="Cancel")
    assert refused.response is not None
    result = await stage.theo.click(refused.response, label="Use this prompt")

    mine = list(stage.flow.jobs.values())[-1]
    assert mine.requester == stage.theo.id
    assert mine.order.prompt == job.order.prompt
    assert result.response is not None
    assert not result.ephemeral
    assert stage.flow.list_job_posts[-1] == (stage.flow.intents[-1], result.response.id)


async def test_a_moderator_cancels_for_others(stage: Stage, job: Job) -> None:
    await stage.mona.click(stage.art.last_message, label="Cancel")

    assert stage.flow.cancelled == [job.id]


async def test_buttons_work_after_a_restart(stage: Stage, job: Job) -> None:
    await stage.env.restart_bot(stage.program.studio())
    await stage.mia.click(stage.art.last_message, label="Cancel")

    assert stage.flow.cancelled == [job.id]


@pytest.mark.parametrize("action", ["reroll", "retry", "use"])
async def test_drawing_anew_is_answered_with_a_new_public_card(
    stage: Stage, job: Job, action: str
) -> None:
    message = await stage.show(CardButton(action, "Go", job.id))
    result = await stage.mia.click(message, label="Go")

    assert len(stage.flow.jobs) == 2
    assert result.response is not None
    assert not result.ephemeral
    assert result.response.content == "Got it, starting now."
    assert result.response.id != message.id
    ((_, first), (post, second)) = stage.flow.list_job_posts
    assert (first, second) == (stage.art.history()[0].id, result.response.id)
    assert post.token


async def test_a_number_in_the_button_reaches_the_desk(stage: Stage, job: Job) -> None:
    message = await stage.show(CardButton("draw", "Draw 2", job.id, "2"))
    await stage.mia.click(message, label="Draw 2")

    assert list(stage.flow.jobs.values())[-1].order.images == 2


async def test_another_person_cannot_reroll(stage: Stage, job: Job) -> None:
    message = await stage.show(CardButton("reroll", "Reroll", job.id))
    result = await stage.theo.click(message, label="Reroll")

    assert len(stage.flow.jobs) == 1
    assert result.ephemeral


@IMPATIENT
async def test_a_slow_reroll_is_deferred_publicly(stage: Stage, job: Job, disk: SlowDisk) -> None:
    message = await stage.show(CardButton("reroll", "Reroll", job.id))
    result = await stage.mia.click(message, label="Reroll")
    assert result.deferred
    assert not result.ephemeral

    await disk.available()
    assert stage.art.history()[-1].content == "Got it, starting now."
    assert stage.flow.list_job_posts[-1][1] == stage.art.history()[-1].id
    assert stage.art.history()[1].content == message.content


@IMPATIENT
async def test_a_slow_reroll_thinks_in_private_where_that_is_the_usual(
    stage: Stage, job: Job, disk: SlowDisk
) -> None:
    """A server may have chosen so after the message was sent."""
    message = await stage.show(CardButton("reroll", "Reroll", job.id))
    seen = len(stage.art.history(viewer=stage.theo))
    stage.flow.private_here = True
    result = await stage.mia.click(message, label="Reroll")
    assert result.deferred
    assert len(stage.art.history(viewer=stage.theo)) == seen
    await disk.available()
    assert result.ephemeral
    assert len(stage.art.history(viewer=stage.theo)) == seen


@IMPATIENT
async def test_a_slow_cancel_is_taken_at_once(stage: Stage, job: Job, disk: SlowDisk) -> None:
    result = await stage.theo.click(stage.art.history()[0], label="Cancel")
    assert result.acknowledged

    await disk.available()
    (follow_up,) = result.followups
    assert follow_up.ephemeral
    assert follow_up.content.startswith("This one is mia's.")


async def test_delete_takes_the_message_away(stage: Stage, job: Job) -> None:
    message = await stage.show(CardButton("delete", "Delete", job.id))
    result = await stage.mia.click(message, label="Delete")

    assert message.id not in {known.id for known in stage.art.history()}
    assert result.acknowledged
    assert result.response is None


async def test_another_person_cannot_delete(stage: Stage, job: Job) -> None:
    message = await stage.show(CardButton("delete", "Delete", job.id))
    result = await stage.theo.click(message, label="Delete")

    assert message.id in {known.id for known in stage.art.history()}
    assert result.ephemeral


async def test_a_button_of_a_forgotten_job_says_so(stage: Stage) -> None:
    message = await stage.show(CardButton("reroll", "Reroll", JobId("a" * 20)))
    result = await stage.mia.click(message, label="Reroll")

    assert result.ephemeral
    assert result.response is not None
    assert "no longer know" in result.response.content


async def test_a_bug_behind_a_button_is_answered_with_a_reference(stage: Stage, job: Job) -> None:
    stage.flow.bug = RuntimeError("secret path /home/host")
    message = await stage.show(CardButton("reroll", "Reroll", job.id))
    result = await stage.mia.click(message, label="Reroll")

    assert result.ephemeral
    assert result.response is not None
    assert REF in result.response.content
    assert "secret" not in result.response.content
    assert stage.env.errors
