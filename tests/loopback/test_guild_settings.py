"""What a server chose, met by people on every way to a picture: commands, phrases, buttons."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from bot import app
from bot.composition import Flow
from bot.core.drawing.request import RequestContext
from bot.core.policy import RoleBounds, SpoilerSetting
from bot.sandbox.swarmui.setup import Setup
from tests.support.settings import set_fields
from tests.support.town import Json, Town, button, town

TURBO: Final = "sd_xl_turbo_1.0_fp16.safetensors"
SLOW: Final = Setup(step_s=0.15, model_load_s=0.05)


@dataclass
class Server:
    """A town with a bot in it, whose server chooses as the tests say."""

    here: Town
    flows: list[Flow]

    async def choose(self, **choices: Any) -> None:
        """As mona, by the same door as the panel of /settings."""
        guild = int(self.here.world["guilds"][0]["id"])
        mona = RequestContext(
            int(self.here.person("mona")), "Mona", guild, 0, can_manage_guild=True
        )
        await set_fields(self.flows[-1].guild_settings, mona, **choices)

    async def refused(self, state: Json, who: str = "mia", channel: str = "imagine") -> str:
        """The private words of an answer that is a refusal."""
        (message,) = state["messages"]
        said = await self.here.message(message, channel, who)
        assert said["flags"] & 64, said
        assert said["attachments"] == []
        return str(said["content"])

    async def say(self, content: str, channel: str = "imagine", who: str = "mia") -> Json:
        """A plain message, and the bot's reply to it."""
        sent = await self.here.act(who, "message", channel=channel, content=content)
        reply: Json = {}

        async def replied() -> bool:
            nonlocal reply
            said = await self.here.messages(channel, who)
            answers = [
                one
                for one in said
                if (one.get("message_reference") or {}).get("message_id") == sent["message"]
            ]
            reply = answers[0] if answers else {}
            return bool(answers)

        await self.here.until(replied, f"{content!r} is answered")
        return reply

    def jobs(self) -> int:
        return int(self.here.rows("SELECT count(*) FROM jobs")[0][0])


@asynccontextmanager
async def server(
    folder: Path, monkeypatch: pytest.MonkeyPatch, setup: Setup | None = None, extra: str = ""
) -> AsyncIterator[Server]:
    monkeypatch.setenv("SWARMBOT_TRIGGERS__COOLDOWN_S", "0")
    flows: list[Flow] = []
    build = app.build_flow

    def kept(*args: Any, **named: Any) -> Flow:
        flows.append(build(*args, **named))
        return flows[-1]

    monkeypatch.setattr(app, "build_flow", kept)
    async with town(folder, setup, extra=extra) as here:
        await here.start_bot()
        yield Server(here, flows)
        here.balanced()
        await here.clean()


async def test_switched_off_nobody_draws_by_any_way_and_what_waits_is_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(tmp_path, monkeypatch, SLOW, "max_in_flight = 1\n") as one:
        here = one.here
        drawing = await here.imagine("mia")
        await here.becomes(drawing["id"], lambda m: "step" in m["content"])
        waiting = await here.imagine("theo", prompt="an owl")
        await one.choose(drawing=False)
        back = await here.becomes(waiting["id"], lambda m: "returned" in m["content"])
        assert back["content"].startswith(
            "Cancelled (drawing was turned off on this server). 1 picture returned, 20 left today."
        )
        finished = await here.picture(drawing)  # what was under way comes

        before = one.jobs()
        off = "Drawing is turned off on this server for now. Nothing was charged."
        asked = await here.command("mia", "imagine", prompt="a cat")
        assert (await one.refused(asked)).startswith(off)
        assert "a cat" in await one.refused(asked)
        assert (await one.say("draw me a cat"))["content"].startswith(off)
        for who, message, action in (
            ("mia", finished, "reroll"),
            ("mia", finished, "vary"),
            ("theo", back, "retry"),
        ):
            pressed = await here.press(who, message, action)
            assert (await one.refused(pressed, who)).startswith(off), action
        assert one.jobs() == before

        await one.choose(drawing=True)
        await here.picture(await here.imagine("theo"), who="theo")
        await here.picture(await one.say("draw me a cat"))


