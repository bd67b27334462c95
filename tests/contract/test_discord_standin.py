"""The sandbox Discord against Discord's API description, with the real discord.py between."""

import asyncio
import base64
import importlib.util
import io
import sys
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox.discord import SandboxDiscord
from tests.support.shared import OPENAPI, REQUIRED, VALIDATOR
from tests.support.standin import Bot, Door, png, point_at, until

# What the description demands of each event's payload.
SCHEMAS = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "GUILD_CREATE": "GuildWithCountsResponse",
    "THREAD_CREATE": "ThreadResponse",
}


@pytest.fixture(scope="module")
def spec() -> Any:
    """Discord's description; the tests that need it are skipped where it does not lie."""
    if not (VALIDATOR.exists() and OPENAPI.exists()) and not REQUIRED:
        pytest.skip("Discord's API description is not beside the project")
    found = importlib.util.spec_from_file_location("discord_spec_validator", VALIDATOR)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["discord_spec_validator"] = module
    found.loader.exec_module(module)
    return module.SpecValidator(OPENAPI)


@pytest.fixture
async def server() -> AsyncIterator[SandboxDiscord]:
    async with SandboxDiscord() as server:
        yield server


@pytest.fixture
async def door(server: SandboxDiscord) -> AsyncIterator[Door]:
    async with aiohttp.ClientSession() as session:
        yield Door(session, server.base)


class Asking(discord.ui.Modal, title="Once more"):
    words: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Prompt", custom_id="words")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"again: {self.words.value}", ephemeral=True)


