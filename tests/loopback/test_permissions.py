"""Who may do what: commands as Discord offers them, and every click asked anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from bot.sandbox.discord import permissions as may
from tests.support.attack import QUIET, Attacker, text_of
from tests.support.choices import choose
from tests.support.table import AddRow
from tests.support.town import Json, Town, button, town

EVERYONE: Final = None
TIMEOUT: Final = str(may.MODERATE_MEMBERS)
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
    "limits": (SERVER, IN_SERVERS),
    "block": (TIMEOUT, IN_SERVERS),
    "unblock": (TIMEOUT, IN_SERVERS),
    "blocked": (TIMEOUT, IN_SERVERS),
    "settings": (SERVER, IN_SERVERS),
    "triggers": (SERVER, IN_SERVERS),
    "pause": (SERVER, IN_SERVERS),
    "resume": (SERVER, IN_SERVERS),
    "diagnose": (SERVER, IN_SERVERS),
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
            who = {EVERYONE: "everyone", TIMEOUT: "Timeout Members", SERVER: "Manage Server"}
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
    "switch drawing off": pressed("settings:set:where:drawing=off"),
    "choose channels": pressed("settings:pick:where:channels", ["1"]),
    "choose the log channel": pressed("settings:pick:where:log_channel", []),
    "open the word list": pressed("settings:form:safety:words"),
    "write the word list": sent("settings:send:safety:words", lines1="fox"),
    "write a role's bounds": sent("settings:send:role.1:bounds", images="4"),
    "look at the panel": pressed("settings:go:who:"),
    "press an older panel": pressed("settings:set:where:drawing=off:m"),
    "ask who reported it": pressed("reporters:{job}"),
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
            assert "You need *Manage Server* for this, as for `/settings`." in text_of(said)
        for what, click in CLICKS.items():
            await here.answered(click(on, "mona"))
            assert on.state() == before, what
        row(TITLE, what="panel of a former moderator", outcome=f"{len(ids)} controls refused")

        on.attacker.set_roles("mona", here.role("Moderators"))
        state = await here.answered(on.attacker.press("mona", form, private=True))
        assert state["state"] == "answered"
        await here.until(lambda: on.state() != before, "with the right back it works again")


async def test_a_panel_by_integrations_leave_is_for_whom_and_where_it_lets_in(
    tmp_path: Path, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        elsewhere = attacker.found_elsewhere()
        await here.start_bot()
        await override(here, "settings", (ROLE, here.role("Artists"), True))
        opened = await here.command("theo", "settings")
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
        await override(here, "settings")
        attacker.press("theo", switch, private=True)
        assert await drawing(), "not when the leave was taken back"
        await override(here, "settings", (ROLE, here.role("Artists"), True))
        attacker.press("theo", switch, private=True)
        assert not await drawing(), "their own, here and now"
        row(TITLE, what="a panel of /settings in other hands", outcome="refused")


# --- Manage Messages in one channel --------------------------------------------------------------


async def allow(here: Town, who: str, channel: str, *, give: int = 0, take: int = 0) -> None:
    """Overwrite somebody's rights in a channel."""
    await here.act(
        "host", "overwrite", channel=channel, **{"for": who, "allow": give, "deny": take}
    )


async def says(here: Town, who: str, message: Json, action: str, channel: str) -> str:
    """Press a button and read the private answer, "" if there is none."""
    state = await here.press(who, message, action)
    assert state["state"] == "answered", state
    seen = [await here.message(one, channel, who) for one in state["messages"]]
    return str(seen[-1]["content"]) if seen and seen[-1] else ""


async def report_of(here: Town, picture: Json, log: str) -> Json:
    """A report of a picture by theo, in the log channel."""
    await here.press("theo", picture, "report")

    async def reports() -> list[Json]:
        return [m for m in await here.messages(log, "host") if "was reported" in m["content"]]

    async def is_there() -> bool:
        return bool(await reports())

    await here.until(is_there, "a report")
    return (await reports())[-1]


async def test_manage_messages_of_one_channel_moderates_that_channel_alone(
    tmp_path: Path, row: AddRow
) -> None:
    """As bots for temporary channels give it to whoever opens one."""
    async with town(tmp_path, extra=QUIET) as here:
        await choose(here, log_channel=int(here.channel("general")))
        await here.start_bot()
        every = may.MANAGE_MESSAGES | may.MANAGE_GUILD | may.MODERATE_MEMBERS
        await allow(here, "theo", "general", give=every)
        for name, options in (
            ("limits exempt", {}),
            ("limits set", {"day": 0}),
            ("limits show", {}),
            ("settings", {}),
            ("triggers list", {}),
            ("block", {"member": here.person("mona")}),
            ("unblock", {"member": here.person("mona")}),
            ("blocked", {}),
        ):
            form = {"channel": "general", "name": name, "options": options}
            await here.act("theo", "command", status=409, **form)
        near = await here.picture(await here.imagine("mia", "general"), "general")
        far = await here.picture(await here.imagine("mia"))
        report = await report_of(here, far, "general")
        for action in ("block", "reporters"):
            told = await says(here, "theo", report, action, "general")
            assert told.startswith("You need *Timeout Members* for this"), action
        told = await says(here, "theo", report, "remove", "general")
        assert told == (
            f"You need *Manage Messages* in <#{here.channel('imagine')}> to delete this picture."
        )
        assert "belongs to Mia" in await says(here, "theo", far, "delete", "imagine")
        await here.script(step_s=60)
        waiting = await here.imagine("mia")
        mine = await here.imagine("mia", "general")
        asked = await here.command("theo", "queue", "general")
        queue = await here.message(asked["messages"][0], "general", "theo")
        cancels = [one for one in custom_ids(queue) if one.startswith("cancel:")]
        assert cancels == [button(mine, "cancel")]
        await here.press("theo", mine, "cancel")
        await here.becomes(mine["id"], lambda m: "Cancelled" in m["content"], "general")
        assert "belongs to Mia" in await says(here, "theo", waiting, "cancel", "imagine")
        assert await says(here, "theo", near, "delete", "general") == ""
        assert await here.message(near["id"], "general") == {}
        assert await here.message(far["id"]) != {}
        assert here.rows("SELECT count(*) FROM limits") == [(0,)]
        assert here.rows("SELECT count(*) FROM blocks") == [(0,)]
        row(TITLE, what="Manage Messages in one channel", outcome="moderates that channel")
        await here.clean()


