"""/settings and the greeting by the people's doors: what Discord takes, and what is obeyed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.sandbox.discord import views
from tests.support.attack import Attacker
from tests.support.town import Json, Town, town


def parts(message: Json) -> list[Json]:
    """Every component of a message, from top to bottom."""
    found: list[Json] = []
    stack = list(message["components"])
    while stack:
        part = stack.pop(0)
        found.append(part)
        stack[:0] = [*part.get("components", ()), *filter(None, [part.get("accessory")])]
    return found


def named(message: Json, beginning: str) -> str:
    """The custom_id that begins so."""
    ids = (str(part.get("custom_id", "")) for part in parts(message))
    return next(one for one in ids if one.startswith(f"settings:{beginning}"))


def said(message: Json) -> str:
    return "\n".join(part["content"] for part in parts(message) if part["type"] == 10)


class Panel:
    """mona's panel in #general."""

    def __init__(self, here: Town, message: Json) -> None:
        self.here, self.message = here, message

    @classmethod
    async def open(cls, here: Town) -> Panel:
        state = await here.command("mona", "settings", "general")
        assert state["state"] == "answered", state
        message = await here.message(state["messages"][0], "general", "mona")
        assert message["flags"] & (1 << 15 | 1 << 6) == 1 << 15 | 1 << 6
        return cls(here, message)

    async def press(self, beginning: str, *values: str) -> Json:
        """Press a button or choose in a menu; the interaction's state."""
        fields: dict[str, Any] = {"custom_id": named(self.message, beginning)}
        if beginning.startswith("pick"):
            fields["values"] = list(values)
        asked = await self.here.act("mona", "component", message=self.message["id"], **fields)
        state = await self.here.answered(asked["interaction"])
        assert state["state"] == "answered", state
        await self.look()
        return state

    async def write(self, beginning: str, **fields: str) -> None:
        """Open a form and send it."""
        state = await self.press(beginning)
        assert state["modal"], state
        asked = await self.here.act("mona", "modal", modal=state["modal"]["id"], fields=fields)
        done = await self.here.answered(asked["interaction"])
        assert done["state"] == "answered", done
        await self.look()

    async def look(self) -> None:
        self.message = await self.here.message(self.message["id"], "general", "mona")


