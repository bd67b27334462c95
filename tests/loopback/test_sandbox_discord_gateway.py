"""The sandbox's gateway frame by frame: who gets in, who hears what, what can be resumed."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.sandbox.discord import SandboxDiscord
from tests.support.standin import Api, Clock, Door

ALL = (1 << 0) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 15)
UNREAD = ALL & ~(1 << 15)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[SandboxDiscord]:
    async with SandboxDiscord(now=clock) as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def door(server: SandboxDiscord, session: aiohttp.ClientSession) -> Door:
    return Door(session, server.base)


@pytest.fixture
def api(server: SandboxDiscord, session: aiohttp.ClientSession) -> Api:
    return Api(session, server)


class Line:
    """One gateway connection, read by hand."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.seq = 0

    async def say(self, op: int, data: Any) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def hear(self) -> Any:
        payload = await self.socket.receive_json(timeout=30)
        self.seq = payload["s"] or self.seq
        return payload

    async def event(self, name: str) -> Any:
        while (payload := await self.hear())["t"] != name:
            pass
        return payload["d"]

    async def closed(self) -> int | None:
        """The code that the server closes with; what comes before is passed over."""
        while not self.socket.closed:
            await self.socket.receive(timeout=30)
        return self.socket.close_code


@asynccontextmanager
async def line(server: SandboxDiscord, session: aiohttp.ClientSession) -> AsyncIterator[Line]:
    async with session.ws_connect(server.gateway_url) as socket:
        connection = Line(socket)
        assert (await connection.hear())["op"] == 10
        yield connection


async def identified(connection: Line, server: SandboxDiscord, intents: int = ALL) -> Any:
    await connection.say(2, {"token": server.token, "intents": intents, "properties": {}})
    return await connection.event("READY")


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong", "intents": 1}, 4004),
        (2, {"intents": 1 << 1}, 4014),
        (2, {"intents": 1 << 60}, 4013),
        (2, {}, 4013),
        (2, {"intents": 1, "shard": [1, 1]}, 4010),
        (6, {"token": "wrong", "session_id": "x", "seq": 1}, 4004),
        (3, {}, 4003),
        (99, {}, 4003),
    ],
)
async def test_who_is_sent_away(
    server: SandboxDiscord, session: aiohttp.ClientSession, op: int, data: Any, code: int
) -> None:
    async with line(server, session) as connection:
        await connection.say(op, {"token": server.token} | data)
        assert await connection.closed() == code


async def test_what_is_no_json_is_4002(
    server: SandboxDiscord, session: aiohttp.ClientSession
) -> None:
    async with line(server, session) as connection:
        await connection.socket.send_str("{")
        assert await connection.closed() == 4002


async def test_who_says_too_much_is_sent_away(
    server: SandboxDiscord, session: aiohttp.ClientSession
) -> None:
    """120 in a minute, and one too many."""
    async with line(server, session) as connection:
        for _ in range(121):
            await connection.say(1, None)
        assert await connection.closed() == 4008


async def test_ready_leads_home_and_heartbeats_are_answered(
    server: SandboxDiscord, session: aiohttp.ClientSession
) -> None:
    async with line(server, session) as connection:
        ready = await identified(connection, server)
        assert ready["resume_gateway_url"] == server.gateway_url
        guild = await connection.event("GUILD_CREATE")
        assert {c["name"] for c in guild["channels"]} >= {"general", "imagine"}
        assert [t["name"] for t in guild["threads"]] == ["fox thread"]
        (rule,) = next(c for c in guild["channels"] if c["name"] == "locked")[
            "permission_overwrites"
        ]
        assert (rule["id"], rule["type"]) == (server.world.bot_id, 1)
        assert int(rule["deny"]) & 1 << 11
        await connection.say(1, connection.seq)
        assert (await connection.hear())["op"] == 11
        asked = {"guild_id": guild["id"], "query": "", "limit": 0, "nonce": "n"}
        await connection.say(8, asked)
        chunk = await connection.event("GUILD_MEMBERS_CHUNK")
        assert {m["user"]["username"] for m in chunk["members"]} >= {"mia", "theo", "mona"}


