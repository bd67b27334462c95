"""Makes tests/data/upgrade_77ff174: what that version left behind, after one busy afternoon.

    python -m tests.tools.upgrade_dump CHECKOUT OUT

CHECKOUT is a work tree of commit 77ff174, OUT the folder to write. The old bot runs as a process of
its own, between the sandbox's Discord and SwarmUI of today.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from bot.sandbox.discord.server import SandboxDiscord
from bot.sandbox.swarmui.server import SwarmStandIn
from bot.sandbox.swarmui.setup import Setup
from tests.support.town import Json, Town

BOOT = (
    "import os, runpy, sys; os.chdir({0!r}); sys.path[0] = {0!r}; "
    "sys.argv = ['bot', 'run', '--config', {1!r}]; runpy.run_module('bot', run_name='__main__')"
)
QUIET = "previews = false\nunder_way = 1\n[drawing]\nmegapixels_max = 1.1\n"


def kind_of(custom_id: str) -> str:
    """What a button does, without what it does it to: "cancel", "settings:go:who", "vary:N"."""
    parts = custom_id.split(":")
    if parts[0] == "settings":
        return ":".join([*parts[:2], parts[2].split(".")[0], parts[3].split(".")[0]])
    if parts[0] == "models":
        return ":".join(parts[:3])
    if parts[0] == "welcome":
        return custom_id
    named = [part for part in parts[1:-1] if part.isalpha()]
    counted = ["N.draft" if "." in part else "N" for part in parts[1:-1] if part[0].isdigit()]
    return ":".join([parts[0], *named, *counted])


def components(parts: Any) -> Iterator[Json]:
    """Every component that can be pressed, however deep."""
    for part in parts or ():
        if part.get("custom_id") and not part.get("disabled"):
            yield part
        yield from components(part.get("components"))
        yield from components([part[key] for key in ("accessory", "component") if part.get(key)])


class Afternoon:
    """What people do. Each step leaves messages with buttons, or rows."""

    def __init__(self, here: Town) -> None:
        self.here = here

    async def menu(self, who: str, message: str, name: str) -> Json:
        asked = await self.here.act(who, "menu", message=message, name=name)
        return await self.here.answered(asked["interaction"])

    async def click(
        self, who: str, message: str, custom_id: str, values: list[str] | None = None
    ) -> Json:
        given = {} if values is None else {"values": values}
        asked = await self.here.act(who, "component", message=message, custom_id=custom_id, **given)
        return await self.here.answered(asked["interaction"])

    def ids(self, message: str, start: str) -> list[str]:
        found = self.here.discord.world.message(message)
        assert found is not None
        return [
            part["custom_id"]
            for part in components(found.components)
            if part["custom_id"].startswith(start)
        ]

    async def opened(self, view: str, role: str = "") -> str:
        """A settings panel that shows this view."""
        panel = str((await self.here.command("mona", "settings"))["messages"][0])
        await self.click("mona", panel, "settings:go:who::m")
        if role:
            await self.click("mona", panel, "settings:pick:who:role:m", [role])
        if view != "who":
            await self.click("mona", panel, f"settings:go:{view}::m")
        return panel

    async def choose_first(self, who: str, message: str, start: str) -> None:
        """Choose the first of a menu whose custom_id begins so."""
        found = self.here.discord.world.message(message)
        assert found is not None
        menu = next(p for p in components(found.components) if p["custom_id"].startswith(start))
        await self.click(who, message, menu["custom_id"], [menu["options"][0]["value"]])

    async def send(self, who: str, text: str) -> None:
        """Send off the form that was opened last, with this in its first field."""
        form = (await self.here.get("pending", **{"as": who}))[-1]
        field = next(components(form["components"]))["custom_id"]
        sent = await self.here.act(who, "modal", modal=form["id"], fields={field: text})
        await self.here.answered(sent["interaction"])

    async def live(self) -> None:
        here = self.here
        mona, theo = here.person("mona"), here.person("theo")
        # The settings, by their panel; every page stays open in a panel of its own.
        panel = (await here.command("mona", "settings"))["messages"][0]
        await self.click(
            "mona", panel, self.ids(panel, "settings:pick:where:log_channel")[0],
            [here.channel("general")],
        )  # fmt: skip
        for page in ("who", "safety"):
            other = (await here.command("mona", "settings"))["messages"][0]
            await self.click("mona", other, f"settings:go:{page}::m")
        for view in ("models", "loras"):
            other = (await here.command("mona", "settings"))["messages"][0]
            await self.click("mona", other, "settings:go:who::m")
            for custom_id in self.ids(other, f"settings:go:{view}")[:1]:
                await self.click("mona", other, custom_id)
        other = (await here.command("mona", "settings"))["messages"][0]
        await self.click("mona", other, "settings:go:who::m")
        await self.click("mona", other, "settings:pick:who:role:m", [here.role("Artists")])
        await self.choose_first("mona", await self.opened("models"), "settings:pick:models:add")
        artists = await self.opened(f"models.{here.role('Artists')}", role=here.role("Artists"))
        await self.choose_first("mona", artists, "settings:pick:models.")
        artists = await self.opened("who")
        await self.choose_first("mona", artists, "settings:pick:who:ruled")
        await self.opened("who")
        again = await self.opened("models")
        await self.click("mona", again, self.ids(again, "settings:set:models:list=")[0])
        zone = (await here.command("mona", "settings"))["messages"][0]
        await self.click("mona", zone, "settings:form:where:zone:m")
        await self.send("mona", "Berl")
        words = (await here.command("mona", "settings"))["messages"][0]
        await self.click("mona", words, "settings:go:safety::m")
        opened = await self.click("mona", words, self.ids(words, "settings:form:safety:")[0])
        assert opened["modal"]
        await self.send("mona", "swordfish\ntroll*")
        # Phrases, a block, limits, a grant.
        await here.command("mona", "triggers add", phrase="paint")
        host = next(u for u in here.discord.world.users.values() if u.username == "host")
        await here.command("mona", "block", member=host.id, span=720, reason="spam")
        await here.command("mona", "limits set", role=here.role("Artists"), day=12)
        await here.command("mona", "limits set", day=15, month=200)
        await here.command("mona", "limits grant", member=theo, pictures=3, days=7)
        # Pictures, one after the other.
        fox = await here.picture(await here.imagine("mia", prompt="a red fox", seed=7))
        await here.picture(await here.imagine("mia", prompt="two owls", images=2))
        for number in range(4):
            await here.picture(await here.imagine("mia", prompt=f"boat {number}"))
        await here.act("theo", "message", channel="imagine", content="paint a green door")
        await here.until(lambda: len(here.rows("SELECT 1 FROM jobs WHERE state = 'done'")) == 7)
        await here.command("theo", "imagine", prompt="a secret garden", private=True)
        await here.until(lambda: len(here.rows("SELECT 1 FROM jobs WHERE state = 'done'")) == 8)
        # Private answers that can't be reached any more: by direct message, and in /history.
        world = here.discord.world
        world.users[mona] = replace(world.users[mona], dms_open=False)
        await here.script(step_s=0.1)
        await here.command("theo", "imagine", prompt="a lost picture", private=True)
        await here.command("mona", "imagine", prompt="a found picture", private=True)
        await here.faults({"on": {"interaction_tokens": True}, "do": {"expire": True}})
        await here.until(lambda: len(here.rows("SELECT 1 FROM jobs WHERE state = 'done'")) == 10)
        await here.faults()
        await self.menu("mona", fox["id"], "Show parameters")  # she is told of what waits
        await here.script(step_s=0.005)
        # A failure, refusals with drafts.
        await here.script(next_=["error_mid_batch"])
        failed = await here.imagine("theo", prompt="a broken clock")
        await here.becomes(failed["id"], lambda m: "returned" in m["content"])
        await here.command("theo", "imagine", prompt="a huge map", model="no such model")
        await here.command("theo", "imagine", prompt="far too many", images=99)
        # What is looked at.
        await self.menu("mia", fox["id"], "Show parameters")
        await self.menu("theo", fox["id"], "Report to moderators")
        reports = [m for m in await here.messages("general", "mona") if _has(m, "block:")]
        await self.click("mona", reports[0]["id"], self.ids(reports[0]["id"], "block:")[0])
        await here.command("mia", "history")
        page = (await here.command("mia", "history"))["messages"][0]
        await self.click("mia", page, self.ids(page, "page:")[-1])
        await here.command("mia", "history", search="owl")
        await here.press("theo", await here.message(fox["id"], who="theo"), "edit")
        await here.command("mia", "models", search="xl")
        for kind in ("m", "l"):
            await here.command("mia", "models", kind=kind)
            shown = (await here.command("mia", "models", kind=kind))["messages"][0]
            await self.choose_first("mia", shown, "models:pick")
        usual = (await here.command("theo", "models"))["messages"][0]
        await self.choose_first("theo", usual, "models:pick")
        await self.click("theo", usual, self.ids(usual, "models:usual")[0])
        await here.command("mona", "limits set", member=theo, day=1)
        await here.command("theo", "privacy erase")
        await here.command("theo", "privacy erase", everywhere=True)
        # Forms that stay open over the update.
        await here.press("mia", await here.message(fox["id"]), "edit")
        await self.menu("mona", fox["id"], "Remix")
        opened_already: set[str] = set()
        for message in list(here.discord.world.messages[here.channel("imagine")].values()):
            viewer = here.discord.world.users.get(message.viewer or "")
            for start in ("models:draw", "grant:", "settings:form:where:zone"):
                custom_ids = self.ids(message.id, start)
                if viewer is not None and custom_ids and start not in opened_already:
                    opened_already.add(start)
                    await self.click(viewer.username, message.id, custom_ids[0])
        await here.command("mona", "limits clear", member=theo)

    async def go_dark(self) -> None:
        """One is delivered, one drawn, two wait; then the power goes."""
        here = self.here
        await here.script(step_s=0.1)
        await here.imagine("mia", prompt="a lighthouse on its way")
        await here.until(lambda: here.rows("SELECT 1 FROM jobs WHERE state = 'running'"))
        await here.faults({"on": {"method": "PATCH"}, "do": {"status": 503}})
        await here.until(
            lambda: here.rows("SELECT 1 FROM jobs WHERE state = 'delivering' AND ready = 1")
        )
        await here.script(step_s=5.0)
        for who, prompt in (("theo", "a drawn bridge"), ("mona", "a waiting room")):
            await here.command(who, "imagine", prompt=prompt)
        await here.act("mia", "message", channel="imagine", content="draw me a last train")
        await here.until(lambda: len(here.rows("SELECT 1 FROM holds")) == 4)
        await here.until(lambda: here.rows("SELECT 1 FROM jobs WHERE state = 'running'"))
        await here.command("theo", "queue")


def _has(message: Json, start: str) -> bool:
    return any(part["custom_id"].startswith(start) for part in components(message["components"]))


class OldTown(Town):
    """A town whose bot is the old one."""

    checkout: Path

    async def boot(self) -> None:
        config = str(self.write_config())
        await self.spawn_bot("-c", BOOT.format(str(self.checkout), config))

    async def faults(self, *faults: Json) -> None:
        body = {"set": list(faults)}
        async with self.http.post(f"{self.discord.base}/sandbox/faults", json=body) as answer:
            assert answer.status == 200, await answer.text()


async def main(checkout: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        discord = SandboxDiscord(folder / "discord")
        swarm = SwarmStandIn(Setup(step_s=0.005, model_load_s=0.01))
        await discord.start()
        await swarm.start()
        here = OldTown(folder, discord, swarm)
        here.checkout, here.extra = checkout, QUIET
        try:
            await here.open()
            await here.boot()
            afternoon = Afternoon(here)
            await afternoon.live()
            await afternoon.go_dark()
            await here.kill_bot()
        except BaseException:
            sys.stderr.write((folder / "bot.log").read_text("utf-8")[-1500:])
            raise
        finally:
            await here.close()
            await discord.stop()
            await swarm.stop()
        reduce(folder, out)


def reduce(folder: Path, out: Path) -> None:
    """Write text only: the books, the world, the spool, and what can be pressed."""
    out.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(folder / "swarmbot.db")) as books:
        pragmas = [
            f"PRAGMA {name} = {books.execute(f'PRAGMA {name}').fetchone()[0]};"
            for name in ("application_id", "user_version")
        ]
        lines = [*books.iterdump(), *pragmas]
    world = json.loads((folder / "discord" / "discord.json").read_text("utf-8"))
    world["token"] = world["token"].split(".")[0] + ".sand.box"
    dump = "\n".join(lines) + "\n"
    for row in world["interactions"]:  # random tokens are long and say nothing
        dump = dump.replace(row["token"], f"token-{row['id']}")
        row["token"] = f"token-{row['id']}"
    (out / "books.sql").write_text(dump, "utf-8")
    (out / "commands.txt").write_text((folder / "swarmbot.commands").read_text("utf-8"), "utf-8")
    spool = {
        str(path.relative_to(folder / "spool")): base64.b64encode(_tiny()).decode()
        for path in sorted((folder / "spool").rglob("*"))
        if path.is_file()
    }
    _write(out / "spool.json", spool)
    # Of what people did, only the open forms matter later.
    world["interactions"] = [row for row in world["interactions"] if row["modal_open"]]
    _write(out / "discord.json", world)
    names = {row["id"]: row["username"] for row in world["users"]}
    seen: dict[str, Json] = {}
    for message in world["messages"]:
        if message["author_id"] != world["bot_id"]:
            continue
        for part in components(message["components"]):
            kind = kind_of(part["custom_id"])
            one = {"kind": kind, "custom_id": part["custom_id"], "message": message["id"]}
            if message["viewer"]:
                one["as"] = names[message["viewer"]]
            if part["type"] != 2:
                one["type"] = part["type"]
            if part.get("options"):
                one["values"] = [part["options"][-1]["value"]]
            seen.setdefault(kind, one)
    for row in world["interactions"]:
        if row["modal_open"]:
            kind = "form " + kind_of(row["modal"]["custom_id"])
            seen[kind] = {
                "kind": kind,
                "custom_id": row["modal"]["custom_id"],
                "modal": row["id"],
                "as": names[row["user_id"]],
            }
    _write(out / "custom_ids.json", [seen[kind] for kind in sorted(seen)])


def _tiny() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 120, 40)).save(data, "PNG")
    return data.getvalue()


def _write(path: Path, value: Any) -> None:
    """One line an entry: easy to read and to compare."""
    if isinstance(value, list):
        body = "[\n" + ",\n".join(json.dumps(one) for one in value) + "\n]"
    else:
        rows = []
        for key, one in value.items():
            if isinstance(one, list) and one:
                inner = ",\n  ".join(json.dumps(each) for each in one)
                rows.append(f"{json.dumps(key)}: [\n  {inner}\n]")
            else:
                rows.append(f"{json.dumps(key)}: {json.dumps(one)}")
        body = "{\n" + ",\n".join(rows) + "\n}"
    path.write_text(body + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
