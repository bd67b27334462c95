"""Members, channels and permissions as Discord tells them."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.adapters.discord.interactions.context import (
    BotInteraction,
    build_message_context,
    can_react,
    can_reply,
    find_requester,
    is_private,
    list_channel_ids,
)
from tests.features.conftest import Stage


@pytest.fixture
def heard(stage: Stage) -> list[discord.Message]:
    """Messages as the gateway brings them, with members as their authors."""
    messages: list[discord.Message] = []

    async def keep(message: discord.Message) -> None:
        messages.append(message)

    bot: Any = stage.env.bot
    bot.add_listener(keep, "on_message")
    return messages


async def test_a_message_tells_who_asks_and_where(
    stage: Stage, heard: list[discord.Message]
) -> None:
    await stage.theo.send(stage.art, "hello")
    (message,) = heard
    asker = build_message_context(message)
    assert (asker.user, asker.name, asker.guild) == (stage.theo.id, "theo", stage.guild.id)
    assert (asker.channel, asker.channel_name, asker.parent) == (stage.art.id, "art", 0)
    assert asker.roles == (stage.artists.id,)
    assert not asker.can_manage_messages
    assert asker.missing == ""
    assert list_channel_ids(message) == (stage.art.id,)
    assert can_reply(message)
    assert can_react(message)


async def test_a_message_moderates_nothing(stage: Stage, heard: list[discord.Message]) -> None:
    await stage.mona.send(stage.art, "hello")
    asker = build_message_context(heard[0])
    assert not asker.can_manage_messages
    assert not asker.can_stop_jobs_in(asker.channel)


async def test_a_direct_message_has_no_guild_context(
    stage: Stage, heard: list[discord.Message]
) -> None:
    await stage.mia.send_dm("hello")
    direct = next(message for message in heard if message.guild is None)
    with pytest.raises(ValueError, match="direct message"):
        build_message_context(direct)


async def test_the_requester_of_an_answer_is_who_used_the_command(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "quota")
    assert result.response is not None
    assert result.ephemeral
    await stage.imagine(who=stage.theo)
    assert find_requester(stage.art.history()[-1]) == stage.theo.id


async def test_a_message_that_answers_nobody_has_no_requester(stage: Stage) -> None:
    await stage.mia.send(stage.art, "hello")
    message = stage.art.history()[0]
    assert find_requester(message) == 0


async def test_a_command_stands_in_no_private_message(stage: Stage) -> None:
    seen: list[bool] = []

    async def look(interaction: BotInteraction) -> None:
        seen.append(is_private(interaction))

    bot: Any = stage.env.bot
    bot.add_listener(look, "on_interaction")
    await stage.mia.slash(stage.art, "quota")
    assert seen == [False]