async def test_a_heartbeats_answer_is_some_way_off(
    server: SandboxDiscord, session: aiohttp.ClientSession
) -> None:
    """Within the same breath the library takes it for an answer to the heartbeat before."""
    async with line(server, session) as connection:
        sent = time.perf_counter()
        await connection.say(1, None)
        assert (await connection.hear())["op"] == 11
        assert time.perf_counter() - sent > 0.02


async def test_without_the_intent_words_are_empty_but_for_the_exceptions(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door, api: Api
) -> None:
    """Its own, direct messages, and messages that name it are read all the same."""
    bot = server.world.bot_id
    mia = next(u.id for u in server.world.users.values() if u.username == "mia")
    dm = server.world.dm_of(mia).id
    async with line(server, session) as connection:
        await identified(connection, server, UNREAD)
        heard = []
        file = {"name": "a.txt", "base64": "eA=="}
        await door.act("mia", "message", channel="imagine", content="plain", files=[file])
        await door.act("mia", "message", channel="imagine", content=f"<@{bot}> draw")
        await door.act("mia", "message", channel=dm, content="private")
        await api.good("POST", api.channel("imagine") + "/messages", {"content": "mine"})
        for _ in range(4):
            heard.append(await connection.event("MESSAGE_CREATE"))
        assert [m["content"] for m in heard] == ["", f"<@{bot}> draw", "private", "mine"]
        assert heard[0]["attachments"] == []
        assert "guild_id" not in heard[2]
        assert heard[0]["member"]["roles"] == []


async def test_private_answers_are_not_told(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door, api: Api
) -> None:
    await api.register({"name": "draw", "description": "d"})
    async with line(server, session) as connection:
        await identified(connection, server)
        act = await door.act("mia", "command", channel="imagine", name="draw")
        begun = await connection.event("INTERACTION_CREATE")
        assert begun["id"] == act["interaction"]
        answer = {"type": 4, "data": {"content": "psst", "flags": 64}}
        await api.good("POST", api.callback(act), answer)
        sent = await door.act("mia", "message", channel="imagine", content="after")
        heard = await connection.event("MESSAGE_CREATE")
        assert heard["id"] == sent["message"]


async def test_with_an_endpoint_url_interactions_go_there_alone(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door, api: Api
) -> None:
    await api.register({"name": "draw", "description": "d"})
    async with line(server, session) as connection:
        await identified(connection, server)
        server.world.portal["interactions_endpoint_url"] = "https://example.org"
        await door.act("mia", "command", channel="imagine", name="draw")
        server.world.portal.clear()
        second = await door.act("mia", "command", channel="imagine", name="draw")
        assert (await connection.event("INTERACTION_CREATE"))["id"] == second["interaction"]


async def test_an_interaction_carries_what_discord_says(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door, api: Api
) -> None:
    await api.register({"name": "draw", "description": "d"})
    mia = next(u.id for u in server.world.users.values() if u.username == "mia")
    dm = server.world.dm_of(mia).id
    async with line(server, session) as connection:
        await identified(connection, server)
        for channel in ("locked", "fox thread", dm):
            await door.act("mia", "command", channel=channel, name="draw")
        locked, thread, private = [await connection.event("INTERACTION_CREATE") for _ in range(3)]
        send, attach, manage = 1 << 11, 1 << 15, 1 << 13
        assert int(locked["app_permissions"]) & (send | attach) == 0
        assert int(locked["member"]["permissions"]) & send
        assert not int(locked["member"]["permissions"]) & manage
        assert (locked["context"], locked["attachment_size_limit"]) == (0, 10 << 20)
        assert thread["channel"]["type"] == 11
        assert int(thread["app_permissions"]) & attach
        assert (private["context"], private["user"]["id"]) == (1, mia)
        assert "guild_id" not in private
        assert int(private["app_permissions"]) & attach