async def test_a_server_is_set_up_and_obeyed_before_and_after_a_restart(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        panel = await Panel.open(here)
        await panel.press("pick:where:channels", here.channel("imagine"))
        await panel.press("pick:where:log_channel", here.channel("locked"))
        assert "I can't write in #locked." in said(panel.message)
        await panel.press("pick:where:log_channel", here.channel("general"))
        await panel.press("pick:where:ring", "never")
        await panel.write("form:where:zone", zone="tokyo")
        assert "Daily limits reset at midnight in Asia/Tokyo." in said(panel.message)
        await panel.press("go:who")
        await panel.write("form:who:bounds", images_max="1", steps_max="10", megapixels_max="1")
        await panel.press("pick:who:role", here.role("Artists"))
        role = f"role.{here.role('Artists')}"
        await panel.write(f"form:{role}:bounds", images_max="3", steps_max="", megapixels_max="")
        await panel.press(f"go:models.{here.role('Artists')}:")
        await panel.press("go:safety")
        await panel.write("form:safety:words", lines1="orc")
        await panel.press("pick:safety:spoiler", "always")

        refused = await here.command("mia", "imagine", "general", prompt="a fox")
        (no,) = [await here.message(one, "general") for one in refused["messages"]]
        assert "Head to" in no["content"]
        assert no["flags"] & 1 << 6

        await here.stop_bot()
        await here.start_bot()
        await panel.press("set:safety:private=on")
        assert "Pictures are private unless the member chooses otherwise." in said(panel.message)
        await panel.press("set:safety:private=off")
        refused = await here.command("mia", "imagine", prompt="an orc")
        (no,) = [await here.message(one) for one in refused["messages"]]
        assert "allowed on this server" in no["content"]
        drawn = await here.picture(await here.imagine("theo", images=3), who="theo")
        assert len(drawn["attachments"]) == 3
        assert all(
            one["filename"].startswith("SPOILER_") or one["flags"] for one in drawn["attachments"]
        )
        log = await here.command("mona", "limits log", "general")
        (changes,) = [await here.message(one, "general", "mona") for one in log["messages"]]
        assert "orc" in json.dumps(changes)
        await here.clean()


async def test_switched_off_and_on_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        panel = await Panel.open(here)
        await panel.press("set:where:drawing=off")
        refused = await here.command("mia", "imagine", prompt="a fox")
        (no,) = [await here.message(one) for one in refused["messages"]]
        assert no["flags"] & 1 << 6
        await panel.press("set:where:drawing=on")
        await here.picture(await here.imagine())
        here.balanced()
        await here.clean()


async def test_members_have_no_settings_and_nobody_has_anothers_panel(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        for who in ("mia", "theo"):
            await here.act(who, "command", status=409, channel="general", name="settings")
        panel = await Panel.open(here)
        off = named(panel.message, "set:where:drawing=off")
        await here.act("mia", "component", status=409, message=panel.message["id"], custom_id=off)
        await here.clean()


async def test_a_new_bot_says_hello_once_and_its_buttons_work(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()

        async def greeted() -> bool:
            return bool(await here.messages("general"))

        await here.until(greeted, "the greeting is there")
        await here.stop_bot()
        await here.start_bot()
        (hello,) = await here.messages("general")
        assert hello["content"].startswith("Hi! Describe it and I'll draw it.")
        assert hello["silent"]
        draw, set_up = (part["custom_id"] for part in parts(hello) if part["type"] == 2)

        asked = await here.act("mia", "component", message=hello["id"], custom_id=draw)
        state = await here.answered(asked["interaction"])
        card = await here.message(state["messages"][0], "general")
        await here.picture(card, "general")

        asked = await here.act("mona", "component", message=hello["id"], custom_id=set_up)
        state = await here.answered(asked["interaction"])
        panel = await here.message(state["messages"][0], "general", "mona")
        assert "### Settings · Where" in said(panel)
        assert await here.message(panel["id"], "general", "mia") == {}

        asked = await here.act("mia", "component", message=hello["id"], custom_id=set_up)
        state = await here.answered(asked["interaction"])
        no = await here.message(state["messages"][0], "general")
        assert "Only people with *Manage Server* can set me up." in no["content"]
        here.balanced()
        await here.clean()


async def test_a_server_that_invites_the_running_bot_is_greeted_and_no_outage_is_a_new_one(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        attacker = Attacker(here)
        await here.start_bot()
        guild = attacker.found_elsewhere()
        world = here.discord.world
        second = next(one.id for one in world.channels.values() if one.name == "imagine-too")
        world.guilds[guild] = replace(world.guilds[guild], system_channel_id=second)
        invited = views.guild_create(world, world.guilds[guild])
        del invited["unavailable"]  # as Discord tells of an invitation
        attacker.event("GUILD_CREATE", invited, guild)

        async def greeted() -> bool:
            return bool(await here.messages("imagine-too", "otto"))

        await here.until(greeted, "the second server is greeted")
        for _ in range(2):
            attacker.event("GUILD_DELETE", {"id": guild, "unavailable": True}, guild)
            back = views.guild_create(world, world.guilds[guild])
            attacker.event("GUILD_CREATE", back, guild)
        attacker.event("GUILD_CREATE", invited, guild)
        # The gateway's events are handled in order: this answer comes after all of them.
        await here.command("otto", "help", "lounge")
        await here.stop_bot()
        await here.start_bot()
        await here.command("otto", "help", "lounge")
        public = [m for m in await here.messages("imagine-too", "otto") if not m["flags"] & 1 << 6]
        assert len(public) == 1
        assert public[0]["content"].startswith("Hi! Describe it and I'll draw it.")
        first = await here.messages("lounge", "otto")
        assert all(message["flags"] & 1 << 6 for message in first)  # /help's answers alone
        greetings = [m for m in await here.messages("general") if m["content"].startswith("Hi!")]
        assert len(greetings) == 1
        await here.clean()


async def test_many_presses_at_once_all_count(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        panels = [await Panel.open(here) for _ in range(3)]
        await panels[1].press("go:safety")
        await panels[2].press("go:safety")
        await asyncio.gather(
            panels[0].press("set:where:drawing=off"),
            panels[1].press("set:safety:private=on"),
            panels[2].press("pick:safety:spoiler", "always"),
        )
        fourth = await Panel.open(here)
        assert "**Drawing is off.**" in said(fourth.message)
        await fourth.press("go:safety")
        assert "**Private by default:** on" in said(fourth.message)
        # Each panel shows what was true when it was drawn, so both are drawn again.
        for panel in panels[1:]:
            await panel.press("go:where")
            await panel.press("go:safety")
        # The same press twice at once: both are answered, it is written down once.
        await asyncio.gather(*(panel.press("set:safety:private=off") for panel in panels[1:]))
        rows = here.rows("SELECT action, new FROM audit ORDER BY seq")
        assert sorted(rows) == [
            ("settings.drawing", "off"),
            ("settings.private", "off"),
            ("settings.private", "on"),
            ("settings.spoiler", "always"),
        ]
        await here.clean()


async def test_what_waits_is_counted_and_returned_when_drawing_is_switched_off(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=0.2)
        first = await here.imagine("mia")
        await here.imagine("theo")
        waiting = await here.imagine("mona", images=2)
        drawn = "SELECT count(*) FROM jobs WHERE state = 'running'"
        await here.until(lambda: here.rows(drawn) == [(2,)], "two are drawn and one waits")
        panel = await Panel.open(here)
        assert "returns everything in the queue (" in said(panel.message)
        await panel.press("set:where:drawing=off")
        await here.script(step_s=0.01)
        gone = await here.becomes(
            waiting["id"], lambda seen: "returned" in seen["content"], who="mona"
        )
        assert not gone["attachments"]
        await here.picture(first)
        await here.until(
            lambda: not here.rows("SELECT * FROM holds"), "nothing is held for anybody"
        )
        here.balanced()
        await here.clean()