async def test_drawing_has_its_channels_and_their_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere a command and a mention are told where; a phrase is talk, and met with silence."""
    async with server(tmp_path, monkeypatch) as one:
        here = one.here
        finished = await here.picture(await here.imagine("mia"))
        imagine, general = here.channel("imagine"), here.channel("general")
        await one.choose(channels=(int(imagine),))
        asked = await here.command("mia", "imagine", "general", prompt="a cat")
        said = await one.refused(asked, channel="general")
        assert said == f"Head to <#{imagine}> to draw.\n```\na cat\n```"
        called = await one.say(f"<@{here.world['bot_id']}> a cat", "general")
        assert called["content"].startswith(f"Head to <#{imagine}> to draw.")
        assert called["mentions"] == []
        in_thread = await here.imagine("mia", "fox thread")
        await here.picture(in_thread, "fox thread")
        called = await one.say(f"<@{here.world['bot_id']}> a cat", "fox thread", "theo")
        await here.picture(called, "fox thread", "theo")

        await one.choose(channels=(int(general),))
        before = one.jobs()
        pressed = await here.press("mia", finished, "reroll")
        assert (await one.refused(pressed)).startswith(f"Head to <#{general}> to draw.")
        await here.act("theo", "message", channel="imagine", content="draw me a cat")
        # The next message is answered, and what came before it was not.
        await one.say(f"<@{here.world['bot_id']}> a dog", who="mona")
        said_there = [one for one in await here.messages() if one["author"].get("bot")]
        assert not any("a cat" in message["content"] for message in said_there)
        assert one.jobs() == before


async def test_a_model_of_a_role_is_drawn_offered_and_shown_to_that_role_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(tmp_path, monkeypatch) as one:
        here = one.here
        artists = int(here.role("Artists"))
        await one.choose(model="SDXL Turbo", roles=(RoleBounds(artists, models=(TURBO,)),))

        async def offered(who: str) -> list[str]:
            found = await here.act(
                who,
                "autocomplete",
                channel="imagine",
                name="imagine",
                option="model",
                value="",
                options={"prompt": "a cat"},
            )
            return [choice["value"] for choice in found["choices"]]

        async def shown(who: str) -> str:
            state = await here.command(who, "models")
            return str(await here.message(state["messages"][0], who=who))

        assert TURBO in await offered("theo")
        assert offered_to_mia(await offered("mia"))
        assert "SDXL Turbo" in await shown("theo")
        assert "SDXL Turbo" not in await shown("mia")

        theirs = await here.picture(await here.imagine("theo", prompt="an owl"), who="theo")
        assert (await here.swarm_report())["generations"][-1]["parameters"]["model"] == TURBO
        refusal = f"Only <@&{artists}> can use the model SDXL Turbo here. Choose another one."
        asked = await here.command("mia", "imagine", prompt="a cat", model=TURBO)
        assert (await one.refused(asked)).startswith(refusal)
        not_hers = await here.press("mia", theirs, "reroll")
        offer = await here.message(not_hers["messages"][0])
        used = await here.press("mia", offer, "use")
        assert (await one.refused(used)).startswith(refusal)

        # Whoever names none gets one that is open to them, and no refusal.
        await here.picture(await one.say("draw me a cat"))
        model = (await here.swarm_report())["generations"][-1]["parameters"]["model"]
        assert model != TURBO


def offered_to_mia(names: list[str]) -> bool:
    return bool(names) and TURBO not in names


async def test_bounds_are_a_servers_and_a_roles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal's button draws as many as may be."""
    async with server(tmp_path, monkeypatch) as one:
        here = one.here
        artists = int(here.role("Artists"))
        await one.choose(images_max=1, steps_max=10, roles=(RoleBounds(artists, images_max=2),))
        asked = await here.command("mia", "imagine", prompt="a cat", images=2)
        assert "You can ask for 1 picture at once." in await one.refused(asked)
        draft = await here.message(asked["messages"][0])
        drawn = await here.press("mia", draft, "draw")
        await here.picture(await here.message(drawn["messages"][0]))
        two = await here.picture(await here.imagine("theo", images=2), who="theo")
        assert len(two["attachments"]) == 2
        asked = await here.command("theo", "imagine", prompt="a cat", steps=11)
        words = await one.refused(asked, "theo")
        assert words.startswith("Steps must be between 1 and 10.")


async def test_spoilers_are_always_on_by_every_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(tmp_path, monkeypatch) as one:
        here = one.here
        first = await here.picture(await here.imagine("mia"))
        assert not first["attachments"][0]["filename"].startswith("SPOILER_")
        await one.choose(spoiler=SpoilerSetting.ALWAYS)
        pressed = await here.press("mia", first, "reroll")
        ways = [
            await here.imagine("mia"),
            await one.say("draw me a cat"),
            await here.message(pressed["messages"][0]),
        ]
        for card in ways:
            drawn = await here.picture(card)
            assert drawn["attachments"][0]["filename"].startswith("SPOILER_")


async def test_private_by_default_shows_the_channel_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command's answer is seen by its asker; a phrase's picture comes as a direct message."""
    async with server(tmp_path, monkeypatch) as one:
        here = one.here
        await one.choose(private=True)
        mine = await here.picture(await here.imagine("mia"))
        assert mine["flags"] & 64
        assert await here.message(mine["id"], who="theo") == {}
        public = await here.picture(await here.imagine("mia", private=False))
        assert not public["flags"] & 64

        told = await one.say("draw me a cat")
        assert told["content"].startswith("Got it. Pictures are private here")
        people = here.world["guilds"][0]["people"]
        direct = next(person["dm"] for person in people if person["name"] == "mia")

        async def came() -> bool:
            return any(message["attachments"] for message in await here.messages(direct))

        await here.until(came, "the picture comes as a direct message")
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        seen = [one for one in await here.messages(who="theo") if one["attachments"]]
        assert [message["id"] for message in seen] == [public["id"]]


async def test_what_waits_in_a_server_that_was_switched_off_is_returned_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot is stopped in the very moment: nobody waits for ever, nothing is drawn."""
    async with server(
        tmp_path, monkeypatch, SLOW, "max_in_flight = 1\nshutdown_grace_s = 0\n"
    ) as one:
        here = one.here
        drawing = await here.imagine("mia")
        await here.becomes(drawing["id"], lambda m: "step" in m["content"])
        waiting = await here.imagine("theo", prompt="an owl")
        await here.stop_bot()
        guild = int(here.world["guilds"][0]["id"])
        with_switch_off(here, guild)
        await here.start_bot()
        back = await here.becomes(waiting["id"], lambda m: "returned" in m["content"])
        assert "turned off on this server" in back["content"]
        await here.picture(drawing)
        prompts = [job["prompt"] for job in (await here.swarm_report())["generations"]]
        assert "an owl" not in prompts
        assert button(back, "retry")


def with_switch_off(here: Town, guild: int) -> None:
    """As the transaction of a change leaves it, whose process then died."""
    with closing(sqlite3.connect(here.database, isolation_level=None)) as books:
        books.execute(
            "INSERT INTO guild_settings (guild, time_zone, drawing) VALUES (?, '', 0)", (guild,)
        )