async def test_a_session_is_resumed_with_what_it_missed(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door, clock: Clock
) -> None:
    async with line(server, session) as first:
        ready = await identified(first, server)
        await first.event("GUILD_CREATE")
        await first.socket.close(code=4000)
    seq = first.seq
    for word in ("one", "two"):
        await door.act("mia", "message", channel="imagine", content=word)
    resume = {"token": server.token, "session_id": ready["session_id"], "seq": seq}
    async with line(server, session) as second:
        await second.say(6, resume)
        heard = [await second.hear() for _ in range(3)]
        assert [p["t"] for p in heard] == ["MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"]
        assert [p["d"].get("content") for p in heard] == ["one", "two", None]
        assert [p["s"] for p in heard] == [seq + 1, seq + 2, seq + 3]
        await second.socket.close(code=4000)
    await door.get("/report")
    assert server.hub.sessions.connected == []
    clock.pass_by(301)
    async with line(server, session) as late:
        await late.say(6, resume)
        assert await late.hear() == {"op": 9, "d": False, "s": None, "t": None}


@pytest.mark.parametrize("code", [1000, 1001])
async def test_who_leaves_politely_cannot_resume(
    server: SandboxDiscord, session: aiohttp.ClientSession, code: int
) -> None:
    async with line(server, session) as first:
        ready = await identified(first, server)
        await first.socket.close(code=code)
    async with line(server, session) as second:
        asked = {"token": server.token, "session_id": ready["session_id"], "seq": 1}
        await second.say(6, asked)
        assert (await second.hear())["op"] == 9


@pytest.mark.parametrize(("do", "op"), [({"reconnect": True}, 7), ({"invalid_session": True}, 9)])
async def test_restless_gateways(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door, do: Any, op: int
) -> None:
    async with line(server, session) as connection:
        await identified(connection, server)
        await connection.event("GUILD_CREATE")
        await door.post("/faults", {"set": [{"on": {"gateway": True}, "do": do}]})
        assert (await connection.hear())["op"] == op


async def test_a_gateway_fault_waits_for_a_connection_and_strikes_as_often_as_told(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door
) -> None:
    fault = {"on": {"gateway": True}, "do": {"close": 4009}, "times": 2}
    await door.post("/faults", {"set": [fault]})
    for _ in range(2):
        async with line(server, session) as connection:
            await identified(connection, server)
            assert await connection.closed() == 4009
    async with line(server, session) as connection:
        await identified(connection, server)
        await connection.say(1, 1)
        while (await connection.hear())["op"] != 11:
            pass


async def test_a_silent_gateway_says_nothing_and_forgets_nothing(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door
) -> None:
    async with line(server, session) as connection:
        ready = await identified(connection, server)
        await connection.event("GUILD_CREATE")
        await door.post("/faults", {"set": [{"on": {"gateway": True}, "do": {"silence": True}}]})
        await door.act("mia", "message", channel="imagine", content="unheard")
        await connection.say(1, 1)
        await door.get("/report")
        await door.post("/faults", {"set": []})
        await door.act("mia", "message", channel="imagine", content="heard")
        assert (await connection.event("MESSAGE_CREATE"))["content"] == "heard"
        await connection.socket.close(code=4000)
    async with line(server, session) as again:
        asked = {"token": server.token, "session_id": ready["session_id"], "seq": 2}
        await again.say(6, asked)
        assert (await again.event("MESSAGE_CREATE"))["content"] == "unheard"


async def test_guilds_go_to_their_shard_and_direct_messages_to_the_first(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door
) -> None:
    server.hub.starts.max_concurrency = 2
    guild = int(next(iter(server.world.guilds)))
    mine = (guild >> 22) % 2
    mia = next(u.id for u in server.world.users.values() if u.username == "mia")
    async with line(server, session) as zero, line(server, session) as one:
        for index, connection in enumerate((zero, one)):
            data = {"token": server.token, "intents": ALL, "shard": [index, 2]}
            await connection.say(2, data)
            ready = await connection.event("READY")
            assert len(ready["guilds"]) == (index == mine)
        await door.act("mia", "message", channel="imagine", content="guild")
        await door.act("mia", "message", channel=server.world.dm_of(mia).id, content="dm")
        there = (zero, one)[mine]
        assert (await there.event("MESSAGE_CREATE"))["content"] == "guild"
        assert (await zero.event("MESSAGE_CREATE"))["content"] == "dm"


