"""The people's doors: what they can do, what their client would not let them, what they see."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.discord import SandboxDiscord
from bot.sandbox.discord.model import Overwrite
from bot.sandbox.discord.permissions import MANAGE_GUILD, MANAGE_MESSAGES, VIEW
from bot.sandbox.discord.store import Store
from tests.support.standin import Api, Clock, Door, png, until

GIVEN = base64.b64encode(png()).decode()
INPUT = {"type": 4, "custom_id": "words", "label": "Prompt", "style": 2, "min_length": 3}
OPTIONS = [
    {"name": "prompt", "description": "d", "type": 3, "required": True, "max_length": 20},
    {"name": "images", "description": "d", "type": 4, "min_value": 1, "max_value": 4},
    {"name": "cfg", "description": "d", "type": 10},
    {"name": "dark", "description": "d", "type": 5},
    {"name": "who", "description": "d", "type": 6},
    {"name": "role", "description": "d", "type": 8},
    {"name": "where", "description": "d", "type": 7, "channel_types": [0]},
    {"name": "init", "description": "d", "type": 11},
    {"name": "model", "description": "d", "type": 3, "autocomplete": True},
    {
        "name": "aspect",
        "description": "d",
        "type": 3,
        "choices": [{"name": "Square", "value": "1:1"}],
    },
]
COMMANDS = [
    {"name": "draw", "description": "d", "options": OPTIONS},
    {
        "name": "limits",
        "description": "d",
        "default_member_permissions": "32",
        "options": [
            {
                "name": "set",
                "description": "d",
                "type": 1,
                "options": [{"name": "day", "description": "d", "type": 4, "required": True}],
            }
        ],
    },
    {"name": "after", "description": "d", "nsfw": True},
    {"name": "here", "description": "d", "contexts": [0]},
    {"name": "admin", "description": "d", "default_member_permissions": "0"},
    {"name": "Look", "type": 3},
    {"name": "Who", "type": 2},
]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock, tmp_path: Path) -> AsyncIterator[SandboxDiscord]:
    (tmp_path / "index.html").write_text("<p>hello</p>")
    async with SandboxDiscord(now=clock, page_dir=tmp_path) as server:
        yield server


@pytest.fixture
async def api(server: SandboxDiscord) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        api = Api(session, server)
        await api.register(*COMMANDS)
        yield api


@pytest.fixture
async def door(server: SandboxDiscord) -> AsyncIterator[Door]:
    async with aiohttp.ClientSession() as session:
        yield Door(session, server.base)


def one_of(server: SandboxDiscord, name: str) -> str:
    """The id of a person, role or channel."""
    world = server.world
    found = {user.username: user.id for user in world.users.values()}
    found |= {role.name: role.id for role in world.roles.values()}
    found |= {place.name: place.id for place in world.channels.values() if place.name}
    return found[name]


async def test_the_fresh_world_is_as_documented(door: Door) -> None:
    world = await door.get("/world")
    (guild,) = world["guilds"]
    assert {(c["name"], c["type"], c["nsfw"]) for c in guild["channels"]} == {
        ("general", 0, False),
        ("imagine", 0, False),
        ("after-dark", 0, True),
        ("locked", 0, False),
        ("fox thread", 11, False),
    }
    roles = {role["name"]: role["id"] for role in guild["roles"]}
    people = {person["name"]: person for person in guild["people"]}
    assert list(people) == ["mia", "theo", "mona"]
    assert people["theo"]["roles"] == [roles["Artists"]]
    assert people["mia"]["roles"] == []
    assert len({person["dm"] for person in people.values()}) == 3
    assert world["commands"] == []
    assert world["application_id"]
    assert world["bot_id"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({}, "required"),
        ({"prompt": ""}, "characters"),
        ({"prompt": "x" * 21}, "characters"),
        ({"prompt": 5}, "cannot be"),
        ({"prompt": "x", "nonsense": 1}, "no option"),
        ({"prompt": "x", "images": 5}, "at most 4"),
        ({"prompt": "x", "images": 0}, "at least 1"),
        ({"prompt": "x", "images": 1.5}, "cannot be"),
        ({"prompt": "x", "images": "2"}, "cannot be"),
        ({"prompt": "x", "images": True}, "cannot be"),
        ({"prompt": "x", "cfg": "7"}, "cannot be"),
        ({"prompt": "x", "dark": "yes"}, "cannot be"),
        ({"prompt": "x", "aspect": "2:1"}, "cannot be"),
        ({"prompt": "x", "who": "1"}, "cannot be"),
        ({"prompt": "x", "role": "1"}, "cannot be"),
        ({"prompt": "x", "where": "1"}, "cannot be"),
    ],
)
async def test_options_that_the_client_would_not_send(
    api: Api, door: Door, options: Any, word: str
) -> None:
    said = await door.refused("mia", "command", channel="imagine", name="draw", options=options)
    assert word in said


async def test_commands_that_are_not_offered(api: Api, door: Door, server: SandboxDiscord) -> None:
    """By permission, place, age restriction and name; each is a 409 with a sentence."""
    day = {"day": 3}
    dm = server.world.dm_of(one_of(server, "mia")).id
    for who, channel, name, options in (
        ("mia", "imagine", "limits set", day),
        ("mona", "imagine", "limits", {}),
        ("mona", "imagine", "limits drop", {}),
        ("mona", "imagine", "admin", {}),
        ("mia", "imagine", "nothing", {}),
        ("mia", "imagine", "after", {}),
        ("mia", dm, "here", {}),
        ("theo", dm, "draw", {"prompt": "x"}),
        ("mia", "nowhere", "draw", {"prompt": "x"}),
    ):
        await door.refused(who, "command", channel=channel, name=name, options=options)
    await door.act("mona", "command", channel="imagine", name="limits set", options=day)
    await door.act("mia", "command", channel="after-dark", name="after")
    await door.act("mia", "command", channel=dm, name="draw", options={"prompt": "x"})


async def test_a_guild_without_the_scope_has_no_commands(
    api: Api, door: Door, server: SandboxDiscord
) -> None:
    (guild,) = server.world.guilds
    path = f"/applications/{server.world.application_id}/guilds/{guild}/commands"
    assert await api.good("GET", path) == []
    server.world.without_commands.add(guild)
    await door.refused("mona", "command", channel="imagine", name="draw", options={"prompt": "x"})
    status, body, _ = await api.call("GET", path)
    assert (status, body["code"]) == (403, 50001)


async def test_guilds_come_in_pages(api: Api, server: SandboxDiscord) -> None:
    (guild,) = server.world.guilds.values()
    me = server.world.members[guild.id, server.world.bot_id]
    ids = [guild.id]
    for _ in range(4):
        other = replace(guild, id=server.hub.new_id())
        ids.append(other.id)
        server.world.guilds[other.id] = other
        server.world.roles[other.id] = replace(server.world.roles[guild.id], id=other.id)
        server.world.members[other.id, me.user_id] = replace(me, guild_id=other.id)

    async def page(query: str) -> list[str]:
        return [one["id"] for one in await api.good("GET", f"/users/@me/guilds?{query}")]

    assert await page("") == ids
    assert await page("limit=2") == ids[:2]
    assert await page(f"limit=2&after={ids[1]}") == ids[2:4]
    assert await page(f"limit=2&before={ids[3]}") == ids[1:3]
    assert (await api.call("GET", "/users/@me/guilds?limit=201"))[0] == 400


LIMITS: dict[str, Any] = {"name": "limits set", "options": {"day": 1}}


async def test_a_command_is_offered_by_the_rights_in_its_channel(
    api: Api, door: Door, server: SandboxDiscord
) -> None:
    await api.good("PUT", f"/applications/{server.world.application_id}/commands", COMMANDS)
    pins = {"name": "pins", "description": "d", "default_member_permissions": str(MANAGE_MESSAGES)}
    await api.good("POST", f"/applications/{server.world.application_id}/commands", pins)
    both = str(MANAGE_MESSAGES | MANAGE_GUILD)
    await door.refused("mia", "overwrite", channel="general", **{"for": "mia", "allow": both})
    await door.act("host", "overwrite", channel="general", **{"for": "mia", "allow": both})
    await door.act("mia", "command", channel="general", name="pins")
    await door.refused("mia", "command", channel="imagine", name="pins")
    await door.refused("mia", "command", channel="general", **LIMITS)
    await door.act("host", "overwrite", channel="general", **{"for": "mona", "deny": both})
    await door.refused("mona", "command", channel="general", name="pins")
    await door.act("mona", "command", channel="general", **LIMITS)
    await door.act("host", "overwrite", channel="general", **{"for": "mia"})
    await door.refused("mia", "command", channel="general", name="pins")


async def test_integrations_override_per_command_role_person_and_channel(
    api: Api, door: Door, server: SandboxDiscord
) -> None:
    base = f"/applications/{server.world.application_id}"
    await api.good("PUT", f"{base}/commands", COMMANDS)
    guild = next(iter(server.world.guilds))
    artists = next(r.id for r in server.world.roles.values() if r.name == "Artists")
    theo, general = one_of(server, "theo"), one_of(server, "general")

    async def override(name: str, *rows: tuple[int, str, bool]) -> None:
        said = [{"type": kind, "id": one, "permission": allow} for kind, one, allow in rows]
        await door.act("host", "integration", channel="general", name=name, permissions=said)

    async def may(who: str, where: str = "imagine") -> bool:
        form = {"as": who, "do": "command", "channel": where, **LIMITS}
        url = f"{server.base}/sandbox/act"
        async with aiohttp.ClientSession() as session, session.post(url, json=form) as answer:
            return answer.status == 200

    await door.refused("mona", "integration", channel="general", name="", permissions=[])
    assert (await may("theo"), await may("mona")) == (False, True)
    await override("limits", (1, artists, True))
    assert (await may("theo"), await may("mia"), await may("mona")) == (True, False, True)
    seen = await api.good("GET", f"{base}/guilds/{guild}/commands/permissions")
    (one,) = seen
    assert one["permissions"] == [{"type": 1, "id": artists, "permission": True}]
    again = await api.good("GET", f"{base}/guilds/{guild}/commands/{one['id']}/permissions")
    assert again == one
    await override("limits", (1, artists, True), (2, theo, False))
    assert not await may("theo"), "a person's own comes before their roles"
    await override("limits", (1, guild, False), (1, artists, True))
    assert (await may("theo"), await may("mona")) == (True, False)
    assert await may("host"), "an owner always may"
    await override("limits", (3, str(int(guild) - 1), False), (3, general, True))
    assert (await may("mona"), await may("mona", "general")) == (False, True)
    await override("limits")
    await override("", (1, guild, False))
    assert not await may("mona"), "of the whole application"
    await override("limits", (1, guild, True))
    assert await may("mia"), "a command's own come before those of the application"
    await override("limits")
    await override("", (1, artists, True))
    assert not await may("theo"), "the application's leave replaces no right of the command"


async def test_a_channel_that_is_not_visible(api: Api, door: Door, server: SandboxDiscord) -> None:
    place = server.world.channels[one_of(server, "general")]
    hidden = Overwrite(one_of(server, "mia"), 1, deny=VIEW)
    server.world.channels[place.id] = replace(place, overwrites=(hidden,))
    await door.refused("mia", "message", channel="general", content="x")
    sent = await door.act("theo", "message", channel="general", content="x")
    await door.refused("mia", "react", message=sent["message"], emoji="🦊")
    async with aiohttp.ClientSession() as session:
        for who, status in (("mia", 409), ("theo", 200)):
            url = f"{server.base}/sandbox/channels/general/messages?as={who}"
            async with session.get(url) as answer:
                assert answer.status == status


@pytest.mark.parametrize(
    "form",
    [
        [],
        {"as": "mia"},
        {"as": "nobody", "do": "message", "channel": "imagine", "content": "x"},
        {"as": "swarmbot", "do": "message", "channel": "imagine", "content": "x"},
        {"as": "mia", "do": "fly"},
        {"as": "mia", "do": "message", "content": "x"},
        {"as": "mia", "do": "message", "channel": "imagine"},
        {
            "as": "mia",
            "do": "message",
            "channel": "imagine",
            "files": [{"name": "x", "base64": "!"}],
        },
        {"as": "mia", "do": "message", "channel": "imagine", "embeds": {}},
        {"as": "mia", "do": "message", "channel": "imagine", "embeds": [{"type": "x"}]},
        {"as": "mia", "do": "message", "channel": "imagine", "embeds": [{"image": "x"}]},
        {"as": "mia", "do": "command", "channel": "imagine", "name": "draw", "options": []},
        {"as": "mia", "do": "settings", "dms": "no"},
    ],
)
async def test_malformed_acts_are_400(door: Door, form: Any) -> None:
    status, body = await door.post("/act", form)
    assert (status, list(body)) == (400, ["error"])


async def test_what_is_not_json_is_400(door: Door, server: SandboxDiscord) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.base}/sandbox/act", data=b"{") as answer,
    ):
        assert answer.status == 400


async def test_messages_of_people(door: Door) -> None:
    """Written, answered, edited, reacted to, deleted; by those who may."""
    file = {"name": "a.png", "base64": GIVEN}
    sent = await door.act("mia", "message", channel="fox thread", content=" hi ", files=[file])
    await door.act("theo", "message", channel="fox thread", content="yo", reply_to=sent["message"])
    await door.refused("theo", "edit", message=sent["message"], content="x")
    await door.refused("theo", "delete", message=sent["message"])
    await door.refused("mia", "message", channel="imagine", content="x", reply_to=sent["message"])
    await door.refused("mia", "message", channel="imagine", content="x" * 2001)
    await door.refused("mia", "message", channel="imagine", content=" ")
    await door.act("mia", "edit", message=sent["message"], content="hello")
    await door.act("theo", "react", message=sent["message"], emoji="🦊")
    first, second = await door.messages("fox%20thread")
    assert (first["content"], first["edits"]) == ("hello", 1)
    assert first["sandbox_files"][0]["content_type"] == "image/png"
    assert first["reactions"][0]["count"] == 1
    assert second["referenced_message"]["id"] == first["id"]
    assert second["silent"] is False
    await door.act("theo", "unreact", message=sent["message"], emoji="🦊")
    await door.act("mona", "delete", message=sent["message"])
    (left,) = await door.messages("fox%20thread")
    assert left["referenced_message"] is None
    assert "error" in (await door.post("/act", {"as": "mia", "do": "delete", "message": "1"}))[1]


async def test_links_and_embeds_of_people_have_a_copy_at_discord(
    door: Door, server: SandboxDiscord
) -> None:
    url = "https://pictures.invalid/a fox.png"
    shown = {"url": url, "name": "fox.png", "base64": GIVEN}
    embed = {"type": "image", "url": url, "thumbnail": shown}
    await door.act("mia", "message", channel="imagine", content=url, embeds=[embed])
    await door.act("mia", "message", channel="imagine", embeds=[{"image": {"url": url}}])
    first, second = await door.messages()
    (seen,) = first["embeds"]
    assert (seen["type"], seen["thumbnail"]["url"]) == ("image", url)
    assert seen["thumbnail"]["content_type"] == "image/png"
    assert second["embeds"] == [{"type": "rich", "image": {"url": url}}]
    async with aiohttp.ClientSession() as session:
        async with session.get(seen["thumbnail"]["proxy_url"]) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            assert base64.b64encode(await answer.read()).decode() == GIVEN
        async with session.get(f"{seen['thumbnail']['proxy_url'].partition('?')[0]}") as answer:
            assert answer.status == 404


async def test_a_forwarded_message_stays_as_it_was(door: Door) -> None:
    sent = await door.act(
        "mia",
        "message",
        channel="imagine",
        content="hi",
        files=[{"name": "a.png", "base64": GIVEN}],
    )
    forward = await door.act("theo", "forward", message=sent["message"], channel="general")
    again = await door.act("theo", "forward", message=forward["message"], channel="general")
    await door.act("mia", "edit", message=sent["message"], content="changed")
    for message in await door.messages("general"):
        assert message["id"] in (forward["message"], again["message"])
        assert message["content"] == ""
        assert message["message_reference"]["type"] == 1
        (copied,) = message["message_snapshots"]
        assert copied["message"]["content"] == "hi"
        assert copied["message"]["attachments"][0]["filename"] == "a.png"
        assert "author" not in copied["message"]
    await door.refused("mia", "forward", message=sent["message"], channel="nowhere")


async def test_the_listing_gives_the_newest_last(door: Door) -> None:
    for n in range(4):
        await door.act("mia", "message", channel="imagine", content=str(n))
    found = await door.get("/channels/imagine/messages?as=mia&limit=2")
    assert [m["content"] for m in found] == ["2", "3"]
    async with aiohttp.ClientSession() as session:
        for query, status in (("as=mia&limit=x", 400), ("", 400)):
            url = door._base + "/sandbox/channels/imagine/messages?" + query
            async with session.get(url) as answer:
                assert answer.status == status
        for path in ("/channels/nowhere/messages?as=mia", "/interactions/1"):
            async with session.get(door._base + "/sandbox" + path) as answer:
                assert answer.status == 404


async def answered(api: Api, door: Door, data: Any, kind: int = 4, who: str = "mia") -> Any:
    """A message (or modal) of the bot in answer to a command."""
    act = await door.act(who, "command", channel="imagine", name="draw", options={"prompt": "x"})
    await api.good("POST", api.callback(act), {"type": kind, "data": data})
    return act


def rows(*parts: Any) -> Any:
    return {"components": [{"type": 1, "components": [part]} for part in parts]}


async def test_components_that_cannot_be_used(api: Api, door: Door) -> None:
    button = {"type": 2, "style": 1, "label": "x"}
    menu = {"type": 3, "custom_id": "pick", "options": [{"label": "a", "value": "1"}]}
    people = {"type": 5, "custom_id": "who"}
    parts = rows(
        button | {"custom_id": "go"}, button | {"custom_id": "off", "disabled": True}, menu, people
    )
    await answered(api, door, parts | {"content": "x"})
    (card,) = await door.messages()
    for fields in (
        {"custom_id": "none"},
        {"custom_id": "off"},
        {"custom_id": "pick", "values": []},
        {"custom_id": "pick", "values": ["2"]},
        {"custom_id": "pick", "values": ["1", "1"]},
        {"custom_id": "who", "values": ["1"]},
    ):
        await door.refused("theo", "component", message=card["id"], **fields)
    pressed = await door.act("theo", "component", message=card["id"], custom_id="go")
    await api.good("POST", api.callback(pressed), {"type": 6})
    assert (await door.interaction(pressed))["state"] == "answered"
    changed = await api.good("PATCH", api.hook(pressed) + "/messages/@original", {"content": "y"})
    assert changed["id"] == card["id"]
    again = await door.act("theo", "component", message=card["id"], custom_id="pick", values=["1"])
    answer = {"type": 7, "data": {"content": "z", "components": []}}
    await api.good("POST", api.callback(again), answer)
    assert (await door.messages())[0]["content"] == "z"
    await door.refused("theo", "component", message=card["id"], custom_id="go")


async def test_a_private_answers_buttons_are_its_viewers(api: Api, door: Door) -> None:
    part = rows({"type": 2, "style": 1, "label": "x", "custom_id": "go"})
    await answered(api, door, part | {"content": "x", "flags": 64})
    (card,) = await door.messages()
    await door.refused("theo", "component", message=card["id"], custom_id="go")
    await door.act("mia", "component", message=card["id"], custom_id="go")
    await door.act("mia", "delete", message=card["id"])


async def test_a_modal_is_checked_and_sent_once(api: Api, door: Door) -> None:
    form = {"title": "Again", "custom_id": "edit:1", **rows(INPUT | {"value": "a fox"})}
    act = await answered(api, door, form, kind=9)
    (modal,) = await door.get("/pending?as=mia")
    assert (modal["title"], modal["custom_id"]) == ("Again", "edit:1")
    assert (await door.interaction(act))["modal"] == modal
    assert await door.get("/pending?as=theo") == []
    for who, fields in (
        ("theo", {"words": "an owl"}),
        ("mia", {"words": "ab"}),
        ("mia", {"words": ""}),
        ("mia", {"other": "x"}),
    ):
        await door.refused(who, "modal", modal=modal["id"], fields=fields)
    sent = await door.act("mia", "modal", modal=modal["id"], fields={"words": "an owl"})
    assert await door.get("/pending?as=mia") == []
    await door.refused("mia", "modal", modal=modal["id"], fields={"words": "an owl"})
    await api.good("POST", api.callback(sent), {"type": 4, "data": {"content": "ok"}})


async def test_autocomplete_answers_or_fails(api: Api, door: Door, server: SandboxDiscord) -> None:
    form: Any = {"channel": "imagine", "name": "draw", "value": "sd"}
    await door.refused("mia", "autocomplete", option="prompt", **form)
    asking = asyncio.create_task(door.act("mia", "autocomplete", option="model", **form))

    async def asked() -> Any:
        everything = server.world.interactions.values()
        return next((i for i in everything if i.type == 4), None)

    found = await until(asked, server)
    choices = [{"name": "SDXL", "value": "xl"}]
    path = api.callback({"interaction": found.id})
    await api.good("POST", path, {"type": 8, "data": {"choices": choices}})
    assert await asking == {"choices": choices}


async def test_events_tell_each_person_what_they_see(
    api: Api, door: Door, server: SandboxDiscord
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.base + "/sandbox/events?as=mia") as mia,
        session.ws_connect(server.base + "/sandbox/events?as=theo") as theo,
    ):
        sent = await door.act("mia", "message", channel="imagine", content="hi")
        for socket in (mia, theo):
            event = await socket.receive_json(timeout=30)
            assert (event["kind"], event["message"]["content"]) == ("message", "hi")
            assert event["message"]["sandbox_files"] == []
        await api.good("POST", api.channel("imagine") + "/typing")
        assert (await mia.receive_json(timeout=30))["kind"] == "typing"
        act = await answered(api, door, {"content": "psst", "flags": 64})
        kinds = [await mia.receive_json(timeout=30) for _ in range(3)]
        assert [e["kind"] for e in kinds] == ["interaction", "message", "interaction"]
        assert [e.get("state") for e in kinds] == ["waiting", None, "answered"]
        await api.good("PATCH", api.hook(act) + "/messages/@original", {"content": "y"})
        assert (await mia.receive_json(timeout=30))["message"]["edits"] == 1
        await door.act("mia", "delete", message=sent["message"])
        gone = await mia.receive_json(timeout=30)
        assert (gone["kind"], gone["id"]) == ("delete", sent["message"])
        form = {"title": "t", "custom_id": "m", **rows(INPUT)}
        await answered(api, door, form, kind=9)
        last = [await mia.receive_json(timeout=30) for _ in range(3)]
        assert [e["kind"] for e in last] == ["interaction", "interaction", "modal"]
        assert last[-1]["modal"]["title"] == "t"
        rest = [await theo.receive_json(timeout=30) for _ in range(2)]
        assert [e["kind"] for e in rest] == ["typing", "delete"]


async def test_an_unanswered_interaction_is_told_to_have_failed(
    api: Api, door: Door, server: SandboxDiscord, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's own timer tells it; here it rings early and the clock is put forward."""
    monkeypatch.setattr("bot.sandbox.discord.interacting.FIRST_ANSWER_S", 0.0)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.base + "/sandbox/events?as=mia") as mia,
    ):
        await door.act("mia", "command", channel="imagine", name="draw", options={"prompt": "x"})
        clock.pass_by(4)
        states = [(await mia.receive_json(timeout=30))["state"] for _ in range(2)]
        assert states == ["waiting", "failed"]


