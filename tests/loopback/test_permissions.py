"""Who may do what: commands as Discord offers them, and every click asked anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from bot.sandbox.discord import permissions as may
from tests.support.attack import QUIET, Attacker, text_of
from tests.support.table import AddRow
from tests.support.town import Json, Town, button, town

EVERYONE: Final = None
MESSAGES: Final = str(may.MANAGE_MESSAGES)
SERVER: Final = str(may.MANAGE_GUILD)
IN_SERVERS: Final = [0]
TITLE: Final = "Rights"
OFFERED: Final[dict[str, tuple[str | None, list[int]]]] = {
    "imagine": (EVERYONE, IN_SERVERS),
    "help": (EVERYONE, IN_SERVERS),
    "quota": (EVERYONE, IN_SERVERS),
    "queue": (EVERYONE, IN_SERVERS),
    "cancel": (EVERYONE, IN_SERVERS),
    "history": (EVERYONE, IN_SERVERS),
    "models": (EVERYONE, IN_SERVERS),
    "privacy": (EVERYONE, [0, 1]),  # whoever has left every server can still ask
    "Remix": (EVERYONE, IN_SERVERS),
    "Show parameters": (EVERYONE, IN_SERVERS),
    "Imagine this text": (EVERYONE, IN_SERVERS),
    "Report to moderators": (EVERYONE, IN_SERVERS),
    "limits": (MESSAGES, IN_SERVERS),
    "block": (MESSAGES, IN_SERVERS),
    "unblock": (MESSAGES, IN_SERVERS),
    "blocked": (MESSAGES, IN_SERVERS),
    "settings": (SERVER, IN_SERVERS),
    "triggers": (SERVER, IN_SERVERS),
}


def option(name: str, kind: int, value: Any) -> Json:
    return {"name": name, "type": kind, "value": value}


def sub(name: str, *options: Json) -> list[Json]:
    return [{"name": name, "type": 1, "options": list(options)}]


async def test_commands_are_offered_to_those_they_are_for(tmp_path: Path, row: AddRow) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        told = here.discord.world.commands.values()
        offered = {
            one["name"]: (one["default_member_permissions"], sorted(one["contexts"]))
            for one in told
        }
        assert offered == OFFERED
        assert not [one["name"] for one in told if one.get("nsfw")]
        for name, (needed, _) in OFFERED.items():
            who = {EVERYONE: "everyone", MESSAGES: "Manage Messages", SERVER: "Manage Server"}
            row("Commands", command=name, offered_to=who[needed])


async def test_whom_a_servers_own_page_lets_in_is_not_asked_again(
    tmp_path: Path, row: AddRow
) -> None:
    """Discord has let them through, though they have none of the default rights."""
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        await here.start_bot()
        mia = here.person("mia")
        commands: list[tuple[str, list[Json]]] = [
            ("limits", sub("set", option("day", 4, 7))),
            ("limits", sub("show")),
            ("limits", sub("log")),
            ("block", [option("member", 6, mia)]),
            ("blocked", []),
            ("unblock", [option("member", 6, mia)]),
            ("triggers", sub("add", option("phrase", 3, "sketch {prompt}"))),
            ("triggers", sub("list")),
            ("settings", []),
        ]
        for name, options in commands:
            asked = attacker.command("theo", name, options, about="mia")
            state = await here.answered(asked)
            assert state["state"] == "answered", name
            (said,) = [await here.message(one, who="theo") for one in state["messages"]]
            assert said["flags"] & 64
            assert "Manage" not in text_of(said), name
            row(TITLE, what=f"/{name} by Integrations' leave", outcome="obeyed")
        assert len(here.rows("SELECT DISTINCT action FROM audit")) == 4
        assert here.rows("SELECT count(*) FROM limits") == [(1,)]
        await here.clean()


# --- clicks --------------------------------------------------------------------------------------


@dataclass
class Clicks:
    """A server with a running job and a finished one, and a panel of mona's."""

    here: Town
    attacker: Attacker
    done: Json
    running: Json

    @property
    def job(self) -> str:
        return button(self.done, "reroll").rpartition(":")[2]

    def state(self) -> list[Any]:
        tables = ("limits", "blocks", "grants", "audit", "guild_settings", "trigger_phrases")
        rows = [self.here.rows(f"SELECT * FROM {table}") for table in tables]
        return [*rows, self.here.rows("SELECT id, state FROM jobs ORDER BY id")]


Click: TypeAlias = Callable[[Clicks, str], str]


def pressed(custom_id: str, values: list[str] | None = None) -> Click:
    def click(on: Clicks, who: str) -> str:
        said = custom_id.format(job=on.job, running=job_of(on.running), mia=on.here.person("mia"))
        return on.attacker.press(who, said, values=values, private=values is not None)

    return click


def sent(custom_id: str, **fields: str) -> Click:
    def click(on: Clicks, who: str) -> str:
        said = custom_id.format(job=on.job, mia=on.here.person("mia"))
        return on.attacker.form(who, said, fields)

    return click


def job_of(message: Json) -> str:
    return button(message, "cancel").rpartition(":")[2]


