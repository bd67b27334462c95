"""What a host is told of Discord before the bot comes online."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest

from bot.adapters.discord.diagnostics.probe import check_discord
from bot.core.check_result import ChannelUse, CheckResult, UsedChannel
from bot.runtime import build_command_tree
from bot.sandbox.discord.faults import Faults
from bot.sandbox.discord.model import Json
from bot.sandbox.discord.server import SandboxDiscord
from tests.support.check_names import DISCORD_CHECKS
from tests.support.program import build_settings
from tests.support.standin import point_at

ROUTES = [
    "/users/@me",
    "/applications/@me",
    "/gateway/bot",
    "/users/@me/guilds",
    "/applications/{application_id}/guilds/{guild_id}/commands",
    "/applications/{application_id}/commands",
    "/channels/{channel_id}",
    "/guilds/{guild_id}",
    "/guilds/{guild_id}/members/{user_id}",
]
LENIENT = (ROUTES[2], ROUTES[4])
"""Routes of which a strange answer is no problem: Discord has answered, or the guild is gone."""


async def findings(token: str, *used: UsedChannel, **options: Any) -> list[CheckResult]:
    tree = await build_command_tree(build_settings())
    return [finding async for finding in check_discord(token, tree, used, **options)]


async def named(server: SandboxDiscord, *used: UsedChannel) -> dict[str, CheckResult]:
    return {finding.name: finding for finding in await findings(server.token, *used)}


def channel(server: SandboxDiscord, name: str) -> UsedChannel:
    found = next(one for one in server.world.channels.values() if one.name == name)
    return UsedChannel(int(found.id), ChannelUse.DRAWN)


async def test_all_is_well_and_nobody_sees_the_bot_come_online(server: SandboxDiscord) -> None:
    found = await named(server, channel(server, "general"))
    assert list(found) == DISCORD_CHECKS
    assert all(finding.ok for finding in found.values()), found
    guild = next(iter(server.world.guilds.values()))
    assert guild.name in found["server"].detail
    assert not server.hub.sessions.connected
    assert server.hub.starts.remaining == server.hub.starts.total
    assert server.token not in str(found)
    assert server.hub.report.unknown_routes == []


async def test_a_refused_token_ends_the_questions(server: SandboxDiscord) -> None:
    (refused,) = await findings("a.wrong.token")
    assert (refused.name, refused.ok) == ("token", False)
    assert "Reset Token" in refused.fix


async def test_a_discord_that_is_away_is_no_wrong_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", "http://127.0.0.1:9/api")
    (unreached,) = await findings("a.wrong.token")
    assert (unreached.name, unreached.ok) == ("token", False)
    assert "network" in unreached.fix
    async with SandboxDiscord() as server:
        point_at(server, monkeypatch)
        (refused,) = await findings("a.wrong.token")
    assert unreached.fix != refused.fix


@pytest.mark.parametrize(
    "do",
    [
        {"status": 400},
        {"status": 401},
        {"status": 403, "body": {"code": 50013, "message": "Missing Permissions"}},
        {"status": 404, "body": {"code": 0, "message": "404: Not Found"}},
        {"status": 418, "body": "teapot"},
        {"status": 429, "body": {"retry_after": 300.0}},
        {"status": 503},
        {"status": 302, "body": {}, "headers": {"Location": "/elsewhere"}},
        {"status": 204, "body": {}},
        {"status": 200, "body": "a page"},
        {"status": 200, "body": ["a list"]},
        {"status": 200, "body": {"a": "table"}},
        {"status": 200, "body": [{"id": None, "name": [], "type": {}}]},
        {"drop": "before"},
    ],
    ids=lambda do: json.dumps(do)[:40],
)
async def test_no_answer_of_discord_is_a_traceback(server: SandboxDiscord, do: Json) -> None:
    tree, general = await build_command_tree(build_settings()), channel(server, "general")
    for route in ROUTES:
        server.hub.faults.set([{"on": {"method": "GET", "route": route}, "do": do}])
        found = [one async for one in check_discord(server.token, tree, (general,))]
        bad = [finding for finding in found if not finding.ok]
        assert bad or (route in LENIENT and do["status"] in (200, 404)), route
        assert all(finding.detail and finding.fix for finding in bad)
        assert server.token not in str(found)
        if route not in ROUTES[:2]:
            assert len({finding.name for finding in found}) >= len(DISCORD_CHECKS) - 1, (
                "the others run"
            )


async def test_a_clock_that_differs_is_told(server: SandboxDiscord) -> None:
    def late() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=2)

    found = {one.name: one for one in await findings(server.token, now=late)}
    assert [name for name, one in found.items() if not one.ok] == ["clock"]
    assert "ahead of Discord's" in found["clock"].detail
    assert "set-ntp" in found["clock"].fix


async def test_many_guilds_and_channels_are_counted_with_few_requests(
    server: SandboxDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord gives 200 guilds in one page."""
    (guild,) = server.world.guilds.values()
    asked = Counter[str]()
    answer = Faults.for_request

    def count(faults: Faults, method: str, template: str, path: str) -> Json | None:
        asked[template] += 1
        return answer(faults, method, template, path)

    monkeypatch.setattr(Faults, "for_request", count)
    monkeypatch.setattr(server.hub.limits, "take", lambda *_: {})
    everyone, me = server.world.roles[guild.id], server.world.members[guild.id, server.world.bot_id]
    for number in range(240):
        other = replace(guild, id=server.hub.new_id(), name=f"Server {number}")
        server.world.guilds[other.id] = other
        server.world.roles[other.id] = replace(everyone, id=other.id, guild_id=other.id)
        server.world.members[other.id, me.user_id] = replace(me, guild_id=other.id)
    used = [UsedChannel(1000 + number, ChannelUse.DRAWN) for number in range(100)]
    found = await named(server, *used)
    assert all(finding.ok for finding in found.values()), found
    assert "In 241 servers: Sandbox, Server 0, Server 1 …" in found["server"].detail
    assert "25 servers that I asked" in found["slash commands"].detail
    assert "25 of 100" in found["channels"].detail
    assert asked["/users/@me/guilds"] == 2
    assert asked.total() <= 65