@pytest.mark.parametrize(
    ("on", "path", "hit"),
    [
        ({"method": "GET"}, "/users/@me", True),
        ({"method": "POST"}, "/users/@me", False),
        ({"route": "/users/@me"}, "/users/@me", True),
        ({"route": "/channels/{channel_id}"}, "IMAGINE", True),
        ({"route": "/channels/{id}"}, "IMAGINE", True),
        ({"route": "/channels/*"}, "IMAGINE", True),
        ({"route": "/channels/{id}"}, "/users/@me", False),
        ({}, "/users/@me", True),
    ],
)
async def test_which_requests_a_fault_strikes(
    api: Api, door: Door, on: Any, path: str, hit: bool
) -> None:
    path = api.channel("imagine") if path == "IMAGINE" else path
    fault = {"on": on, "do": {"status": 503, "body": {"x": 1}, "headers": {"X-A": "b"}}}
    assert (await door.post("/faults", {"set": [fault]}))[0] == 200
    status, body, headers = await api.call("GET", path)
    assert (status == 503) is hit
    if hit:
        assert (body, headers["X-A"]) == ({"x": 1}, "b")
    await door.post("/faults", {"set": []})
    assert (await api.call("GET", path))[0] == 200


async def test_how_often_a_fault_strikes(api: Api, door: Door) -> None:
    async def statuses(**more: Any) -> str:
        fault: Any = {
            "on": {"nth": more.pop("nth")} if "nth" in more else {},
            "do": {"status": 500},
        }
        await door.post("/faults", {"set": [fault | more]})
        answers = [(await api.call("GET", "/users/@me"))[0] for _ in range(4)]
        return "".join("x" if status == 500 else "." for status in answers)

    assert await statuses(times=2) == "xx.."
    assert await statuses(nth=3) == "..x."
    assert await statuses(nth=2, times=2) == ".xx."
    assert await statuses() == "xxxx"