CLICKS: Final[dict[str, Click]] = {
    "cancel somebody's job": pressed("cancel:{running}"),
    "delete somebody's picture": pressed("delete:{job}"),
    "delete a reported picture": pressed("remove:{job}"),
    "block an author": pressed("block:{job}"),
    "block an author for good": pressed("block:0:{job}"),
    "open the form for more": pressed("grant:{mia}"),
    "give more": sent("grant:{mia}", pictures="5", days="1"),
    "switch drawing off": pressed("settings:set:where:drawing=off:m"),
    "choose channels": pressed("settings:pick:where:channels:m", ["1"]),
    "choose the log channel": pressed("settings:pick:where:log_channel:m", []),
    "open the word list": pressed("settings:form:safety:words:m"),
    "write the word list": sent("settings:send:safety:words:m", lines1="fox"),
    "write a role's bounds": sent("settings:send:role.1:bounds:m", images="4"),
    "look at the panel": pressed("settings:go:who::m"),
    "press with a made-up pass": pressed("settings:set:where:drawing=off:ffffff.0123456789abcdef"),
    "press with no pass": pressed("settings:set:where:drawing=off:"),
    "set up from the greeting": pressed("welcome:setup"),
    "reroll somebody's": pressed("reroll:{job}"),
    "vary somebody's": pressed("vary:1:{job}"),
    "upscale somebody's": pressed("upscale:1:{job}"),
    "edit somebody's": sent("edit:{job}", prompt="a cat"),
    "remix somebody's draft": sent("remix:{job}", prompt="a cat"),
    "erase for somebody": pressed("purge:privacy:here:{mia}"),
    "erase everything for somebody": pressed("erase:privacy:everywhere:{mia}"),
}


async def clicks(here: Town) -> Clicks:
    done = await here.picture(await here.imagine("mia"))
    await here.script(step_s=0.5)
    running = await here.imagine("mia", prompt="an owl")
    running = await here.becomes(running["id"], lambda m: "Drawing" in m["content"])
    return Clicks(here, Attacker(here), done, running)


async def test_a_member_gains_nothing_by_any_click(tmp_path: Path, row: AddRow) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        on = await clicks(here)
        before = on.state()
        for what, click in CLICKS.items():
            state = await here.answered(click(on, "theo"))
            assert state["modal"] is None, what
            said = [await here.message(one, who="theo") for one in state["messages"]]
            assert said, what
            assert all(one["flags"] & 64 for one in said), what
            assert on.state() == before, what
            row(TITLE, what=f"click: {what}", outcome=text_of(said[0]).partition(". ")[0][:60])
        assert here.discord.world.message(on.done["id"])
        await here.clean()


async def test_rights_are_asked_at_each_click_not_when_the_panel_was_opened(
    tmp_path: Path, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        on = await clicks(here)
        opened = await here.command("mona", "settings")
        panel = await here.message(opened["messages"][0], who="mona")
        ids = [one for one in custom_ids(panel) if not one.startswith("settings:go")]
        form = next(one for one in ids if "drawing" in one)
        on.attacker.set_roles("mona")
        before = on.state()
        for custom_id in ids:
            values = [] if ":pick:" in custom_id else None
            state = await here.answered(on.attacker.press("mona", custom_id, values=values))
            (said,) = [await here.message(one, who="mona") for one in state["messages"]]
            assert said["flags"] & 64
            assert "no longer have permission" in text_of(said) or "/settings" in text_of(said)
        for what, click in CLICKS.items():
            await here.answered(click(on, "mona"))
            assert on.state() == before, what
        row(TITLE, what="panel of a former moderator", outcome=f"{len(ids)} controls refused")

        on.attacker.set_roles("mona", here.role("Moderators"))
        state = await here.answered(on.attacker.press("mona", form, private=True))
        assert state["state"] == "answered"
        await here.until(lambda: on.state() != before, "with the right back it works again")


async def test_a_pass_by_integrations_leave_is_its_owners_alone(
    tmp_path: Path, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        elsewhere = attacker.found_elsewhere()
        await here.start_bot()
        opened = await here.answered(attacker.command("theo", "settings", []))
        panel = await here.message(opened["messages"][0], who="theo")
        switch = next(one for one in custom_ids(panel) if "drawing=off" in one)

        async def drawing() -> bool:
            await attacker.settled()
            wish = await here.imagine("mia", prompt=" ")
            return "turned off" not in wish["content"]

        attacker.press("mia", switch, private=True)
        assert await drawing(), "not in another's hands"
        attacker.press("theo", switch, channel="lounge", private=True)
        assert await drawing(), "not in another server"
        assert here.rows(f"SELECT * FROM guild_settings WHERE guild = {int(elsewhere)}") == []
        attacker.set_roles("theo")
        attacker.press("theo", switch, private=True)
        assert await drawing(), "not without the roles that let them in"
        attacker.set_roles("theo", here.role("Artists"))
        attacker.press("theo", switch, private=True)
        assert not await drawing(), "their own, here and now"
        attacker.set_roles("theo")  # as few as in the other server
        opened = await here.answered(attacker.command("theo", "settings", []))
        panel = await here.message(opened["messages"][0], who="theo")
        switch = next(one for one in custom_ids(panel) if "drawing=on" in one)
        attacker.press("theo", switch, channel="lounge", private=True)
        attacker.press("theo", switch.replace("=on", "=off"), channel="lounge", private=True)
        await attacker.settled()
        assert here.rows(f"SELECT * FROM guild_settings WHERE guild = {int(elsewhere)}") == []
        row(TITLE, what="a pass of /settings in other hands", outcome="refused")


def custom_ids(message: Json) -> list[str]:
    """Of all the parts of a panel, from top to bottom."""
    found: list[str] = []
    stack = list(message["components"])
    while stack:
        part = stack.pop(0)
        if part.get("custom_id"):
            found.append(str(part["custom_id"]))
        stack[:0] = [*part.get("components", ()), *filter(None, [part.get("accessory")])]
    return found
