"""Each private part of discord.py is what the bot takes it for."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from discord.utils import SnowflakeList
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.adapters.discord import discord_internals as internals
from bot.adapters.discord.client import SwarmBot


@pytest.fixture
def urls_kept() -> Iterator[None]:
    api, gateway, cdn = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE = api, gateway, cdn


@pytest.mark.usefixtures("urls_kept")
def test_the_addresses_decide_where_requests_go() -> None:
    internals.set_discord_urls("http://a/api/", "ws://b", "http://c/")
    assert Route("GET", "/users/@me").url == "http://a/api/users/@me"
    assert internals.get_api_base() == "http://a/api"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://b"
    assert discord.Asset.BASE == "http://c"


def test_role_ids_include_roles_that_are_not_cached() -> None:
    member = object.__new__(discord.Member)
    member._roles = SnowflakeList([5, 3])
    assert sorted(internals.get_role_ids(member)) == [3, 5]


async def test_a_start_warns_of_no_voice(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("warn_nacl", "warn_dave"):
        monkeypatch.setattr(discord.VoiceClient, name, True)
    SwarmBot(lambda: "REF")
    assert caplog.records == []


def test_a_client_has_the_connector_that_is_forgotten() -> None:
    client = discord.Client(intents=discord.Intents.none())
    internals.forget_connector(client)
    assert client.http.connector is discord.utils.MISSING


def test_a_message_is_encoded_with_its_nonce() -> None:
    with internals.encode_message(content="hello", nonce="n") as params:
        assert params.payload is not None
        assert (params.payload["content"], params.payload["nonce"]) == ("hello", "n")


@pytest.mark.parametrize("name", ["send_message", "edit_message"])
async def test_messages_are_addressed_by_numbers(name: str, monkeypatch: Any) -> None:
    seen: list[tuple[object, ...]] = []

    async def record(self: HTTPClient, *ids: object, params: object) -> str:
        seen.append(ids)
        return "done"

    monkeypatch.setattr(HTTPClient, name, record)
    client = discord.Client(intents=discord.Intents.none())
    ids = (9,) if name == "send_message" else (9, 8)
    with internals.encode_message(content="hello") as params:
        assert await getattr(internals, name)(client, *ids, params) == "done"
    assert seen == [ids]


@pytest.mark.parametrize("message", [None, 8])
async def test_an_edit_by_token_needs_no_message_object(message: int | None) -> None:
    seen: list[tuple[object, ...]] = []

    class Adapter(AsyncWebhookAdapter):
        async def request(self, route: Route, *_: Any, **more: Any) -> Any:
            seen.append((route.url.removeprefix(Route.BASE), more["params"]["with_components"]))
            return {"id": "8"}

    previous = async_context.set(Adapter())
    client: Any = SimpleNamespace(
        application_id=1,
        _connection=SimpleNamespace(http=SimpleNamespace(proxy=None, proxy_auth=None)),
        http=SimpleNamespace(_HTTPClient__session=None, proxy=None, proxy_auth=None),
    )
    interaction: Any = SimpleNamespace(client=client, token="token")
    path = f"/webhooks/1/token/messages/{message or '@original'}"
    try:
        with internals.encode_message(content="hello") as params:
            await internals.edit_by_token(client, "token", message, params)
        if message is None:
            assert await internals.edit_first_answer(interaction, content="hello") == 8
    finally:
        async_context.reset(previous)
    assert set(seen) == {(path, 1)}


def test_an_interaction_that_comes_twice_is_handled_once(monkeypatch: Any) -> None:
    monkeypatch.setattr(internals, "SEEN_INTERACTIONS", 2)
    handled: list[str] = []
    parsers = {"INTERACTION_CREATE": lambda data: handled.append(data["id"])}
    client: Any = SimpleNamespace(_connection=SimpleNamespace(parsers=parsers))
    internals.drop_repeated_interactions(client)
    for number in ("1", "1", "2", "1", "3", "2", "1"):
        parsers["INTERACTION_CREATE"]({"id": number})
    assert handled == ["1", "2", "3", "1"], "the ids of long ago are forgotten"


def test_a_guild_built_of_rest_answers_knows_the_bots_rights() -> None:
    me: Any = {"id": "1", "username": "b", "discriminator": "0", "avatar": None}
    rights = discord.Permissions(view_channel=True, send_messages=True)
    role = {"id": "7", "name": "@everyone", "permissions": str(rights.value), "position": 0}
    room = {"id": "9", "type": 0, "name": "art", "position": 0, "permission_overwrites": []}
    room["permission_overwrites"] = [{"id": "1", "type": 1, "allow": "0", "deny": "2048"}]
    guild = internals.build_guild(
        me,
        {
            "id": "7",
            "name": "Guild",
            "owner_id": "2",
            "roles": [{**role, "color": 0, "hoist": False, "managed": False, "mentionable": False}],
            "members": [{"user": me, "roles": [], "joined_at": None, "flags": 0}],
            "channels": [room],
            "threads": [],
        },
    )
    place = guild.get_channel(9)
    assert place is not None
    seen = place.permissions_for(guild.me)
    assert (seen.view_channel, seen.send_messages) == (True, False)


@pytest.mark.usefixtures("urls_kept")
def test_the_gateway_of_the_settings_is_known() -> None:
    internals.set_discord_urls("http://a/api/", "ws://b:1/", "http://c/")
    assert internals.get_gateway_url() == "ws://b:1/"