async def test_a_moderator_deletes_only_where_they_may(tmp_path: Path, row: AddRow) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await choose(here, log_channel=int(here.channel("general")))
        await here.start_bot()
        near = await here.picture(await here.imagine("mia", "general"), "general")
        far = await here.picture(await here.imagine("mia"))
        inside = await here.picture(await here.imagine("mia", "fox thread"), "fox thread")
        report = await report_of(here, far, "general")
        await allow(here, "mona", "imagine", take=may.MANAGE_MESSAGES)
        told = await says(here, "mona", report, "remove", "general")
        assert told.startswith("You need *Manage Messages* in ")
        options = {"member": here.person("mia"), "clear": True}
        asked = await here.command("mona", "block", "general", **options)
        said = await here.message(asked["messages"][0], "general", "mona")
        assert "1 picture deleted. 2 pictures from the last hour are still there" in said["content"]
        assert await here.message(near["id"], "general") == {}
        assert await here.message(far["id"]) != {}
        assert await here.message(inside["id"], "fox thread") != {}, "a thread asks its parent"
        await allow(here, "mona", "imagine")
        assert await says(here, "mona", report, "remove", "general") == "Deleted."
        row(TITLE, what="/block clear:True", outcome="deletes where the moderator may")
        await here.clean()


# --- Integrations --------------------------------------------------------------------------------

ROLE, PERSON, PLACE = 1, 2, 3


async def override(here: Town, name: str, *rows: tuple[int, str, bool]) -> None:
    """Let the server's Integrations page say this of a command, or of all ("")."""
    said = [{"type": kind, "id": target, "permission": on} for kind, target, on in rows]
    await here.act("host", "integration", channel="general", name=name, permissions=said)


async def test_moderators_buttons_obey_integrations(tmp_path: Path, row: AddRow) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await choose(here, log_channel=int(here.channel("general")))
        await here.start_bot()
        attacker = Attacker(here)
        picture = await here.picture(await here.imagine("mia"))
        report = await report_of(here, picture, "general")
        mona, general = here.person("mona"), here.channel("general")
        everywhere = str(int(attacker.guild) - 1)

        async def blocks(who: str) -> str:
            return (await says(here, who, report, "block", "general")).partition("?")[0]

        asks, denied = "Block Mia from drawing for how long", "*Server Settings → Integrations*"
        assert await blocks("mona") == asks
        assert "Timeout Members" in await blocks("theo")
        for rows, for_mona, for_theo in (
            (((PERSON, mona, False),), denied, "Timeout"),
            (((ROLE, here.role("Artists"), True),), asks, asks),
            (((ROLE, attacker.guild, False),), denied, denied),
            (((PLACE, everywhere, False), (PLACE, general, True)), asks, "Timeout"),
            (((PLACE, general, False),), denied, denied),
        ):
            await override(here, "block", *rows)
            assert for_mona in await blocks("mona"), rows
            assert for_theo in await blocks("theo"), rows
        await override(here, "block")
        await override(here, "", (ROLE, attacker.guild, False))
        assert denied in await blocks("mona")
        await override(here, "limits", (ROLE, here.role("Artists"), True))
        press = f"grant:{here.person('mia')}"
        opened = await here.answered(attacker.press("theo", press))
        assert opened["modal"], "whom Integrations lets use /limits"
        sent = await here.answered(attacker.form("theo", press, {"pictures": "5", "days": "1"}))
        assert sent["state"] == "answered"
        await here.until(lambda: here.rows("SELECT count(*) FROM grants") == [(1,)])
        refused = await here.answered(attacker.press("mona", press))
        assert not refused["modal"], "whom it forbids /limits"
        row(TITLE, what="buttons under Integrations", outcome="obey")
        await here.clean()


async def test_without_discords_word_on_integrations_buttons_are_refused(
    tmp_path: Path, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await choose(here, log_channel=int(here.channel("general")))
        await here.start_bot()
        picture = await here.picture(await here.imagine("mia"))
        report = await report_of(here, picture, "general")
        route = "/applications/{application_id}/guilds/{guild_id}/commands/permissions"
        here.discord.hub.faults.set(
            [{"on": {"route": route}, "do": {"status": 403, "body": {"code": 50001}}}]
        )
        told = await says(here, "mona", report, "block", "general")
        assert told.startswith("I couldn't check if you can use `/block`. Use it, or")
        assert await says(here, "mona", report, "remove", "general") == "Deleted."
        await here.command("mona", "block", "general", member=here.person("mia"))
        assert here.rows("SELECT count(*) FROM blocks") == [(1,)]
        row(TITLE, what="Integrations not told", outcome="the button is refused")


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
