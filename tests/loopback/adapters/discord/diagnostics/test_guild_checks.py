"""The guilds, and whether commands are allowed there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.discord.diagnostics import guild_checks
from bot.adapters.discord.diagnostics.guild_checks import (
    JoinedGuilds,
    check_command_access,
    check_guilds,
    fetch_guilds,
    join_names,
)
from bot.adapters.discord.diagnostics.rest_reader import RestReader
from bot.sandbox.discord.server import SandboxDiscord


def add_guilds(server: SandboxDiscord, count: int) -> list[str]:
    (guild,) = server.world.guilds.values()
    added = []
    for number in range(count):
        other = replace(guild, id=server.hub.new_id(), name=f"Server {number}")
        server.world.guilds[other.id] = other
        server.world.roles[other.id] = replace(server.world.roles[guild.id], id=other.id)
        me = server.world.members[guild.id, server.world.bot_id]
        server.world.members[other.id, me.user_id] = replace(me, guild_id=other.id)
        added.append(other.id)
    return added


async def test_every_page_is_read(
    server: SandboxDiscord, reader: RestReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guild_checks, "PAGE_SIZE", 3)
    add_guilds(server, 5)  # the second page is full
    guilds = await fetch_guilds(reader)
    assert len(guilds.names) == 6
    assert guilds.is_complete


async def test_the_pages_end_somewhere(
    server: SandboxDiscord, reader: RestReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guild_checks, "PAGE_SIZE", 2)
    monkeypatch.setattr(guild_checks, "PAGES_MAX", 2)
    add_guilds(server, 5)
    guilds = await fetch_guilds(reader)
    assert "In more than 4 servers: " in check_guilds(guilds, 4711).detail


def test_a_bot_in_no_server_gets_the_link_that_invites_it() -> None:
    found = check_guilds(JoinedGuilds({}), 4711)
    assert not found.ok
    assert "client_id=4711" in found.fix


def test_of_many_names_some_are_shown() -> None:
    assert join_names("abc") == "a, b, c"
    assert join_names("abcd") == "a, b, c …"


async def test_a_guild_without_slash_commands_is_named_with_the_link(
    server: SandboxDiscord, reader: RestReader
) -> None:
    shut = add_guilds(server, 2)[1]
    guilds, application = await fetch_guilds(reader), int(server.world.application_id)
    assert (await check_command_access(reader, guilds, application)).ok
    server.world.without_commands.add(shut)
    found = await check_command_access(reader, guilds, application)
    assert not found.ok
    assert "No slash commands in Server 1:" in found.detail
    assert "applications.commands" in found.fix
    assert server.hub.report.invalid == []


async def test_a_guild_that_it_left_meanwhile_is_no_problem(
    server: SandboxDiscord, reader: RestReader
) -> None:
    gone = add_guilds(server, 1)[0]
    guilds = await fetch_guilds(reader)
    del server.world.guilds[gone]
    assert (await check_command_access(reader, guilds, int(server.world.application_id))).ok
