"""Buttons: they work after a restart, and whose they are is asked of the flow."""

import discord
import pytest

from bot.core.ids import JobId
from bot.core.ui.card import CardButton
from cogs.reports import ReportsCog
from cogs.result_buttons import ResultsCog
from tests.features.conftest import IMPATIENT, SlowDisk, Stage, read_private
from tests.support.program import REF


@pytest.fixture
async def card(stage: Stage) -> discord.Message:
    """The card of a job of mia's that waits, in #art."""
    await stage.imagine()
    (message,) = stage.art.history()
    return message


@pytest.fixture
async def picture(stage: Stage) -> discord.Message:
    """A picture of mia's, in #art."""
    await stage.draw()
    (message,) = stage.art.history()
    return message


async def states(stage: Stage) -> list[str]:
    return [job.state.value for job in await stage.program.jobs()]


async def test_the_owner_cancels_without_another_word(stage: Stage, card: discord.Message) -> None:
    result = await stage.mia.click(card, label="Cancel")

    assert await states(stage) == ["cancelled"]
    assert result.acknowledged
    assert not result.ephemeral
    assert result.followups == []
    assert len(stage.art.history()) == 1


async def test_another_person_reads_privately_whose_it_is(
    stage: Stage, card: discord.Message
) -> None:
    result = await stage.theo.click(card, label="Cancel")

    assert await states(stage) == ["queued"]
    assert read_private(result).startswith("This picture belongs to mia.")
    assert [message.id for message in stage.art.history(viewer=stage.mia)] == [card.id]


async def test_the_offered_way_out_makes_a_job_of_ones_own(
    stage: Stage, card: discord.Message
) -> None:
    refused = await stage.theo.click(card, label="Cancel")
    result = await stage.theo.click(refused.response, label="Use this prompt")

    old, new = await stage.program.jobs()
    assert new.requester == stage.theo.id
    assert new.order.prompt == old.order.prompt
    assert result.response is not None
    assert not result.ephemeral
    assert [post.message for post in await stage.posts(new)] == [result.response.id]


async def test_a_moderator_cancels_for_others(stage: Stage, card: discord.Message) -> None:
    await stage.mona.click(card, label="Cancel")

    assert await states(stage) == ["cancelled"]


async def test_buttons_work_after_a_restart(stage: Stage, card: discord.Message) -> None:
    await stage.restart()
    await stage.mia.click(card, label="Cancel")

    assert await states(stage) == ["cancelled"]


@pytest.mark.parametrize("action", ["reroll", "retry", "use"])
async def test_drawing_anew_is_answered_with_a_new_public_card(
    stage: Stage, picture: discord.Message, action: str
) -> None:
    first, *_ = await stage.program.jobs()
    message = await stage.show(CardButton(action, "Go", first.id))
    result = await stage.mia.click(message, label="Go")

    _, job = await stage.program.jobs()
    assert result.response is not None
    assert not result.ephemeral
    assert result.response.content == "Got it, starting now."
    assert result.response.id != message.id
    (post,) = await stage.posts(job)
    assert post.message == result.response.id
    assert post.token


async def test_a_refused_number_is_drawn_with_fewer(stage: Stage) -> None:
    await stage.says(stage.mona, "limits set", day=2)
    refused = await stage.mia.slash(stage.art, "imagine", prompt="a red fox", images=3)
    assert await stage.program.jobs() == []
    await stage.mia.click(refused.response, label="Draw 2")

    (job,) = await stage.program.jobs()
    assert (job.order.prompt, job.order.images) == ("a red fox", 2)


async def test_another_person_cannot_reroll(stage: Stage, picture: discord.Message) -> None:
    result = await stage.press(stage.theo, picture, "reroll")

    assert len(await stage.program.jobs()) == 1
    assert result.ephemeral


@IMPATIENT
async def test_a_slow_reroll_is_deferred_publicly(stage: Stage, picture: discord.Message) -> None:
    disk = SlowDisk(stage)
    result = await stage.press(stage.mia, picture, "reroll")
    assert result.deferred
    assert not result.ephemeral

    await disk.available()
    before, after = stage.art.history()
    assert before.content == picture.content
    assert after.content == "Got it, starting now."
    _, job = await stage.program.jobs()
    assert [post.message for post in await stage.posts(job)] == [after.id]


@IMPATIENT
async def test_a_slow_reroll_thinks_in_private_where_that_is_the_usual(
    stage: Stage, picture: discord.Message
) -> None:
    """A server may have chosen so after the message was sent."""
    seen = len(stage.art.history(viewer=stage.theo))
    await stage.program.set_choices(stage.guild.id, private=True)
    disk = SlowDisk(stage)
    result = await stage.press(stage.mia, picture, "reroll")
    assert result.deferred
    assert len(stage.art.history(viewer=stage.theo)) == seen
    await disk.available()
    assert result.ephemeral
    assert len(stage.art.history(viewer=stage.theo)) == seen


@IMPATIENT
async def test_a_slow_cancel_is_taken_at_once(stage: Stage, card: discord.Message) -> None:
    disk = SlowDisk(stage)
    result = await stage.theo.click(card, label="Cancel")
    assert result.acknowledged

    await disk.available()
    (follow_up,) = result.followups
    assert follow_up.ephemeral
    assert follow_up.content.startswith("This picture belongs to mia.")


async def test_delete_takes_the_message_away(stage: Stage, picture: discord.Message) -> None:
    result = await stage.mia.click(picture, label="Delete")

    assert stage.art.history() == []
    assert result.acknowledged
    assert result.response is None


async def test_another_person_cannot_delete(stage: Stage, picture: discord.Message) -> None:
    result = await stage.theo.click(picture, label="Delete")

    assert [known.id for known in stage.art.history(viewer=stage.mia)] == [picture.id]
    assert result.ephemeral


async def test_a_button_of_a_forgotten_job_says_so(stage: Stage) -> None:
    message = await stage.show(CardButton("reroll", "Reroll", JobId("a" * 20)))
    result = await stage.mia.click(message, label="Reroll")

    assert "too old for its buttons" in read_private(result)


async def test_a_bug_behind_a_button_is_answered_with_a_reference(
    stage: Stage, picture: discord.Message
) -> None:
    stage.program.disk.error = RuntimeError("secret path /home/host")
    words = read_private(await stage.press(stage.mia, picture, "reroll"))

    assert REF in words
    assert "secret" not in words
    assert stage.env.errors


async def test_a_press_is_answered_by_one_cog(stage: Stage, picture: discord.Message) -> None:
    """A report is the other cog's: this one adds no word and no job."""
    for kind in (ResultsCog, ReportsCog):
        assert stage.cog(kind).get_listeners() == []
    await stage.program.set_choices(stage.guild.id, log_channel=stage.general.id)
    for action, jobs in (("parameters", 1), ("report", 1), ("reroll", 2)):
        result = await stage.press(stage.mia, picture, action)
        assert result.followups == []
        assert len(await stage.program.jobs()) == jobs