async def test_dropped_before_is_not_done_and_after_is(api: Api, door: Door) -> None:
    post = api.channel("imagine") + "/messages"
    for when, seen in (("before", 0), ("after", 1)):
        fault = {"on": {"method": "POST"}, "do": {"drop": when}, "times": 1}
        await door.post("/faults", {"set": [fault]})
        with pytest.raises(aiohttp.ClientError):
            await api.call("POST", post, {"content": "x"})
        assert len(await door.messages()) == seen


async def test_a_429_fault_looks_like_discords(api: Api, door: Door) -> None:
    await door.post("/faults", {"set": [{"on": {}, "do": {"status": 429}}]})
    status, body, headers = await api.call("GET", "/users/@me")
    assert status == 429
    assert headers["Via"]
    assert body["retry_after"] > 0


async def test_tokens_can_be_made_to_expire(api: Api, door: Door) -> None:
    act = await answered(api, door, {"content": "x"})
    fault = {"on": {"interaction_tokens": True}, "do": {"expire": True}}
    await door.post("/faults", {"set": [fault]})
    assert await api.code("GET", api.hook(act) + "/messages/@original") == 50027
    assert await api.code("POST", api.hook(act), {"content": "x"}) == 50027
    await door.post("/faults", {"set": []})
    await api.good("GET", api.hook(act) + "/messages/@original")