async def test_deletes_and_reactions_are_told(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door
) -> None:
    async with line(server, session) as connection:
        await identified(connection, server)
        sent = await door.act("mia", "message", channel="imagine", content="x")
        await door.act("theo", "react", message=sent["message"], emoji="🦊")
        added = await connection.event("MESSAGE_REACTION_ADD")
        assert (added["emoji"]["name"], added["message_id"]) == ("🦊", sent["message"])
        await door.act("theo", "unreact", message=sent["message"], emoji="🦊")
        await connection.event("MESSAGE_REACTION_REMOVE")
        await door.act("mia", "edit", message=sent["message"], content="y")
        assert (await connection.event("MESSAGE_UPDATE"))["content"] == "y"
        await door.act("mia", "delete", message=sent["message"])
        assert (await connection.event("MESSAGE_DELETE"))["id"] == sent["message"]


async def test_people_see_whether_the_bot_is_there(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door
) -> None:
    assert (await door.get("/world"))["bot"]["status"] == "offline"
    async with line(server, session) as connection:
        await identified(connection, server)
        assert (await door.get("/world"))["bot"]["status"] == "online"
        shown = {
            "status": "dnd",
            "activities": [{"type": 4, "name": "x", "state": "SwarmUI is down"}],
        }
        await connection.say(3, shown)
        await connection.say(1, 1)
        while (await connection.hear())["op"] != 11:
            pass
        assert (await door.get("/world"))["bot"] | shown == (await door.get("/world"))["bot"]


async def test_a_session_start_too_many_costs_the_token(
    server: SandboxDiscord, session: aiohttp.ClientSession, api: Api, clock: Clock
) -> None:
    """Refused ones count as well, resumed sessions do not."""
    starts = server.hub.starts
    starts.remaining = 2
    starts.reset_at = clock() + 60
    identify = {"token": server.token, "intents": ALL}
    async with line(server, session) as connection:
        ready = await identified(connection, server)
        await connection.socket.close(code=4000)
    async with line(server, session) as connection:
        await connection.say(2, identify | {"intents": 1 << 1})
        assert await connection.closed() == 4014
    async with line(server, session) as connection:
        resume = {"token": server.token, "session_id": ready["session_id"], "seq": 2}
        await connection.say(6, resume)
        await connection.event("RESUMED")
    limit = (await api.good("GET", "/gateway/bot"))["session_start_limit"]
    assert (limit["remaining"], limit["reset_after"]) == (0, 60_000)
    async with line(server, session) as connection:
        await connection.say(2, identify)
        assert await connection.closed() == 4004
    assert [one["route"] for one in server.hub.report.invalid] == ["IDENTIFY"]
    clock.pass_by(61)
    limit = (await api.good("GET", "/gateway/bot"))["session_start_limit"]
    assert limit["remaining"] == limit["total"] == 1000


async def test_two_shards_of_one_bucket_identify_five_seconds_apart(
    server: SandboxDiscord, session: aiohttp.ClientSession, clock: Clock
) -> None:
    server.hub.starts.shards = 2
    async with line(server, session) as zero, line(server, session) as one:
        await zero.say(2, {"token": server.token, "intents": ALL, "shard": [0, 2]})
        await zero.event("READY")
        clock.pass_by(4)
        await one.say(2, {"token": server.token, "intents": ALL, "shard": [1, 2]})
        assert (await one.hear())["op"] == 9
        clock.pass_by(6)
        await one.say(2, {"token": server.token, "intents": ALL, "shard": [1, 2]})
        await one.event("READY")
    assert server.hub.report.gateway["identify"] == 3


