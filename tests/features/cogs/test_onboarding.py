"""The first message in a new server, and its two buttons, in a Discord written by others."""

from __future__ import annotations

import discord
import pytest
from simcord.actors import MemberActor

from bot.core import onboarding as welcome_cards
from bot.core.jobs.answers import ALREADY_WORKING_CARD
from cogs.onboarding import WelcomeCog
from tests.features.conftest import IMPATIENT, SlowDisk, Stage

SILENT = discord.PermissionOverwrite(send_messages=False)


@pytest.fixture
async def greeting(stage: Stage) -> discord.Message:
    """What stands in #general after the first start of a bot with new books."""
    greeting = stage.program.flow.onboarding
    await greeting.welcome_guild(stage.guild.id, None, lambda: stage.general.id)
    await greeting.begin((stage.guild.id,))
    await stage.env.settle()
    (message,) = stage.general.history()
    return message


@pytest.fixture
def ruth(stage: Stage) -> MemberActor:
    """Somebody who manages the server."""
    managers = stage.guild.create_role(
        "Managers", permissions=discord.Permissions(manage_guild=True)
    )
    return stage.guild.add_member(stage.env.create_user("ruth"), roles=[managers])


async def test_it_says_in_one_screen_how_to_draw(stage: Stage, greeting: discord.Message) -> None:
    assert greeting.content == (
        "Hi! Describe it and I'll draw it.\nType `/imagine`, then what you want to "
        "see: *a red fox in the snow*.\nUse the buttons under a picture to vary, "
        "upscale or edit it.\nEveryone gets 20 pictures a day (`/quota`). `/help` has "
        "the rest.\n-# Moderators: press **Set up** for channels, models and safety, "
        "`/limits set` for limits."
    )
    (row,) = greeting.components
    assert isinstance(row, discord.ActionRow)
    labels = [button.label for button in row.children if isinstance(button, discord.Button)]
    assert labels == ["Draw one", "Set up"]
    assert (greeting.embeds, greeting.mentions, greeting.mention_everyone) == ([], [], False)


async def test_a_server_that_invites_it_is_greeted_where_it_may_write(
    stage: Stage, greeting: discord.Message
) -> None:
    later = stage.env.create_guild("Later")
    shut = later.create_text_channel("rules", overwrites={later.default_role: SILENT})
    lobby = later.create_text_channel("lobby")
    await stage.env.settle()
    guild = stage.env.bot.get_guild(later.id)
    assert guild is not None
    stage.env.bot.dispatch("guild_join", guild)
    stage.env.bot.dispatch("guild_available", guild)
    await stage.env.settle()
    assert shut.history() == []
    (said,) = lobby.history()
    assert said.content == greeting.content


async def test_draw_one_draws_for_whoever_presses(stage: Stage, greeting: discord.Message) -> None:
    result = await stage.mia.click(greeting, label="Draw one")
    (job,) = await stage.program.jobs()
    assert (job.order.prompt, job.requester) == (welcome_cards.FIRST_PROMPT, stage.mia.id)
    assert not result.ephemeral
    again = await stage.mia.click(greeting, label="Draw one")
    assert again.response is not None
    assert again.response.content == ALREADY_WORKING_CARD.content
    await stage.theo.click(greeting, label="Draw one")
    jobs = await stage.program.jobs()
    assert [job.requester for job in jobs] == [stage.mia.id, stage.theo.id]


@IMPATIENT
async def test_draw_one_thinks_in_private_where_that_is_the_usual(
    stage: Stage, greeting: discord.Message
) -> None:
    await stage.program.set_choices(stage.guild.id, private=True)
    disk = SlowDisk(stage)
    result = await stage.mia.click(greeting, label="Draw one")
    assert result.deferred
    assert stage.general.history(viewer=stage.theo) == [greeting]
    await disk.available()
    assert result.ephemeral
    assert stage.general.history(viewer=stage.theo) == [greeting]
    assert len(stage.general.history(viewer=stage.mia)) == 2


async def test_set_up_opens_a_panel_of_ones_own_for_a_manager(
    stage: Stage, ruth: MemberActor, greeting: discord.Message
) -> None:
    result = await ruth.click(greeting, label="Set up")
    assert result.ephemeral
    assert result.response is not None
    assert result.response.id != greeting.id
    assert "### Settings · Where" in str(result.response.components)
    assert stage.general.history()[0].content == greeting.content


@IMPATIENT
async def test_set_up_on_a_slow_disk_leaves_the_greeting_as_it_is(
    stage: Stage, ruth: MemberActor, greeting: discord.Message
) -> None:
    disk = SlowDisk(stage)
    result = await ruth.click(greeting, label="Set up")
    assert result.deferred
    await disk.available()
    assert result.ephemeral
    assert result.response is not None
    assert "### Settings · Where" in str(result.response.components)
    assert stage.general.history()[0].content == greeting.content


async def test_set_up_is_not_for_others(stage: Stage, greeting: discord.Message) -> None:
    for who in (stage.mia, stage.helper()):
        result = await who.click(greeting, label="Set up")
        assert result.ephemeral
        assert result.response is not None
        assert result.response.content == (
            "Only people with *Manage Server* can set me up. Everyone can draw: try `/imagine`."
        )


async def test_the_buttons_work_after_a_restart(stage: Stage, greeting: discord.Message) -> None:
    await stage.restart()
    await stage.mia.click(greeting, label="Draw one")
    assert await stage.prompts() == [welcome_cards.FIRST_PROMPT]


async def test_a_server_that_was_joined_in_an_outage_is_greeted_when_it_is_there(
    stage: Stage, greeting: discord.Message
) -> None:
    """And once, however often Discord says that it is available."""
    later = stage.env.create_guild("Later")
    lobby = later.create_text_channel("lobby")
    await stage.env.settle()
    guild = stage.env.bot.get_guild(later.id)
    assert guild is not None
    cog = stage.cog(WelcomeCog)
    for _ in range(3):
        await cog.on_guild_available(guild)
    await cog.on_guild_join(guild)
    await stage.env.settle()
    assert len(lobby.history()) == 1


async def test_where_it_may_write_nowhere_nobody_is_greeted(
    stage: Stage, greeting: discord.Message
) -> None:
    later = stage.env.create_guild("Later")
    rules = later.create_text_channel("rules", overwrites={later.default_role: SILENT})
    await stage.env.settle()
    guild = stage.env.bot.get_guild(later.id)
    assert guild is not None
    await stage.cog(WelcomeCog).on_guild_join(guild)
    await stage.env.settle()
    assert rules.history() == []
