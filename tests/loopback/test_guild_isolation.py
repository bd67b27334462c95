"""Two servers, one bot: what one of them has, does and says is nothing to the other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.attack import QUIET, Attacker, text_of
from tests.support.table import AddRow
from tests.support.town import Json, Town, button, town

PROMPT: Final = "a clandestine walrus"
REASON: Final = "smuggling marzipan"
WORD: Final = "rutabaga"
PHRASE: Final = "conjure up"
ZONE: Final = "Pacific/Chatham"
HERE: Final = ("jobs", "drafts", "limits", "guild_settings", "audit", "personal", "grants")
TABLES: Final = (*HERE, "blocks", "trigger_lists", "trigger_phrases", "trigger_channels")


@dataclass
class Both:
    """The first server, full of what is its own, and the second, whose moderator is otto."""

    here: Town
    attacker: Attacker
    elsewhere: str
    picture: Json

    async def told(
        self, who: str, name: str, options: Json | None = None, channel: str = "lounge"
    ) -> str:
        """All of a private answer: its words, its buttons' ids and its files."""
        asked = {"channel": channel, "name": name, "options": options or {}}
        state = await self.here.answered(
            (await self.here.act(who, "command", **asked))["interaction"]
        )
        assert state["state"] == "answered", (name, state)
        said = [await self.here.message(one, channel, who) for one in state["messages"]]
        assert all(message["flags"] & 64 for message in said), name
        files = [file["url"] for message in said for file in message["attachments"]]
        return "\n".join([*map(everything, said), *[await self.fetched(url) for url in files]])

    async def fetched(self, url: str) -> str:
        async with self.here.http.get(url) as answer:
            return (await answer.read()).decode("utf-8", "replace")

    async def settings(self, who: str, verb: str, argument: str, **more: Any) -> str:
        """A press in the panel of /settings, and what the panel says then."""
        channel = "general" if who == "mona" else "lounge"
        view, _, argument = argument.rpartition("/")
        custom_id = f"settings:{verb}:{view or 'where'}:{argument}"
        fields = more.pop("fields", None)
        sent = self.attacker.press(who, custom_id, channel=channel, private=True, **more)
        state = await self.here.answered(sent)
        if fields is not None:
            asked = await self.here.act(who, "modal", modal=state["modal"]["id"], fields=fields)
            state = await self.here.answered(asked["interaction"])
        return json.dumps(state)

    def rows(self, guild: str) -> dict[str, list[tuple[Any, ...]]]:
        """All that the books have of a server."""
        found = {}
        for table in TABLES:
            found[table] = sorted(
                self.here.rows(f"SELECT * FROM {table} WHERE guild = {int(guild)}"), key=repr
            )
        return found


def everything(message: Json) -> str:
    """The words of a message and the ids of its buttons."""
    return f"{text_of(message)}\n{json.dumps(message['components'])}"


async def filled(here: Town, attacker: Attacker, elsewhere: str) -> Both:
    """The first server has something of everything."""
    picture = await here.picture(await here.imagine("mia", prompt=PROMPT))
    both = Both(here, attacker, elsewhere, picture)
    theo, mia = here.person("theo"), here.person("mia")
    for name, options in (
        ("limits set", {"day": 17}),
        ("limits set", {"role": here.role("Artists"), "month": 171}),
        ("limits set", {"member": mia, "waiting": 2}),
        ("limits grant", {"member": mia, "pictures": 13}),
        ("block", {"member": theo, "reason": REASON}),
        ("triggers add", {"phrase": f"{PHRASE} {{prompt}}"}),
        ("triggers enable", {"channel": here.channel("general")}),
    ):
        await both.told("mona", name, options, "general")
    await both.settings("mona", "pick", "zone", values=[ZONE])
    await both.settings("mona", "pick", "log_channel", values=[here.channel("after-dark")])
    await both.settings("mona", "form", "safety/words", fields={"lines1": WORD})
    chosen = str(here.rows("SELECT * FROM guild_settings"))
    assert all(one in chosen for one in (ZONE, WORD, here.channel("after-dark")))
    await here.imagine("mia", prompt=PROMPT, images=9)
    await here.script(step_s=0.4)
    waiting = await here.imagine("mia", prompt=PROMPT)
    await here.becomes(waiting["id"], lambda m: "Drawing" in m["content"])
    return both


def secrets(both: Both) -> dict[str, str]:
    """What only the first server may know of itself."""
    here = both.here
    jobs = [job for (job,) in here.rows(f"SELECT id FROM jobs WHERE guild != {both.elsewhere}")]
    channels = {f"#{n}": here.channel(n) for n in ("general", "imagine", "after-dark")}
    words = {one: one for one in (PROMPT, REASON, WORD, PHRASE, ZONE, "Artists", "Sandbox")}
    ids = {f"job {job}": job for job in jobs}
    return {**words, **channels, **ids, "mona": here.person("mona"), "17 a day": "17 a day"}


READING: Final[list[tuple[str, Json]]] = [
    ("quota", {}),
    ("queue", {}),
    ("history", {}),
    ("history", {"search": "walrus"}),
    ("help", {}),
    ("models", {}),
    ("limits show", {}),
    ("limits log", {}),
    ("limits export", {}),
    ("blocked", {}),
    ("triggers list", {}),
    ("settings", {}),
    ("privacy export", {}),
    ("privacy erase", {}),
]


