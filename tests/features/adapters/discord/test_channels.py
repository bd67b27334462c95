"""Where the bot may write: found among the channels of a real client."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle, GuildHandle

from bot.adapters.discord.channels import (
    OwnChannels,
    describe_missing_right,
    find_chosen_channel,
    find_first_channel,
)
from bot.adapters.discord.interactions.context import BotInteraction, list_role_names
from tests.features.conftest import Stage

SILENT = discord.PermissionOverwrite(send_messages=False)
HIDDEN = discord.PermissionOverwrite(view_channel=False)


def shut(guild: GuildHandle, name: str, right: discord.PermissionOverwrite) -> ChannelHandle:
    return guild.create_text_channel(name, overwrites={guild.default_role: right})


def known(stage: Stage, guild: GuildHandle | None = None) -> discord.Guild:
    found = stage.env.bot.get_guild((guild or stage.guild).id)
    assert found is not None
    return found


class Ears:
    """The interactions that the client was told of."""

    def __init__(self, stage: Stage) -> None:
        self.heard: list[BotInteraction] = []
        bot: Any = stage.env.bot
        bot.add_listener(self.hear, "on_interaction")

    async def hear(self, interaction: BotInteraction) -> None:
        self.heard.append(interaction)


@pytest.fixture
async def asked(stage: Stage) -> BotInteraction:
    """An interaction of mia's in #art."""
    ears = Ears(stage)
    await stage.mia.slash(stage.art, "help")
    return ears.heard[0]


@pytest.fixture
async def asked_directly(stage: Stage) -> BotInteraction:
    """An interaction of mia's in a direct message."""
    ears = Ears(stage)
    await stage.mia.user.slash("privacy export")
    return ears.heard[0]


async def test_the_first_channel_is_one_where_the_bot_may_write(stage: Stage) -> None:
    later = stage.env.create_guild("Later")
    shut(later, "hidden", HIDDEN)
    shut(later, "rules", SILENT)
    await stage.env.settle()
    assert find_first_channel(known(stage, later)) == 0
    lobby = later.create_text_channel("lobby")
    later.create_text_channel("second")
    await stage.env.settle()
    assert find_first_channel(known(stage, later)) == lobby.id


async def test_the_system_channel_goes_before_the_first(stage: Stage) -> None:
    guild = known(stage)
    guild._system_channel_id = stage.general.id
    assert find_first_channel(guild) == stage.general.id
    guild._system_channel_id = None
    assert find_first_channel(guild) == stage.art.id


async def test_channels_for_adults_news_and_rules_are_passed_over(stage: Stage) -> None:
    """Even if one is the system channel."""
    guild = known(stage)
    first, second = (guild.get_channel(one.id) for one in (stage.art, stage.general))
    assert isinstance(first, discord.TextChannel)
    assert isinstance(second, discord.TextChannel)
    guild._system_channel_id = first.id
    first.nsfw = True
    assert find_first_channel(guild) == second.id
    first.nsfw, first._type = False, discord.ChannelType.news.value
    assert find_first_channel(guild) == second.id
    first._type = discord.ChannelType.text.value
    for name in ("_rules_channel_id", "_public_updates_channel_id", "_safety_alerts_channel_id"):
        setattr(guild, name, first.id)
        assert find_first_channel(guild) == second.id, name
        setattr(guild, name, None)
    assert find_first_channel(guild) == first.id


async def test_where_everybody_may_write_goes_before_where_only_the_bot_may(stage: Stage) -> None:
    later = stage.env.create_guild("Later")
    rights = {later.default_role: SILENT, later.me: discord.PermissionOverwrite(send_messages=True)}
    later.create_text_channel("announcements", overwrites=rights)
    lobby = later.create_text_channel("lobby")
    await stage.env.settle()
    assert find_first_channel(known(stage, later)) == lobby.id


@pytest.mark.parametrize(
    ("overwrite", "missing"),
    [(None, ""), (SILENT, "Send Messages"), (HIDDEN, "View Channel")],
)
async def test_the_first_missing_right_is_named(
    stage: Stage, overwrite: discord.PermissionOverwrite | None, missing: str
) -> None:
    handle = stage.art if overwrite is None else shut(stage.guild, "shut", overwrite)
    await stage.env.settle()
    guild = known(stage)
    place = guild.get_channel(handle.id)
    assert place is not None
    assert describe_missing_right(guild, place) == missing


async def test_a_forum_asks_for_the_right_of_its_threads(stage: Stage) -> None:
    """To send into the forum itself is no right that anybody needs."""
    handle = stage.guild.create_forum_channel("ideas")
    await stage.env.settle()
    guild = known(stage)
    forum = guild.get_channel(handle.id)
    assert forum is not None
    assert describe_missing_right(guild, forum) == ""
    for name, missing in (
        ("send_messages", ""),
        ("send_messages_in_threads", "Send Messages in Threads"),
    ):
        denied = discord.Permissions(**{name: True}).value
        forum._overwrites = [
            discord.abc._Overwrites({"id": guild.id, "type": 0, "allow": "0", "deny": str(denied)})
        ]
        assert describe_missing_right(guild, forum) == missing


async def test_a_chosen_channel_is_told_by_its_name_and_its_right(
    stage: Stage, asked: BotInteraction
) -> None:
    rules = shut(stage.guild, "rules", SILENT)
    await stage.env.settle()
    assert find_chosen_channel(asked, stage.general.id) == ("general", "")
    assert find_chosen_channel(asked, rules.id) == ("rules", "Send Messages")
    assert find_chosen_channel(asked, 12345) == ("", "View Channel")


async def test_a_thread_that_was_never_met_is_judged_by_its_parent(
    stage: Stage, asked: BotInteraction
) -> None:
    """Discord sends its name and its parent along with the choice."""
    rules = shut(stage.guild, "rules", HIDDEN)
    await stage.env.settle()
    data: Any = asked.data
    for parent, missing in ((stage.art.id, ""), (rules.id, "View Channel"), (99, "View Channel")):
        thread = {"id": "777", "name": "a thread", "parent_id": str(parent)}
        data["resolved"] = {"channels": {"777": thread}}
        assert find_chosen_channel(asked, 777) == ("a thread", missing)


async def test_role_names_are_those_of_the_server(stage: Stage, asked: BotInteraction) -> None:
    names = list_role_names(asked)
    assert names[stage.artists.id] == "Artists"
    assert {"Artists", "Moderators"} < set(names.values())


async def test_only_channels_of_the_server_are_its_own(stage: Stage, asked: BotInteraction) -> None:
    """One that is gone is named by its id."""
    elsewhere = stage.env.create_guild("Elsewhere").create_text_channel("far")
    await stage.env.settle()
    own = OwnChannels(asked)
    assert own(stage.art.id)
    assert not own(elsewhere.id)
    assert own.name(stage.art.id) == "#art"
    assert str(elsewhere.id) in own.name(elsewhere.id)


async def test_a_direct_message_has_no_channels_and_no_roles(
    stage: Stage, asked_directly: BotInteraction
) -> None:
    assert list_role_names(asked_directly) == {}
    assert find_chosen_channel(asked_directly, stage.art.id) == ("", "View Channel")
    assert not OwnChannels(asked_directly)(stage.art.id)