async def test_faults_that_mean_nothing_are_400(door: Door) -> None:
    for wrong in (
        {},
        {"set": 1},
        {"set": [{"on": {}}]},
        {"set": [{"on": {}, "do": {"explode": 1}}]},
        {"set": [{"on": {"gateway": True}, "do": {"status": 500}}]},
    ):
        assert (await door.post("/faults", wrong))[0] == 400, wrong
    kill = {"set": [{"on": {"method": "PATCH"}, "do": {"kill_bot": "before"}}]}
    assert (await door.post("/faults", kill))[0] == 409


@pytest.mark.parametrize(("when", "seen"), [("before", 0), ("after", 1)])
async def test_the_bot_can_be_killed_around_a_request(when: str, seen: int) -> None:
    """Before: the request never took effect; after: it did, and the bot does not hear of it."""
    done: list[str] = []

    async def control(what: str) -> int | None:
        done.append(what)
        return 5 if what == "start" else None

    async with (
        SandboxDiscord(bot_control=control) as server,
        aiohttp.ClientSession() as session,
    ):
        api, door = Api(session, server), Door(session, server.base)
        fault = {"on": {"method": "POST"}, "do": {"kill_bot": when}, "times": 1}
        await door.post("/faults", {"set": [fault]})
        try:
            await api.call("POST", api.channel("imagine") + "/messages", {"content": "x"})
        except aiohttp.ClientError:
            assert when == "before"
        assert done == ["kill"]
        assert len(await door.messages()) == seen
        assert await door.post("/bot", {"do": "start"}) == (200, {"pid": 5})
        assert await door.post("/bot", {"do": "term"}) == (200, {"pid": None})
        assert (await door.post("/bot", {"do": "dance"}))[0] == 400