@pytest.mark.timeout(120)
async def test_one_server_reads_nothing_of_another(tmp_path: Path, row: AddRow) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        elsewhere = attacker.found_elsewhere()
        await here.start_bot()
        both = await filled(here, attacker, elsewhere)
        mia, theo = here.person("mia"), here.person("theo")
        hidden = secrets(both)
        moderators = ("limits", "blocked", "triggers", "settings")
        asked: list[tuple[str, str, Json]] = [("otto", name, options) for name, options in READING]
        asked += [("mia", n, o) for n, o in READING if not n.startswith(moderators)]
        asked += [("otto", "limits show", {"member": one}) for one in (mia, theo)]
        asked += [("otto", "limits log", {"member": one}) for one in (mia, theo)]
        for who, name, options in asked:
            told = await both.told(who, name, options)
            leaked = [what for what, text in hidden.items() if text in told]
            assert leaked == [], (who, name, told)
        for page in ("who", "safety"):
            assert not [
                w for w, t in hidden.items() if t in await both.settings("otto", "go", f"{page}/")
            ]
        row("Servers apart", what="reads", tried=len(asked) + 2, leaked=0)

        sentence = {"sentence": f"{PHRASE} a walrus"}
        assert "No reply" in await both.told("otto", "triggers test", sentence)
        choices = await here.act(
            "otto",
            "autocomplete",
            channel="lounge",
            name="triggers remove",
            option="phrase",
            value="",
        )
        assert PHRASE not in json.dumps(choices)
        shown = attacker.menu("mia", "Show parameters", both.picture["id"], channel="lounge")
        told = text_of(await said_to(both, shown, "mia"))
        assert PROMPT not in told
        form = await here.answered(
            attacker.menu("mia", "Remix", both.picture["id"], channel="lounge")
        )
        assert PROMPT not in json.dumps(form)
        report = attacker.menu("mia", "Report to moderators", both.picture["id"], channel="lounge")
        assert "too old for its buttons" in text_of(await said_to(both, report, "mia"))
        row("Servers apart", what="menus and choices", tried=4, leaked=0)
        await here.clean()


async def said_to(both: Both, interaction: str, who: str) -> Json:
    state = await both.here.answered(interaction)
    (message,) = state["messages"]
    return await both.here.message(message, "lounge", who)


@pytest.mark.timeout(120)
async def test_what_moderators_do_in_one_server_holds_there_alone(
    tmp_path: Path, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        elsewhere = attacker.found_elsewhere()
        await here.start_bot()
        both = await filled(here, attacker, elsewhere)
        here_is = attacker.guild
        mia, theo = here.person("mia"), here.person("theo")
        done = button(both.picture, "reroll").rpartition(":")[2]
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        await here.script(next_=["hang"])
        hanging = await here.imagine("mia", prompt=PROMPT)
        running = button(hanging, "cancel").rpartition(":")[2]
        state = f"SELECT state, session FROM jobs WHERE id = '{running}'"
        await here.until(lambda: here.rows(state)[0][0] == "running" and here.rows(state)[0][1])
        await attacker.settled()
        before = both.rows(here_is)
        acts: list[tuple[str, Json]] = [
            ("limits set", {"day": 0}),
            ("limits set", {"member": mia, "day": 0}),
            ("limits reset", {"member": mia}),
            ("limits grant", {"member": mia, "pictures": 5}),
            ("limits clear", {"member": mia}),
            ("limits exempt", {}),
            ("limits clear", {}),
            ("unblock", {"member": theo}),
            ("block", {"member": mia, "clear": True}),
            ("triggers remove", {"phrase": f"{PHRASE} {{prompt}}"}),
            ("triggers add", {"phrase": "elsewhere only {prompt}"}),
            ("triggers enable", {"channel": here.channel("general"), "on": False}),
            ("cancel", {}),
        ]
        for name, options in acts:
            await both.told("otto", name, options)
        await both.told("mia", "cancel")
        for job in (done, running):
            for action in ("cancel", "delete", "remove", "block", "block:0", "report"):
                attacker.press("otto", f"{action}:{job}", channel="lounge")
        attacker.press("otto", f"grant:{mia}", channel="lounge")
        attacker.form("otto", f"grant:{mia}", {"pictures": "9", "days": "9"}, channel="lounge")
        await both.settings("otto", "set", "drawing=off")
        await both.settings("otto", "pick", "channels", values=[here.channel("imagine")])
        await both.settings("otto", "pick", "log_channel", values=[here.channel("imagine")])
        await both.settings("otto", "form", "safety/words", fields={"lines1": "walrus"})
        await attacker.settled()
        assert await both.told("mia", "privacy erase")
        attacker.press("mia", f"purge:privacy:here:{mia}", channel="lounge", private=True)
        attacker.press("otto", f"purge:privacy:everywhere:{mia}", channel="lounge", private=True)
        await attacker.settled()
        after = both.rows(here_is)
        # The searches of those who only wait for the bot are drafts of theirs.
        drafts = (before.pop("drafts"), after.pop("drafts"))
        assert set(drafts[0]) <= set(drafts[1])
        assert after == before
        row("Servers apart", what="acts", tried=len(acts) + 22, leaked=0)

        assert (await here.message(both.picture["id"]))["attachments"]
        await here.press("mia", await here.message(hanging["id"]), "cancel")
        await here.script(step_s=0.01)
        await here.picture(await here.imagine("mia", prompt=PROMPT))
        refused = await here.imagine("mia", "lounge")
        assert "turned off" in refused["content"]
        assert (await here.imagine("theo"))["flags"] & 64, "still blocked where he was"
        otto = next(u.id for u in here.discord.world.users.values() if u.username == "otto")
        for channel in ("general", "imagine", "after-dark", "locked"):
            said = [text_of(m) for m in await here.messages(channel, "mona")]
            assert not [text for text in said if otto in text], "written into another's channel"
        assert both.rows(elsewhere)["guild_settings"] != []
        await here.clean()
