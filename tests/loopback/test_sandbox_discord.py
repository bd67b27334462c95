"""The sandbox Discord refuses what Discord refuses: permissions, tokens, sizes, forms, rates."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.sandbox.discord import SandboxDiscord
from bot.sandbox.discord.model import Overwrite
from bot.sandbox.discord.permissions import ATTACH_FILES, EMBED_LINKS, VIEW
from tests.support.standin import Api, Clock, Door, png

MIB = 1 << 20
DRAW = {"name": "draw", "description": "d", "type": 1}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[SandboxDiscord]:
    async with SandboxDiscord(now=clock) as server:
        yield server


@pytest.fixture
async def api(server: SandboxDiscord) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session, server)


@pytest.fixture
async def door(server: SandboxDiscord) -> AsyncIterator[Door]:
    async with aiohttp.ClientSession() as session:
        yield Door(session, server.base)


def forbid(server: SandboxDiscord, name: str, bits: int) -> None:
    """Take these bits from the bot in this channel."""
    world = server.world
    place = next(c for c in world.channels.values() if c.name == name)
    rule = Overwrite(world.bot_id, 1, deny=bits)
    world.channels[place.id] = replace(place, overwrites=(rule,))


async def begun(api: Api, door: Door, channel: str = "imagine") -> Any:
    await api.register(DRAW)
    return await door.act("mia", "command", channel=channel, name="draw")


async def test_a_wrong_token_is_401(api: Api) -> None:
    api.token = "wrong"
    status, body, _ = await api.call("GET", "/users/@me")
    assert (status, body["code"]) == (401, 0)


async def test_answers_are_exactly_json(api: Api) -> None:
    """A charset in the content type makes discord.py hand back text."""
    _, _, headers = await api.call("GET", "/users/@me")
    assert headers["Content-Type"] == "application/json"


async def test_unknown_routes_are_404_and_reported(api: Api, door: Door) -> None:
    assert (await api.call("GET", "/nowhere"))[0] == 404
    assert (await api.call("PATCH", "/users/@me/guilds"))[0] == 405
    assert (await door.get("/report"))["unknown_routes"] == [
        "GET /api/v10/nowhere",
        "PATCH /api/v10/users/@me/guilds",
    ]


async def test_channels_that_are_not_there_not_seen_or_not_allowed(
    api: Api, server: SandboxDiscord
) -> None:
    forbid(server, "after-dark", VIEW)
    forbid(server, "general", ATTACH_FILES | EMBED_LINKS)
    assert await api.code("GET", "/channels/1") == 10003
    assert await api.code("GET", api.channel("after-dark")) == 50001
    post = api.channel("locked") + "/messages"
    assert await api.code("POST", post, {"content": "x"}) == 50013
    post = api.channel("general") + "/messages"
    assert await api.code("POST", post, {"content": "x"}, files={"a.png": b"1"}) == 50013
    assert await api.code("POST", post, {"embeds": [{"title": "x"}]}) == 50013
    await api.good("POST", post, {"content": "x"})


@pytest.mark.parametrize("who", ["bot", "mia"])
async def test_an_archived_thread_wakes_when_somebody_speaks(
    api: Api, server: SandboxDiscord, door: Door, who: str
) -> None:
    """Nothing in it can be edited until then."""
    post = api.channel("fox thread") + "/messages"
    sent = await api.good("POST", post, {"content": "x"})
    place = next(c for c in server.world.channels.values() if c.is_thread)
    server.world.channels[place.id] = replace(place, archived=True)
    assert await api.code("PATCH", f"{post}/{sent['id']}", {"content": "y"}) == 50083
    if who == "bot":
        await api.good("POST", post, {"content": "awake"})
    else:
        await door.act(who, "message", channel="fox thread", content="awake")
    assert not server.world.channels[place.id].archived
    await api.good("PATCH", f"{post}/{sent['id']}", {"content": "y"})


async def test_a_locked_thread_takes_nothing(api: Api, server: SandboxDiscord, door: Door) -> None:
    place = next(c for c in server.world.channels.values() if c.is_thread)
    server.world.channels[place.id] = replace(place, archived=True, locked=True)
    post = api.channel("fox thread") + "/messages"
    assert await api.code("POST", post, {"content": "x"}) == 50083
    said = await door.refused("mia", "message", channel="fox thread", content="awake")
    assert said == "this thread is locked"
    assert server.world.channels[place.id].archived


async def test_a_closed_dm_is_50007(api: Api, door: Door) -> None:
    guild = (await door.get("/world"))["guilds"][0]
    mia = next(p for p in guild["people"] if p["name"] == "mia")
    dm = await api.good("POST", "/users/@me/channels", {"recipient_id": mia["id"]})
    assert dm["id"] == mia["dm"]
    await api.good("POST", f"/channels/{dm['id']}/messages", {"content": "hi"})
    await door.act("mia", "settings", dms=False)
    assert await api.code("POST", f"/channels/{dm['id']}/messages", {"content": "hi"}) == 50007


async def test_other_peoples_messages_are_theirs(api: Api, door: Door) -> None:
    sent = await door.act("mia", "message", channel="imagine", content="mine")
    path = f"{api.channel('imagine')}/messages/{sent['message']}"
    assert await api.code("PATCH", path, {"content": "x"}) == 50005
    assert await api.code("DELETE", path) == 50013
    assert await api.code("GET", api.channel("imagine") + "/messages/1") == 10008


async def test_an_empty_message_is_50006(api: Api) -> None:
    post = api.channel("imagine") + "/messages"
    assert await api.code("POST", post, {"content": "  "}) == 50006
    sent = await api.good("POST", post, {"content": "x"})
    assert await api.code("PATCH", f"{post}/{sent['id']}", {"content": ""}) == 50006


@pytest.mark.parametrize(
    ("sizes", "code"), [([10 * MIB], None), ([10 * MIB + 1], 40005), ([9 * MIB] * 3, 40005)]
)
async def test_upload_limits(api: Api, sizes: list[int], code: int | None) -> None:
    """10 MiB a file and 25 MiB a request."""
    files = {f"{n}.bin": b"\0" * size for n, size in enumerate(sizes)}
    status, body, _ = await api.call("POST", api.channel("imagine") + "/messages", {}, files)
    assert body.get("code") == code
    assert status == (200 if code is None else 413)
    if code is None:
        assert len(await api.fetch(body["attachments"][0]["url"])) == sizes[0]


async def test_eleven_files_are_too_many(api: Api) -> None:
    files = {f"{n}.txt": b"x" for n in range(11)}
    assert await api.code("POST", api.channel("imagine") + "/messages", {}, files=files) == 50035


async def test_the_first_answer_comes_within_three_seconds_and_once(
    api: Api, door: Door, clock: Clock
) -> None:
    late = await begun(api, door)
    answer = {"type": 4, "data": {"content": "x"}}
    clock.pass_by(3.1)
    assert await api.code("POST", api.callback(late), answer) == 10062
    assert (await door.interaction(late))["state"] == "failed"
    twice = await begun(api, door)
    assert await api.code("PATCH", api.hook(twice) + "/messages/@original", {}) == 10015
    clock.pass_by(2.0)
    assert (await api.call("POST", api.callback(twice), answer))[:2] == (204, None)
    assert await api.code("POST", api.callback(twice), answer) == 40060
    seen = await door.interaction(twice)
    assert (seen["state"], seen["after_ms"]) == ("answered", 2000)
    assert await api.code("POST", "/interactions/1/x/callback", answer) == 10062


async def test_a_token_lives_fifteen_minutes(api: Api, door: Door, clock: Clock) -> None:
    drawn = await begun(api, door)
    await api.good("POST", api.callback(drawn), {"type": 5})
    assert (await door.interaction(drawn))["state"] == "deferred"
    clock.pass_by(899)
    await api.good("GET", api.hook(drawn) + "/messages/@original")
    clock.pass_by(2)
    status, body, _ = await api.call("PATCH", api.hook(drawn) + "/messages/@original", {})
    assert (status, body["code"]) == (401, 50027)
    assert (await door.interaction(drawn))["state"] == "failed"
    assert await api.code("POST", "/webhooks/1/x", {"content": "x"}) == 10015


async def test_a_deferred_answer_is_filled_by_the_first_follow_up(api: Api, door: Door) -> None:
    """Its visibility was fixed by the defer; filling it in is no edit."""
    drawn = await begun(api, door)
    await api.good("POST", api.callback(drawn), {"type": 5, "data": {"flags": 64}})
    thinking = (await door.messages())[-1]
    assert thinking["flags"] == 64 | 128
    filled = await api.good("POST", api.hook(drawn), {"content": "done"})
    assert (filled["id"], filled["flags"]) == (thinking["id"], 64)
    more = await api.good("POST", api.hook(drawn), {"content": "more"})
    assert more["message_reference"]["message_id"] == filled["id"]
    assert [m["edits"] for m in await door.messages()] == [0, 0]
    assert (await door.interaction(drawn))["messages"] == [filled["id"], more["id"]]


async def test_private_answers_are_seen_by_one_and_reached_by_token_alone(
    api: Api, door: Door
) -> None:
    drawn = await begun(api, door)
    answer = {"type": 4, "data": {"content": "psst", "flags": 64}}
    await api.good("POST", api.callback(drawn), answer)
    (mine,) = await door.messages(who="mia")
    assert mine["flags"] & 64
    assert await door.messages(who="theo") == []
    path = api.channel("imagine") + f"/messages/{mine['id']}"
    assert await api.code("GET", path) == 10008
    assert await api.code("PATCH", path, {"content": "x"}) == 10008
    assert await api.good("GET", api.channel("imagine") + "/messages") == []
    changed = await api.good("PATCH", api.hook(drawn) + "/messages/@original", {"content": "y"})
    assert changed["content"] == "y"
    await api.good("DELETE", api.hook(drawn) + "/messages/@original")
    assert await api.code("GET", api.hook(drawn) + "/messages/@original") == 10008


async def test_another_interactions_message_cannot_be_reached(api: Api, door: Door) -> None:
    one, two = await begun(api, door), await begun(api, door)
    for each in (one, two):
        await api.good("POST", api.callback(each), {"type": 4, "data": {"content": "x"}})
    other = (await door.interaction(two))["messages"][0]
    assert await api.code("GET", f"{api.hook(one)}/messages/{other}") == 10008


async def test_an_enforced_nonce_gives_the_earlier_message(api: Api, clock: Clock) -> None:
    post = api.channel("imagine") + "/messages"
    body = {"content": "x", "nonce": "job1", "enforce_nonce": True}
    first = await api.good("POST", post, body)
    again = await api.good("POST", post, body)
    assert (again["id"], again["nonce"]) == (first["id"], "job1")
    # It is in the event and in the answer to the post, and kept nowhere.
    listed, fetched = [await api.good("GET", path) for path in (post, f"{post}/{first['id']}")]
    assert not [seen for seen in (*listed, fetched) if "nonce" in seen]
    clock.pass_by(600)
    assert (await api.good("POST", post, body))["id"] != first["id"]


async def test_edits_share_the_channels_five(api: Api, door: Door, clock: Clock) -> None:
    """Two messages of one channel, five edits in five seconds, and the headers say so."""
    post = api.channel("imagine") + "/messages"
    ids = [(await api.good("POST", post, {"content": "x"}))["id"] for _ in range(2)]
    left = []
    for n in range(5):
        _, _, headers = await api.call("PATCH", f"{post}/{ids[n % 2]}", {"content": str(n)})
        left.append(headers["X-RateLimit-Remaining"])
        clock.pass_by(0.5)
    assert left == ["4", "3", "2", "1", "0"]
    status, body, headers = await api.call("PATCH", f"{post}/{ids[0]}", {"content": "no"})
    assert status == 429
    assert (body["retry_after"], body["global"]) == (2.5, False)
    assert headers["Via"]
    assert headers["X-RateLimit-Reset-After"] == "2.500"
    assert headers["X-RateLimit-Limit"] == "5"
    clock.pass_by(2.6)
    await api.good("PATCH", f"{post}/{ids[0]}", {"content": "yes"})
    elsewhere = api.channel("general") + "/messages"
    other = await api.good("POST", elsewhere, {"content": "x"})
    await api.good("PATCH", f"{elsewhere}/{other['id']}", {"content": "y"})
    assert (await door.get("/report"))["rate_limited"] == 1


async def test_a_token_has_five_edits_of_its_own(api: Api, door: Door) -> None:
    drawn = await begun(api, door)
    await api.good("POST", api.callback(drawn), {"type": 4, "data": {"content": "x"}})
    path = api.hook(drawn) + "/messages/@original"
    statuses = [(await api.call("PATCH", path, {"content": str(n)}))[0] for n in range(6)]
    assert statuses == [200] * 5 + [429]
    message = (await door.messages())[-1]
    assert message["edits"] == 5
    await api.good("PATCH", f"{api.channel('imagine')}/messages/{message['id']}", {"content": "z"})
    assert (await door.get("/report"))["edits_per_message_max"] == 6


async def test_fifty_a_second_in_all_but_answers_are_exempt(api: Api, door: Door) -> None:
    drawn = await begun(api, door)
    statuses = [(await api.call("GET", "/users/@me"))[0] for _ in range(50)]
    assert statuses.count(429) == 1
    _, body, headers = await api.call("GET", "/users/@me")
    assert body["global"] is True
    assert headers["X-RateLimit-Global"] == "true"
    await api.good("POST", api.callback(drawn), {"type": 4, "data": {"content": "x"}})
    await api.good("PATCH", api.hook(drawn) + "/messages/@original", {"content": "y"})


async def test_old_messages_are_edited_sparsely(api: Api, clock: Clock) -> None:
    """After an hour: three in twenty seconds, then a 429 that carries 30046."""
    post = api.channel("imagine") + "/messages"
    sent = await api.good("POST", post, {"content": "x"})
    clock.pass_by(3601)
    path = f"{post}/{sent['id']}"
    answers = [await api.call("PATCH", path, {"content": str(n)}) for n in range(4)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429]
    assert answers[-1][1]["code"] == 30046


def row(*parts: Any) -> dict[str, Any]:
    return {"components": [{"type": 1, "components": list(parts)}]}


def button(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "x", "custom_id": f"id{number}", **more}


def select(**more: Any) -> dict[str, Any]:
    options = more.pop("options", [{"label": "a", "value": "1"}])
    return {"type": 3, "custom_id": "s", "options": options, **more}


FIRST = "components/0/components/0"

MESSAGES = [
    ({"content": "x" * 2001}, "content"),
    ({"content": 5}, "content"),
    ({"embeds": [{"title": "x" * 257}]}, "embeds/0/title"),
    ({"embeds": [{"description": "x" * 4097}]}, "embeds/0/description"),
    ({"embeds": [{"title": "x"}] * 11}, "embeds"),
    ({"embeds": [{"description": "x" * 4000}] * 2}, "embeds"),
    ({"embeds": [{"fields": [{"name": "", "value": "v"}]}]}, "embeds/0/fields/0/name"),
    ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, "embeds/0/fields"),
    ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "embeds/0/footer/text"),
    ({"embeds": [{"image": {"url": "nonsense"}}]}, "embeds/0/image/url"),
    ({"embeds": [{"image": {"url": "attachment://none.png"}}]}, ""),
    ({"embeds": [{}]}, "embeds/0/description"),
    ({"embeds": [{"title": "x", "color": 1 << 24}]}, "embeds/0/color"),
    (row(*(button(n) for n in range(6))), "components/0/components"),
    ({"components": [row(button(n))["components"][0] for n in range(6)]}, "components"),
    (row(button(custom_id="x" * 101)), FIRST + "/custom_id"),
    (row(button(), button()), "components/0/components/1/custom_id"),
    (row(button(label="x" * 81)), FIRST + "/label"),
    (row(button(label="")), FIRST + "/label"),
    (row(button(style=9)), FIRST + "/style"),
    (row({"type": 2, "style": 5, "label": "x"}), FIRST + "/url"),
    (row(), "components/0/components"),
    (row(button(), select()), "components/0"),
    (row(select(options=[])), FIRST + "/options"),
    (row(select(options=[{"label": "a", "value": "1"}] * 2)), FIRST + "/options/1/value"),
    (row(select(max_values=2)), FIRST + "/max_values"),
    (row(select(min_values=2)), FIRST + "/min_values"),
    ({"components": [{"type": 10, "content": "x"}]}, "components/0/type"),
    ({"components": [{"type": 10, "content": "x"}], "flags": 32768, "content": "y"}, "flags"),
    ({"components": [{"type": 10, "content": "x"}] * 41, "flags": 32768}, "components"),
    ({"components": [{"type": 10, "content": "x" * 2100}] * 2, "flags": 32768}, "components"),
    ({"components": [{"type": 12, "items": []}], "flags": 32768}, "components/0/items"),
    ({"content": "x", "nonce": "n" * 26}, "nonce"),
    ({"content": "x", "tts": "yes"}, "tts"),
    ({"content": "x", "allowed_mentions": {"users": ["x"]}}, "allowed_mentions/users/0"),
    ({"content": "x", "message_reference": {"message_id": "x"}}, "message_reference/message_id"),
    ({"embeds": [{"title": "x", "timestamp": "later"}]}, "embeds/0/timestamp"),
    (row(button(disabled="no")), FIRST + "/disabled"),
    (row(button(emoji="x")), FIRST + "/emoji"),
    ({"components": [{"type": 14, "spacing": 5}], "flags": 32768}, "components/0/spacing"),
    ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, "allowed_mentions/parse/0"),
    ({"allowed_mentions": {"parse": ["users"], "users": ["1"]}}, "allowed_mentions"),
    ({"content": "x", "message_reference": {"message_id": "1"}}, "message_reference"),
    ({"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]}, "attachments/0"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field"), MESSAGES)
async def test_a_message_that_breaks_a_limit_is_50035_at_its_field(
    api: Api, door: Door, body: Any, field: str
) -> None:
    """The nested errors lead to the field, and the report names it with the route."""
    status, answer, _ = await api.call("POST", api.channel("imagine") + "/messages", body)
    assert (status, answer["code"]) == (400, 50035)
    node = answer["errors"]
    for part in field.split("/") if field else ():
        node = node[part]
    assert node["_errors"][0]["message"]
    flaws = (await door.get("/report"))["invalid"]
    assert {flaw["field"] for flaw in flaws} == {field}
    flaw = flaws[0]
    assert flaw["route"] == "POST /channels/{channel_id}/messages"
    assert flaw["why"]


def option(**more: Any) -> dict[str, Any]:
    return {"name": "o", "description": "d", "type": 3, **more}


CHOICE = {"name": "a", "value": "1"}

COMMANDS = [
    ({"name": "Draw"}, "0/name"),
    ({"name": "x" * 33}, "0/name"),
    ({"description": ""}, "0/description"),
    ({"description": "x" * 101}, "0/description"),
    ({"options": [option(name=f"o{n}") for n in range(26)]}, "0/options"),
    ({"options": [option(), option()]}, "0/options/1/name"),
    ({"options": [option(), option(name="p", required=True)]}, "0/options/1"),
    ({"options": [option(choices=[CHOICE] * 26)]}, "0/options/0/choices"),
    ({"options": [option(choices=[{"name": "a", "value": 1}])]}, "0/options/0/choices/0/value"),
    ({"options": [option(choices=[CHOICE], autocomplete=True)]}, "0/options/0"),
    ({"options": [option(max_length=6001)]}, "0/options/0/max_length"),
    ({"options": [option(type=99)]}, "0/options/0/type"),
    ({"options": [option(), option(name="sub", type=1)]}, "0/options"),
    ({"options": [option(name=f"o{n}", choices=[CHOICE | {"name": "x" * 40}] * 25)
                  for n in range(10)]}, "0"),
    ({"type": 3, "options": [option()], "description": ""}, "0/options"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), COMMANDS)
async def test_a_command_that_breaks_a_limit_is_50035(
    api: Api, door: Door, change: Any, field: str
) -> None:
    path = f"/applications/{api.server.world.application_id}/commands"
    assert await api.code("PUT", path, [DRAW | change]) == 50035
    assert [flaw["field"] for flaw in (await door.get("/report"))["invalid"]] == [field]
    assert await api.good("GET", path) == []


async def test_commands_keep_their_ids_and_can_be_changed_one_by_one(api: Api) -> None:
    (first,) = await api.register(DRAW)
    again, _ = await api.register(DRAW | {"description": "new"}, {"name": "Look", "type": 3})
    assert again["id"] == first["id"]
    assert again["version"] != first["version"]
    base = f"/applications/{api.server.world.application_id}"
    path = f"{base}/commands/{first['id']}"
    assert (await api.good("PATCH", path, {"description": "newer"}))["description"] == "newer"
    await api.good("DELETE", path)
    assert await api.code("GET", path) == 10063
    guild = next(iter(api.server.world.guilds))
    local = await api.good("POST", f"{base}/guilds/{guild}/commands", DRAW)
    assert local["guild_id"] == guild


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"title": "x" * 46}, "data/title"),
        ({"custom_id": "x" * 101}, "data/custom_id"),
        ({"components": []}, "data/components"),
        ({"components": [row(button())["components"][0]]}, "data/components/0/components/0/type"),
        (row({"type": 4, "custom_id": "a", "style": 1}), "data/components/0/components/0/label"),
        (
            row({"type": 4, "custom_id": "a", "style": 1, "label": "x", "min_length": 4001}),
            "data/components/0/components/0/min_length",
        ),
    ],
)
async def test_a_modal_that_breaks_a_limit(api: Api, door: Door, data: Any, field: str) -> None:
    drawn = await begun(api, door)
    parts = row({"type": 4, "custom_id": "a", "label": "x", "style": 1})
    modal = {"title": "t", "custom_id": "m", **parts, **data}
    assert await api.code("POST", api.callback(drawn), {"type": 9, "data": modal}) == 50035
    assert (await door.get("/report"))["invalid"][0]["field"] == field
    assert (await door.interaction(drawn))["state"] == "waiting"


async def test_an_answer_must_fit_the_interaction(api: Api, door: Door) -> None:
    """A command takes no update and no choices; a failed form leaves it unanswered."""
    drawn = await begun(api, door)
    for kind in (1, 6, 7, 8, 99):
        assert await api.code("POST", api.callback(drawn), {"type": kind, "data": {}}) == 50035
    assert await api.code("POST", api.callback(drawn), {"type": 4}) == 50035
    await api.good("POST", api.callback(drawn), {"type": 4, "data": {"content": "x"}})


async def test_new_files_append_and_the_list_says_what_stays(api: Api) -> None:
    post = api.channel("imagine") + "/messages"
    described = {"attachments": [{"id": 0, "filename": "a.png", "description": "a fox"}]}
    sent = await api.good("POST", post, described, files={"a.png": png(size=20)})
    (first,) = sent["attachments"]
    assert (first["description"], first["content_type"]) == ("a fox", "image/png")
    assert (first["width"], first["height"], first["size"]) == (20, 20, len(png(size=20)))
    path = f"{post}/{sent['id']}"
    both = await api.good("PATCH", path, {}, files={"b c.png": png()})
    assert [f["filename"] for f in both["attachments"]] == ["a.png", "b_c.png"]
    kept = {"attachments": [{"id": both["attachments"][0]["id"]}, {"id": "0", "filename": "c.png"}]}
    after = await api.good("PATCH", path, kept, files={"c.png": png()})
    assert [f["filename"] for f in after["attachments"]] == ["a.png", "c.png"]
    assert after["attachments"][0]["description"] == "a fox"
    assert (await api.good("PATCH", path, {"content": "x", "attachments": []}))["attachments"] == []


async def test_a_file_that_an_embed_shows_is_left_out_but_can_be_fetched(
    api: Api, door: Door
) -> None:
    post = api.channel("imagine") + "/messages"
    body = {"embeds": [{"title": "x", "image": {"url": "attachment://p.png"}}]}
    sent = await api.good("POST", post, body, files={"p.png": png(), "other.txt": b"x"})
    assert [f["filename"] for f in sent["attachments"]] == ["other.txt"]
    shown = sent["embeds"][0]["image"]["url"]
    (seen,) = await door.messages()
    assert seen["sandbox_files"][0]["url"] == shown
    async with aiohttp.ClientSession() as session:
        async with session.get(shown) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            assert await answer.read() == png()
        async with session.get(shown.replace("hm=", "hm=0")) as answer:
            assert answer.status == 404


async def test_a_file_of_an_unknown_kind_has_no_content_type(api: Api) -> None:
    post = api.channel("imagine") + "/messages"
    sent = await api.good("POST", post, {}, files={"a.unheard": b"x", "b.png": png()})
    assert [file.get("content_type") for file in sent["attachments"]] == [None, "image/png"]
    assert "content_type" not in sent["attachments"][0]


@pytest.mark.parametrize(("query", "buttons"), [("", 0), ("?with_components=1", 1)])
async def test_an_edit_by_token_needs_with_components(
    api: Api, door: Door, query: str, buttons: int
) -> None:
    """Without it, they are ignored: so says Discord's documentation."""
    drawn = await begun(api, door)
    await api.good("POST", api.callback(drawn), {"type": 4, "data": {"content": "x"}})
    button = {"type": 2, "style": 2, "label": "Press", "custom_id": "press"}
    body = {"content": "y", "components": [{"type": 1, "components": [button]}]}
    seen = await api.good("PATCH", f"{api.hook(drawn)}/messages/@original{query}", body)
    assert len(seen["components"]) == buttons
    assert (await door.get("/report"))["without_components"] == 1 - buttons