async def test_without_a_bot_of_its_own_the_door_is_409(door: Door) -> None:
    assert (await door.post("/bot", {"do": "kill"}))[0] == 409


async def test_the_page_is_served_and_nothing_beside_it(server: SandboxDiscord) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(server.base + "/") as answer:
            assert await answer.text() == "<p>hello</p>"
        for path in ("/page.js", "/..%2fsecret", "/.hidden"):
            async with session.get(server.base + path) as answer:
                assert answer.status == 404


async def test_the_world_survives_a_restart(tmp_path: Path) -> None:
    """Messages, files, commands, interactions and the token are found again."""
    async with SandboxDiscord(tmp_path) as server, aiohttp.ClientSession() as session:
        api, door = Api(session, server), Door(session, server.base)
        await api.register(*COMMANDS)
        act = await answered(api, door, {"content": "x"})
        post = api.channel("imagine") + "/messages"
        await api.good("POST", post, {"content": "file"}, files={"a.png": png()})
        await door.act("mia", "react", message=(await door.messages())[0]["id"], emoji="🦊")
        form = {"title": "t", "custom_id": "m", **rows(INPUT)}
        await answered(api, door, form, kind=9)
        server.world.portal["interactions_endpoint_url"] = "https://example.org"
        server.world.without_commands.add("1")
        before = (server.token, await door.get("/world"), await door.messages())
        seen = await door.interaction(act)
    async with SandboxDiscord(tmp_path) as server, aiohttp.ClientSession() as session:
        api, door = Api(session, server), Door(session, server.base)
        assert (server.token, await door.get("/world")) == before[:2]
        assert server.world.without_commands == {"1"}
        application = await api.good("GET", "/applications/@me")
        assert application["interactions_endpoint_url"] == "https://example.org"
        after = await door.messages()
        assert [m["id"] for m in after] == [m["id"] for m in before[2]]
        assert after[0]["reactions"] == before[2][0]["reactions"]
        assert await api.fetch(after[1]["attachments"][0]["url"]) == png()
        assert await door.interaction(act) == seen
        assert len(await door.get("/pending?as=mia")) == 1
        await api.good("PATCH", api.hook(act) + "/messages/@original", {"content": "on"})
        more = await api.good("POST", post, {"content": "new"})
        assert int(more["id"]) > max(int(m["id"]) for m in after)


