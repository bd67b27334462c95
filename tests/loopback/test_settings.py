"""/settings and the greeting by the people's doors: what Discord takes, and what is obeyed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
        assert "Days begin at midnight in Asia/Tokyo from now on." in said(panel.message)
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
        assert "I draw in" in no["content"]
        assert no["flags"] & 1 << 6

        await here.stop_bot()
        await here.start_bot()
        await panel.press("set:safety:private=on")
        assert "Answers are seen by whoever asked alone, from now on." in said(panel.message)
        await panel.press("set:safety:private=off")
        refused = await here.command("mia", "imagine", prompt="an orc")
        (no,) = [await here.message(one) for one in refused["messages"]]
        assert "word list" in no["content"]
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
        assert hello["content"].startswith("Hello! I draw what you describe.")
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
        assert "Setting up is for those who manage this server" in no["content"]
        here.balanced()
        await here.clean()