async def test_refused_edits_of_a_message_are_counted(api: Api, door: Door) -> None:
    post = api.channel("imagine") + "/messages"
    sent = await api.good("POST", post, {"content": "x"})
    for _ in range(2):
        assert await api.code("PATCH", f"{post}/{sent['id']}", {"content": ""}) == 50006
    assert (await door.get("/report"))["refused_edits"] == {sent["id"]: 2}
    assert await api.code("PATCH", f"{post}/1", {"content": "y"}) == 10008
    assert (await door.get("/report"))["refused_edits"]["1"] == 1


async def test_a_link_dies_and_the_message_has_a_fresh_one(
    api: Api, door: Door, clock: Clock
) -> None:
    await door.act("mia", "message", channel="imagine", files=[{"name": "a.txt", "base64": "eA=="}])
    old = (await door.messages())[0]["attachments"][0]["url"]
    clock.pass_by(2 * 86_400)
    new = (await door.messages())[0]["attachments"][0]["url"]
    async with aiohttp.ClientSession() as session:
        async with session.get(old) as answer:
            assert answer.status == 404
        async with session.get(new) as answer:
            assert await answer.read() == b"x"


@pytest.mark.parametrize(
    ("content", "allowed", "live", "silent"),
    [
        ("{mia}", None, 1, False),
        ("{mia}", {"parse": []}, 0, True),
        ("{mia}", {"parse": ["roles"]}, 0, True),
        ("{mia}", {"users": ["{id}"]}, 1, False),
        ("`{mia}`", None, 0, True),
        ("@everyone", None, 1, False),
        ("@here", {"parse": ["everyone"]}, 1, False),
        ("@everyone", {"parse": ["users"]}, 0, True),
        ("{artists}", None, 1, False),
        ("{artists}", {"parse": []}, 0, True),
        ("a plain word", None, 0, True),
    ],
)
async def test_whom_a_message_calls(
    api: Api, door: Door, content: str, allowed: Any, live: int, silent: bool
) -> None:
    """Without `allowed_mentions` all of it is live; `silent` says whether any phone rang."""
    world = api.server.world
    mia = next(user.id for user in world.users.values() if user.username == "mia")
    artists = next(role.id for role in world.roles.values() if role.name == "Artists")
    body: dict[str, Any] = {"content": content.format(mia=f"<@{mia}>", artists=f"<@&{artists}>")}
    if allowed is not None:
        users = [each.format(id=mia) for each in allowed.get("users", [])]
        body["allowed_mentions"] = allowed | ({"users": users} if users else {})
    await api.good("POST", api.channel("imagine") + "/messages", body)
    assert (await door.get("/report"))["live_mentions"] == live
    assert (await door.messages())[-1]["silent"] is silent