async def test_a_snapshot_is_written_soon_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is killed has lost a fifth of a second at most."""
    written = asyncio.Event()
    write = Store.write

    def told(store: Store) -> None:
        write(store)
        written.set()

    monkeypatch.setattr(Store, "write", told)
    async with SandboxDiscord(tmp_path) as server, aiohttp.ClientSession() as session:
        door = Door(session, server.base)
        sent = await door.act("mia", "message", channel="imagine", content="x")
        async with asyncio.timeout(30):
            await written.wait()
        rows = json.loads((tmp_path / "discord.json").read_text())
        assert rows["messages"][0]["id"] == sent["message"]


async def test_the_end_waits_for_nobody_who_looks_on() -> None:
    server = SandboxDiscord()
    await server.start()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.base + "/sandbox/events?as=mia") as mia,
    ):
        began = time.monotonic()
        ended = asyncio.create_task(server.stop())
        assert (await mia.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE
        await ended
        assert time.monotonic() - began < 0.9


async def test_a_taken_port_is_said(server: SandboxDiscord) -> None:
    port = int(server.base.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        await SandboxDiscord().start(port=port)


@pytest.mark.parametrize(
    "fault",
    [
        {"on": {"nth": "x"}, "do": {"status": 500}},
        {"on": {"method": "PATCH"}, "do": {"status": "x"}},
        {"on": {"method": "PATCH"}, "do": {"status": 500}, "times": "x"},
    ],
)
async def test_a_fault_that_makes_no_sense_is_malformed(server: SandboxDiscord, fault: Any) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.base}/sandbox/faults", json={"set": [fault]}) as answer,
    ):
        assert answer.status == 400
        assert "whole number" in (await answer.json())["error"]


async def test_a_proxy_posts_a_message_again_by_a_webhook(api: Api, door: Door) -> None:
    """As PluralKit does: one webhook has one name, and the first message goes."""
    said = [await door.act("mia", "message", channel="imagine", content=w) for w in ("a", "b")]
    await door.refused("theo", "proxy", message=said[0]["message"], name="Luna")
    for each in said:
        await door.act("mia", "proxy", message=each["message"], name="Luna")
    first, second = await door.messages()
    assert [first["content"], second["content"]] == ["a", "b"]
    assert first["webhook_id"] == first["author"]["id"] == second["webhook_id"]
    assert (first["author"]["bot"], first["author"]["discriminator"]) == (True, "0000")


async def test_a_person_who_leaves_is_no_member(api: Api, door: Door) -> None:
    guild = (await door.get("/world"))["guilds"][0]
    mia = next(one["id"] for one in guild["people"] if one["name"] == "mia")
    path = f"/guilds/{guild['id']}/members/{mia}"
    assert (await api.good("GET", path))["user"]["id"] == mia
    await door.act("mia", "leave", channel="general")
    assert await api.code("GET", path) == 10007
    assert await api.code("GET", f"/guilds/{guild['id']}/members/1") == 10013
    await door.refused("mia", "leave", channel="general")


async def test_people_and_the_bot_open_threads(
    api: Api, door: Door, server: SandboxDiscord
) -> None:
    here, named = api.channel("general"), {"name": "foxes", "type": 11}
    general = here.rpartition("/")[2]
    said = await door.act("mia", "message", channel="general", content="foxes?")
    opened = await door.act(
        "mia", "thread", channel="general", name="foxes", message=said["message"]
    )
    assert opened["channel"] == said["message"], "a thread has the id of its message"
    (parent,) = await door.messages("general")
    assert parent["thread"]["owner_id"] == parent["author"]["id"]
    (first,) = await door.messages("foxes")
    assert (first["type"], first["referenced_message"]["content"]) == (21, "foxes?")
    assert first["message_reference"]["channel_id"] == general

    url = f"{here}/threads"
    place = server.world.channels[general]
    rights = (Overwrite(server.world.bot_id, 1, deny=1 << 35),)
    server.world.channels[general] = replace(place, overwrites=rights)
    assert await api.code("POST", url, named) == 50013
    server.world.channels[general] = place
    assert await api.code("POST", url, {"name": "foxes"}) == 50013, "that would be a private one"
    assert await api.code("POST", url, named | {"name": ""}) == 50035
    message = f"{here}/messages/{said['message']}/threads"
    assert await api.code("POST", message, named) == 160004
    made = await api.good("POST", url, named)
    assert made["parent_id"] == general
    assert [one["type"] for one in await door.messages("general")] == [0, 18]