async def test_a_gateway_refuses_or_accepts_without_a_word(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door
) -> None:
    on = {"gateway": True}
    refuse = {"on": on, "do": {"refuse": True}, "times": 1}
    await door.post("/faults", {"set": [refuse, {"on": on, "do": {"no_hello": True}}]})
    with pytest.raises(aiohttp.ClientError):
        await session.ws_connect(server.gateway_url)
    async with session.ws_connect(server.gateway_url) as socket:
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json(timeout=30))["op"] == 11, "no HELLO came before"
    await door.post("/faults", {"set": []})
    async with line(server, session) as connection:
        await identified(connection, server)
        await door.post("/faults", {"set": [{"on": on, "do": {"cut": True}}]})
        assert await connection.closed() == 1006


@pytest.mark.parametrize(
    ("do", "heard"),
    [
        ({"without": ["content", "type"]}, [None, "b"]),
        ({"twice": True}, ["a", "a", "b"]),
        ({"late_ms": 300}, ["b", "a"]),
    ],
)
async def test_events_come_twice_late_or_with_something_missing(
    server: SandboxDiscord,
    session: aiohttp.ClientSession,
    door: Door,
    do: Any,
    heard: list[str | None],
) -> None:
    async with line(server, session) as connection:
        await identified(connection, server)
        fault = {"on": {"gateway": True, "event": "MESSAGE_CREATE"}, "do": do}
        await door.post("/faults", {"set": [fault]})
        for word in ("a", "b"):
            await door.act("mia", "message", channel="imagine", content=word)
        come = [await connection.event("MESSAGE_CREATE") for _ in heard]
        assert [one.get("content") for one in come] == heard


async def test_an_outage_takes_a_guild_away_and_brings_it_back(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door
) -> None:
    """Who connects meanwhile is told of the outage in the place of the guild."""
    (guild,) = server.world.guilds
    outage = {"on": {"gateway": True}, "do": {"unavailable": [guild]}}
    gone = {"id": guild, "unavailable": True}
    async with line(server, session) as connection:
        await identified(connection, server)
        await connection.event("GUILD_CREATE")
        await door.post("/faults", {"set": [outage]})
        assert await connection.event("GUILD_DELETE") == gone
        async with line(server, session) as late:
            ready = await identified(late, server)
            assert ready["guilds"] == [gone]
            assert await late.event("GUILD_DELETE") == gone
            await door.post("/faults", {"set": []})
            for each in (connection, late):
                assert (await each.event("GUILD_CREATE"))["unavailable"] is False


async def test_the_bot_is_removed_and_invited_and_people_are_banned(
    server: SandboxDiscord, session: aiohttp.ClientSession, door: Door, api: Api
) -> None:
    (guild,) = server.world.guilds
    heard = ALL | 1 << 2
    async with line(server, session) as connection:
        await identified(connection, server, heard)
        await door.refused("mona", "ban", channel="general", user="theo")
        await door.act("host", "ban", channel="general", user="theo")
        assert (await connection.event("GUILD_BAN_ADD"))["user"]["username"] == "theo"
        await door.act("host", "kick", channel="general", user="swarmbot")
        assert await connection.event("GUILD_DELETE") == {"id": guild}
        assert await api.code("GET", f"/guilds/{guild}") == 10004
        assert await api.code("GET", api.channel("general")) == 50001
        assert await api.good("GET", "/users/@me/guilds") == []
        async with line(server, session) as other:
            assert (await identified(other, server))["guilds"] == []
        await door.refused("mia", "invite", channel="general")
        await door.act("mona", "invite", channel="general")
        invited = await connection.event("GUILD_CREATE")
        assert "unavailable" not in invited
        assert [one["user"]["id"] for one in invited["members"]] == [server.world.bot_id]
        await door.refused("mona", "invite", channel="general")
    world = await door.get("/world")
    assert [one["name"] for one in world["guilds"][0]["people"]] == ["mia", "mona"]