async def test_who_hears_of_all_messages_is_rung_unless_the_flag_says_no(
    api: Api, door: Door
) -> None:
    await door.act("mia", "settings", all_messages=True)
    post = api.channel("imagine") + "/messages"
    await api.good("POST", post, {"content": "x"})
    await api.good("POST", post, {"content": "x", "flags": 4096})
    await door.act("mia", "message", channel="imagine", content="one's own does not")
    await door.act("mia", "settings", all_messages=False)
    await api.good("POST", post, {"content": "x"})
    assert [m["silent"] for m in await door.messages()] == [False, True, True, True]


async def test_an_edit_rings_nobody_but_its_live_mention_counts(api: Api, door: Door) -> None:
    post = api.channel("imagine") + "/messages"
    sent = await api.good("POST", post, {"content": "x"})
    for _ in range(2):
        await api.good("PATCH", f"{post}/{sent['id']}", {"content": "@everyone"})
    assert (await door.messages())[-1]["silent"] is True
    assert (await door.get("/report"))["live_mentions"] == 1


async def test_a_reply_rings_unless_told_not_to(api: Api, door: Door) -> None:
    sent = await door.act("mia", "message", channel="imagine", content="draw me")
    post = api.channel("imagine") + "/messages"
    reply: Any = {"content": "x", "message_reference": {"message_id": sent["message"]}}
    loud = await api.good("POST", post, reply)
    assert loud["referenced_message"]["content"] == "draw me"
    await api.good("POST", post, reply | {"allowed_mentions": {"parse": []}})
    await api.good("POST", post, reply | {"flags": 4096})
    assert [m["silent"] for m in (await door.messages())[1:]] == [False, True, True]


