"""The greeting: once for each invitation, when the server is really there, where people read it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from structlog.testing import capture_logs

from bot.sandbox.discord import permissions as may
from bot.sandbox.discord.model import NEWS, TEXT, Channel, Overwrite
from tests.loopback.test_gateway_reconnects import set_faults
from tests.support.attack import QUIET, Attacker
from tests.support.town import Town, town

HELLO: Final = "Hi! Describe it"


async def greetings(here: Town, channel: str = "general", who: str = "mia") -> list[str]:
    """The channel's greetings, by their ids."""
    seen = await here.messages(channel, who)
    return [one["id"] for one in seen if one["content"].startswith(HELLO)]


async def greeted(here: Town, channel: str = "general", who: str = "mia", times: int = 1) -> None:
    async def is_so() -> bool:
        return len(await greetings(here, channel, who)) == times

    await here.until(is_so, f"{times} greetings in #{channel}")


@pytest.mark.parametrize("shards", [1, 2])
async def test_a_server_that_comes_late_is_greeted_when_it_is_there(
    tmp_path: Path, shards: int
) -> None:
    """Also one that invited the bot while it was off, and the next start greets nobody again."""
    async with town(tmp_path, extra=QUIET) as here:
        here.discord.hub.starts.shards = shards
        here.discord.hub.starts.max_concurrency = shards
        await here.start_bot()
        await greeted(here)
        await here.stop_bot()
        attacker = Attacker(here)
        attacker.found_elsewhere()
        await set_faults(here, {"late_ms": 300}, event="GUILD_CREATE", times=9)
        await here.start_bot()
        state = await here.command("mia", "quota", "general")
        assert state["state"] == "answered", "a server of which only the id is known"
        await greeted(here, "lounge", "otto")
        await here.stop_bot()
        await set_faults(here)
        await here.start_bot()
        await attacker.settled()
        assert len(await greetings(here)) == len(await greetings(here, "lounge", "otto")) == 1
        await here.clean()


async def test_the_first_start_greets_after_an_outage(tmp_path: Path) -> None:
    """What people write meanwhile breaks nothing."""
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        await set_faults(here, {"unavailable": [attacker.guild]})
        await here.start_bot()
        with capture_logs() as entries:
            await here.act("mia", "message", channel="imagine", content="draw me a fox")
            await attacker.settled()
        assert [one for one in entries if one["log_level"] == "error"] == []
        assert await greetings(here) == []
        await set_faults(here)
        await greeted(here)
        for _ in range(2):
            await set_faults(here, {"unavailable": [attacker.guild]})
            await set_faults(here, {"twice": True}, event="GUILD_CREATE")
        await attacker.settled()
        assert len(await greetings(here)) == 1


@pytest.mark.parametrize("missed", ["nothing", "the removal", "the removal and the invitation"])
async def test_each_invitation_is_greeted_and_finds_its_settings(
    tmp_path: Path, missed: str
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        await greeted(here)
        await here.command("mona", "limits set", "general", day=3)
        if missed != "nothing":
            await here.stop_bot()
        await here.act("host", "kick", channel="general", user="swarmbot")
        if missed == "the removal":
            await here.start_bot()
            await here.until(lambda: here.rows("SELECT * FROM greetings") == [])
        await here.act("mona", "invite", channel="general")
        if missed == "the removal and the invitation":
            await here.start_bot()
        await greeted(here, times=2)
        state = await here.command("mia", "quota", "general")
        (card,) = [await here.message(one, "general") for one in state["messages"]]
        assert "of 3" in str(card), "its settings are there"
        await here.clean()


async def test_without_a_system_channel_it_goes_where_people_talk(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        world, new_id = here.discord.world, here.discord.hub.new_id
        (guild,) = world.guilds.values()
        silent = (Overwrite(guild.id, 0, deny=may.SEND),)
        ours = Overwrite(world.bot_id, 1, allow=may.SEND)
        rooms = [
            Channel(new_id(), TEXT, "adults", guild.id, nsfw=True),
            Channel(new_id(), NEWS, "news", guild.id),
            Channel(new_id(), TEXT, "rules", guild.id),
            Channel(new_id(), TEXT, "staff", guild.id, overwrites=(*silent, ours)),
            Channel(new_id(), TEXT, "chat", guild.id),
        ]
        for place in [one for one in world.channels.values() if one.guild_id]:
            del world.channels[place.id]
        for position, room in enumerate(rooms):
            world.channels[room.id] = replace(room, position=position)
        world.guilds[guild.id] = replace(
            guild, system_channel_id=None, rules_channel_id=rooms[2].id
        )
        await here.start_bot()
        await greeted(here, "chat")
        for room in rooms[:-1]:
            assert await greetings(here, str(room.name)) == []
        await here.clean()
