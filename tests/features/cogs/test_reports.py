"""Reports and the buttons below one: who may use them, and what they read."""

from __future__ import annotations

import discord
import pytest

from cogs.reports import REPORT_MENU
from tests.features.cogs.test_commands import registered
from tests.features.conftest import Stage, read_private

THANKS = "Thanks. The moderators have been notified."
FOREIGN = "You can only report pictures that I drew. For anything else, message a moderator."
NO_BLOCK = "You need *Timeout Members* for this, as for `/block`. Nothing was changed."


@pytest.fixture
async def picture(stage: Stage) -> discord.Message:
    """A picture of mia's, in a guild whose reports go to #general."""
    await stage.program.set_choices(stage.guild.id, log_channel=stage.general.id)
    await stage.draw()
    (message,) = stage.art.history()
    return message


def report(stage: Stage) -> discord.Message:
    """The one report in the log channel."""
    (found,) = (m for m in stage.general.history() if m.content == "A picture was reported.")
    return found


@pytest.mark.parametrize("who", ["theo", "mona"])
async def test_anybody_reports_privately(stage: Stage, picture: discord.Message, who: str) -> None:
    actor = getattr(stage, who)
    assert read_private(await actor.click(picture, label="Report")) == THANKS
    said = str(report(stage).embeds[0].description)
    assert said.endswith(f"Drawn by <@{stage.mia.id}>")
    assert str(actor.id) not in said
    assert f"/{stage.art.id}/{picture.id})" in said
    assert len(await stage.program.jobs()) == 1


async def test_the_menu_of_a_message_reports_too(stage: Stage, picture: discord.Message) -> None:
    assert registered(stage)[REPORT_MENU]["type"] == 3
    message = await stage.mia.send(stage.art, "not a picture")
    result = await stage.theo.context_menu(stage.art, REPORT_MENU, message)
    assert read_private(result) == FOREIGN
    result = await stage.theo.context_menu(stage.art, REPORT_MENU, picture)
    assert read_private(result) == THANKS
    assert f"/{picture.id})" in str(report(stage).embeds[0].description)


async def test_moderators_delete_the_picture_and_members_are_told(
    stage: Stage, picture: discord.Message
) -> None:
    await stage.theo.click(picture, label="Report")
    result = await stage.theo.click(report(stage), label="Delete picture")
    assert read_private(result) == (
        f"You need *Manage Messages* in <#{stage.art.id}> to delete this picture."
    )
    assert [message.id for message in stage.art.history()] == [picture.id]
    result = await stage.mona.click(report(stage), label="Delete picture")
    assert read_private(result) == "Deleted."
    assert stage.art.history() == []


@pytest.mark.parametrize(("label", "blocked"), [("1 day", "ends <t:"), ("For good", "for good")])
async def test_moderators_block_the_requester_and_members_are_told(
    stage: Stage, picture: discord.Message, label: str, blocked: str
) -> None:
    await stage.theo.click(picture, label="Report")
    result = await stage.theo.click(report(stage), label="Block …")
    assert read_private(result) == NO_BLOCK
    asked = await stage.mona.click(report(stage), label="Block …")
    assert read_private(asked).startswith("Block mia from drawing for how long?")
    done = await stage.mona.click(asked.response, label=label)
    assert blocked in read_private(done)
    assert "blocked from drawing here" in await stage.says(stage.mia, "imagine", prompt="a fox")