async def test_messages_are_listed_from_either_side(api: Api, door: Door) -> None:
    for n in range(6):
        await door.act("mia", "message", channel="imagine", content=str(n))
    ids = [m["id"] for m in await door.messages()]

    async def words(query: str) -> str:
        found = await api.good("GET", f"{api.channel('imagine')}/messages?{query}")
        return "".join(m["content"] for m in found)

    assert await words("limit=2") == "54"
    assert await words(f"before={ids[3]}&limit=2") == "21"
    assert await words(f"after={ids[3]}") == "54"
    assert await words(f"around={ids[3]}&limit=3") == "432"
    assert await api.code("GET", f"{api.channel('imagine')}/messages?limit=101") == 50035


async def test_many_are_deleted_at_once_only_by_those_who_may(
    api: Api, door: Door, server: SandboxDiscord
) -> None:
    ids = [
        (await door.act("mia", "message", channel="imagine", content="x"))["message"]
        for _ in range(3)
    ]
    path = api.channel("imagine") + "/messages/bulk-delete"
    assert await api.code("POST", path, {"messages": ids}) == 50013
    world = server.world
    guild = next(iter(world.guilds))
    moderators = next(r.id for r in world.roles.values() if r.name == "Moderators")
    mine = world.members[guild, world.bot_id]
    world.members[guild, world.bot_id] = replace(mine, roles=(*mine.roles, moderators))
    assert await api.code("POST", path, {"messages": ids[:1]}) == 50016
    await api.good("POST", path, {"messages": ids[:2]})
    assert [m["id"] for m in await door.messages()] == ids[2:]