class Buttons(discord.ui.View):
    @discord.ui.button(label="Edit", custom_id="edit:1")
    async def edit(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.send_modal(Asking())

    @discord.ui.button(label="Cancel", custom_id="cancel:1", style=discord.ButtonStyle.danger)
    async def cancel(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.edit_message(content="cancelled", view=None)

    @discord.ui.select(custom_id="pick:1", options=[discord.SelectOption(label="a", value="1")])
    async def pick(self, interaction: discord.Interaction, menu: Any) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"picked {menu.values[0]}", ephemeral=True)


def panel() -> discord.ui.LayoutView:
    """One of each part that a layout can have."""
    gallery = discord.ui.MediaGallery[Any]()
    gallery.add_item(media="attachment://own.png", description="ours")
    gallery.add_item(media="http://127.0.0.1/elsewhere.png")
    section = discord.ui.Section[Any](
        "words", accessory=discord.ui.Thumbnail("http://127.0.0.1/a.png")
    )
    row = discord.ui.ActionRow[Any](discord.ui.Button(label="x", custom_id="x:1"))
    box = discord.ui.Container[Any](
        section, discord.ui.Separator(), gallery, discord.ui.File("attachment://own.png"), row
    )
    return discord.ui.LayoutView().add_item(box)


def painter(bot: Bot) -> None:
    """The commands of the tests' bot."""

    @bot.tree.command(description="draw")
    async def draw(interaction: discord.Interaction, prompt: str, model: str = "x") -> None:
        await interaction.response.send_message(
            prompt, view=Buttons(), allowed_mentions=discord.AllowedMentions.none()
        )
        embed = discord.Embed(title="50 %", colour=5).set_image(url="attachment://p.png")
        preview = discord.File(io.BytesIO(png()), "p.png", description="half a fox")
        await interaction.edit_original_response(embed=embed, attachments=[preview])
        final = discord.File(io.BytesIO(png("blue")), "fox.png")
        await interaction.edit_original_response(content="done", embed=None, attachments=[final])

    @draw.autocomplete("model")
    async def models(_: discord.Interaction, current: str) -> list[Any]:
        return [discord.app_commands.Choice(name=f"{current}-xl", value="xl")]

    @bot.tree.command(description="slow")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send("at last")
        await interaction.followup.send("and more")

    @bot.tree.context_menu(name="Look")
    async def look(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"saw {message.content}", ephemeral=True)

    @bot.tree.context_menu(name="Who")
    async def who(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(member.display_name)

    async def setup() -> None:
        await bot.tree.sync()

    bot.setup_hook = setup


async def everything(server: SandboxDiscord, door: Door, bot: Bot) -> None:
    """One of each thing that the bot and its people do."""
    channel = next(c for c in server.world.channels.values() if c.name == "imagine")
    drawn = await door.act(
        "mia", "command", channel="imagine", name="draw", options={"prompt": "a fox @everyone"}
    )

    async def done() -> Any:
        seen = await door.messages()
        return next((m for m in seen if m["content"] == "done"), None)

    card = await until(done, server)
    assert (await door.interaction(drawn))["messages"] == [card["id"]]
    assert [file["filename"] for file in card["attachments"]] == ["fox.png"]
    choices = await door.act(
        "mia", "autocomplete", channel="imagine", name="draw", option="model", value="sd"
    )
    assert choices == {"choices": [{"name": "sd-xl", "value": "xl"}]}
    await door.act("mia", "component", message=card["id"], custom_id="pick:1", values=["1"])
    asked = await door.act("theo", "component", message=card["id"], custom_id="edit:1")
    modal = await until(lambda: _modal(door), server)
    assert modal["interaction"] == asked["interaction"]
    again = await door.act("theo", "modal", modal=modal["id"], fields={"words": "an owl"})
    await until(lambda: _messages(door, again), server)
    slow = await door.act("mia", "command", channel="imagine", name="slow")
    await until(lambda: _messages(door, slow, 2), server)
    said = await door.act("mia", "message", channel="imagine", content="hello", files=[])
    seen = await door.act("mia", "menu", message=said["message"], name="Look")
    await until(lambda: _messages(door, seen), server)
    shown = await door.act("mona", "menu", user="theo", name="Who")
    await until(lambda: _messages(door, shown), server)
    place = bot.get_channel(int(channel.id))
    assert isinstance(place, discord.TextChannel)
    plain = await place.send("plain", file=discord.File(io.BytesIO(b"x"), "a.txt"), nonce="n1")
    await plain.edit(content="edited")
    await plain.reply("to it", mention_author=False)
    await plain.add_reaction("⏳")
    assert [m.content async for m in place.history(limit=2)] == ["to it", "edited"]
    assert (await place.fetch_message(plain.id)).reactions[0].me
    await plain.delete()
    await place.send(view=panel(), file=discord.File(io.BytesIO(png()), "own.png"))
    await (await bot.fetch_user(int(_id(server, "theo")))).send("psst")
    await bot.fetch_guild(place.guild.id)
    await place.guild.fetch_channels()
    await place.guild.fetch_roles()
    await place.guild.fetch_member(int(_id(server, "mia")))
    await place.guild.active_threads()
    await bot.application_info()
    async for _ in bot.fetch_guilds():
        pass
    asked = await door.act("mia", "message", channel="imagine", content="tell me more")
    await door.act("mia", "thread", channel="imagine", name="more", message=asked["message"])
    await bot.event("MESSAGE_CREATE", lambda data: data["type"] == 21)
    await door.act("mia", "thread", channel="imagine", name="else")
    await bot.event("MESSAGE_CREATE", lambda data: data["type"] == 18)
    await door.act("mia", "proxy", message=asked["message"], name="Luna")
    with pytest.raises(discord.NotFound):
        await place.fetch_message(1)
    with pytest.raises(discord.HTTPException):
        await place.send("x" * 2001)


async def _modal(door: Door) -> Any:
    return next(iter(await door.get("/pending?as=theo")), None)


async def _messages(door: Door, act: Any, least: int = 1) -> Any:
    seen = await door.interaction(act)
    return seen if len(seen["messages"]) >= least else None


def _plain(body: Any) -> Any:
    """The description wants numbers as codes of single fields; Discord itself sends names."""
    errors = isinstance(body, dict) and body.get("code") == 50035
    return {"code": 50035, "message": body["message"]} if errors else body


def _id(server: SandboxDiscord, name: str) -> str:
    return next(user.id for user in server.world.users.values() if user.username == name)


async def test_every_answer_and_event_is_as_the_description_says(
    spec: Any, server: SandboxDiscord, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What discord.py is told in a whole round of doings fits Discord's description."""
    point_at(server, monkeypatch)
    async with Bot() as bot:
        painter(bot)
        await bot.begin(server.token)
        await everything(server, door, bot)
        problems = [
            f"{method} {path} {status}: {problem}"
            for method, path, status, body in bot.answers
            if path.startswith("/api/")
            for problem in spec.response(method, path, status, _plain(body))
        ]
        for name, data in bot.events:
            if name in SCHEMAS:
                problems += [f"{name}: {p}" for p in spec.schema(SCHEMAS[name], data)]
            if name == "INTERACTION_CREATE" and "message" in data:
                problems += [
                    f"{name}: {p}" for p in spec.schema("MessageResponse", data["message"])
                ]
        assert bot.faults == []
    assert problems == []
    assert len(bot.answers) > 25
    report = await door.get("/report")
    assert report["unknown_routes"] == []
    assert [flaw["field"] for flaw in report["invalid"]] == ["content"]
    assert report["live_mentions"] == 0


async def test_the_kept_world_is_as_the_description_says(
    spec: Any, server: SandboxDiscord, door: Door
) -> None:
    """What the people's door shows are Discord's message objects, three fields added."""
    sent = await door.act(
        "mia",
        "message",
        channel="imagine",
        content="a <@1>",
        files=[{"name": "a.png", "base64": ""}],
    )
    await door.act("theo", "message", channel="imagine", content="b", reply_to=sent["message"])
    await door.act("theo", "react", message=sent["message"], emoji="🦊")
    shown = {"url": "https://pictures.invalid/a.png", "name": "a.png", "base64": ""}
    embed = {"type": "image", "url": shown["url"], "thumbnail": shown}
    link = await door.act("mia", "message", channel="imagine", embeds=[embed])
    forward = await door.act("theo", "forward", message=link["message"], channel="imagine")
    for message in await door.messages():
        problems = [problem.where for problem in spec.schema("MessageResponse", message)]
        # Discord sends and documents type 1 of forwards. Its description only knows replies.
        known = ["/message_reference/type"] if message["id"] == forward["message"] else []
        assert problems == known


class Everything(discord.ui.Modal, title="All"):
    note: discord.ui.TextDisplay[Any] = discord.ui.TextDisplay("Fill this in.")
    words = discord.ui.Label[Any](
        text="Words", component=discord.ui.TextInput(custom_id="words", required=False)
    )
    size = discord.ui.Label[Any](
        text="Size",
        component=discord.ui.Select(
            custom_id="size", options=[discord.SelectOption(label="Big", value="big")]
        ),
    )
    whom = discord.ui.Label[Any](text="Whom", component=discord.ui.UserSelect(custom_id="whom"))
    image = discord.ui.Label[Any](text="Image", component=discord.ui.FileUpload(custom_id="image"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        parts: Any = [self.words, self.size, self.whom, self.image]
        words, size, whom, image = (part.component for part in parts)
        raw = await image.values[0].read()
        said = [words.value, size.values[0], whom.values[0].name, str(raw == png())]
        await interaction.response.send_message(" ".join(said), ephemeral=True)


async def test_a_modal_with_every_kind_of_field_reaches_discord_py(
    server: SandboxDiscord, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels, selects with what they resolve, and a file that can be read."""
    point_at(server, monkeypatch)
    async with Bot() as bot:

        @bot.tree.command(description="d")
        async def fill(interaction: discord.Interaction) -> None:
            await interaction.response.send_modal(Everything())

        bot.setup_hook = bot.tree.sync
        await bot.begin(server.token)
        await door.act("theo", "command", channel="imagine", name="fill")
        modal = await until(lambda: _modal(door), server)
        file = {"name": "a.png", "base64": base64.b64encode(png()).decode()}
        fields: Any = {"words": "hi", "whom": [_id(server, "mona")], "image": [file]}
        await door.refused("theo", "modal", modal=modal["id"], fields=fields)
        fields["size"] = "small"
        await door.refused("theo", "modal", modal=modal["id"], fields=fields)
        fields["size"] = "big"
        sent = await door.act("theo", "modal", modal=modal["id"], fields=fields)
        await until(lambda: _messages(door, sent), server)
        assert bot.faults == []
    assert (await door.messages(who="theo"))[-1]["content"] == "hi big mona True"


async def test_a_dropped_connection_is_resumed_and_nothing_is_lost(
    server: SandboxDiscord, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After close code 4000 discord.py resumes at home and hears what was said meanwhile."""
    point_at(server, monkeypatch)
    monkeypatch.setattr(discord.client.ExponentialBackoff, "delay", lambda _: 0.0)
    async with Bot() as bot:
        await bot.begin(server.token)
        fault = {"on": {"gateway": True}, "do": {"close": 4000}}
        assert (await door.post("/faults", {"set": [fault]}))[0] == 200
        await door.act("mia", "message", channel="imagine", content="while you were out")
        heard = await bot.event("MESSAGE_CREATE")
        await bot.event("RESUMED")
        assert heard["content"] == "while you were out"
        assert [name for name, _ in bot.events].count("READY") == 1


async def test_an_invalid_session_begins_anew(
    server: SandboxDiscord, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py identifies again, after a pause of five seconds that is cut short here."""

    class Hasty:
        """asyncio as discord.py's client sees it, without the pause."""

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        async def sleep(self, _: float) -> None:
            await asyncio.sleep(0)

    monkeypatch.setattr(discord.client, "asyncio", Hasty())
    point_at(server, monkeypatch)
    async with Bot() as bot:
        await bot.begin(server.token)
        fault = {"on": {"gateway": True}, "do": {"invalid_session": True}}
        await door.post("/faults", {"set": [fault]})
        await bot.event("op 9")
        async with asyncio.timeout(30), bot.heard:
            await bot.heard.wait_for(lambda: [n for n, _ in bot.events].count("READY") == 2)


@pytest.mark.parametrize("compressed", [True, False])
async def test_zlib_frames_and_plain_ones_say_the_same(
    server: SandboxDiscord, compressed: bool
) -> None:
    """A client that asks for zlib-stream gets it; one that does not gets text."""
    query = "?v=10&encoding=json" + ("&compress=zlib-stream" if compressed else "")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.gateway_url + query) as socket,
    ):
        frame = await socket.receive()
        assert (frame.type is aiohttp.WSMsgType.BINARY) is compressed
        raw = zlib.decompressobj().decompress(frame.data) if compressed else frame.data.encode()
        assert b'"heartbeat_interval": 41250' in raw


async def test_an_intent_that_is_not_granted_closes_with_4014(
    server: SandboxDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(server, monkeypatch)
    async with Bot(discord.Intents.all()) as bot:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await bot.begin(server.token)


async def test_a_wrong_token_is_refused(
    server: SandboxDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(server, monkeypatch)
    async with Bot() as bot:
        with pytest.raises(discord.LoginFailure):
            await bot.begin("wrong")
