"""What a host is told of Discord before the bot comes online."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import discord
import pytest

from bot.adapters.discord.diagnostics.probe import check_discord
from bot.core.check_result import CheckResult
from bot.sandbox.discord.server import SandboxDiscord
from tests.support.standin import point_at


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxDiscord]:
    async with SandboxDiscord() as server:
        point_at(server, monkeypatch)
        yield server


async def findings(token: str) -> dict[str, CheckResult]:
    return {finding.name: finding async for finding in check_discord(token)}


async def test_all_is_well_and_nobody_sees_the_bot_come_online(server: SandboxDiscord) -> None:
    found = await findings(server.token)
    assert list(found) == ["token", "intent", "server"]
    assert all(finding.ok for finding in found.values()), found
    guild = next(iter(server.world.guilds.values()))
    assert guild.name in found["server"].detail
    assert not server.hub.sessions.connected
    assert server.token not in str(found)


async def test_a_refused_token_ends_the_questions(server: SandboxDiscord) -> None:
    found = await findings("a.wrong.token")
    assert [(name, one.ok) for name, one in found.items()] == [("token", False)]
    assert found["token"].fix


async def test_a_discord_that_is_away_is_no_wrong_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", "http://127.0.0.1:9/api")
    unreached = (await findings("a.wrong.token"))["token"]
    assert not unreached.ok
    async with SandboxDiscord() as server:
        point_at(server, monkeypatch)
        refused = (await findings("a.wrong.token"))["token"]
    assert unreached.fix != refused.fix


async def test_an_intent_that_was_not_granted_is_named_with_its_page(
    server: SandboxDiscord,
) -> None:
    server.world.granted = ()
    found = await findings(server.token)
    assert [name for name, one in found.items() if not one.ok] == ["intent"]
    assert str(server.world.application_id) in found["intent"].fix


async def test_a_bot_in_no_server_gets_the_link_that_invites_it(server: SandboxDiscord) -> None:
    server.world.guilds.clear()
    found = await findings(server.token)
    assert not found["server"].ok
    assert f"client_id={server.world.application_id}" in found["server"].fix


async def test_of_many_servers_some_are_named(server: SandboxDiscord) -> None:
    (guild,) = server.world.guilds.values()
    for number in range(4):
        other = replace(guild, id=server.hub.new_id(), name=f"Server {number}")
        server.world.guilds[other.id] = other
        server.world.roles[other.id] = replace(server.world.roles[guild.id], id=other.id)
    detail = (await findings(server.token))["server"].detail
    assert "5" in detail
    assert "Server 1" in detail
    assert "Server 3" not in detail