async def test_reactions_of_the_bot(api: Api, door: Door) -> None:
    sent = await door.act("mia", "message", channel="imagine", content="x")
    base = f"{api.channel('imagine')}/messages/{sent['message']}/reactions"
    await api.good("PUT", base + "/%E2%8F%B3/@me")
    (reaction,) = (await door.messages())[0]["reactions"]
    assert (reaction["emoji"]["name"], reaction["count"], reaction["me"]) == ("⏳", 1, False)
    assert await api.code("PUT", base + "/word/@me") == 10014
    await api.good("DELETE", base + "/%E2%8F%B3/@me")
    assert "reactions" not in (await door.messages())[0]


async def test_files_cannot_join_a_layout_by_an_edit(api: Api) -> None:
    """As reported of Discord; so panels take their pictures by address."""
    post = api.channel("imagine") + "/messages"
    text = {"components": [{"type": 10, "content": "x"}], "flags": 32768}
    sent = await api.good("POST", post, text)
    path = f"{post}/{sent['id']}"
    assert await api.code("PATCH", path, text, files={"a.png": png()}) == 50035
    assert (await api.good("PATCH", path, {"flags": 0}))["flags"] == 32768


async def test_names_and_bytes_of_files_come_through_as_sent(api: Api) -> None:
    """Letters beyond ASCII, spaces and quotes in the name; line ends and dashes in the bytes."""
    raw = b"\r\n--x\r\n\r\n" + bytes(range(256)) + b"\r\n"
    sent = await api.good(
        "POST", api.channel("imagine") + "/messages", {}, files={'ein "Füchs\'chen".bin': raw}
    )
    (file,) = sent["attachments"]
    assert file["filename"] == "ein__Füchs_chen_.bin"
    assert await api.fetch(file["url"]) == raw
