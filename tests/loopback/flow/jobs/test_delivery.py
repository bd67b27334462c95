"""Each rung of the ladder over sockets: what Discord refuses, and where the picture is then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.discord import posts
from bot.sandbox.discord.model import Overwrite
from bot.sandbox.discord.permissions import ATTACH_FILES, SEND, VIEW
from bot.sandbox.swarmui import pictures as sandbox_pictures
from tests.support.table import AddRow
from tests.support.town import Json, Town, is_picture, town

TITLE = "Faults of Discord"
DEAD_TOKENS = {"on": {"interaction_tokens": True}, "do": {"expire": True}}


async def faults(here: Town, *wanted: Json) -> None:
    here.discord.hub.faults.set(list(wanted))


async def asked(here: Town, where: str = "imagine", **options: Any) -> Json:
    """A picture that takes a moment: what happens meanwhile happens in the middle of it."""
    await here.script(step_s=0.15)
    card = await here.imagine("mia", where, steps=10, **options)

    async def drawing() -> bool:
        generations = (await here.swarm_report())["generations"]
        return any(one["state"] == "running" for one in generations)

    await here.until(drawing, "SwarmUI draws")
    return card


def forbid(here: Town, channel: str, bits: int) -> None:
    """Take rights away from the bot in a channel."""
    world = here.discord.world
    place = world.channels[here.channel(channel)]
    world.channels[place.id] = replace(place, overwrites=(Overwrite(world.bot_id, 1, deny=bits),))


def direct_channel(here: Town, who: str) -> str:
    return next(str(one["dm"]) for one in here.world["guilds"][0]["people"] if one["name"] == who)


async def pictures(here: Town, channel: str) -> list[Json]:
    """The bot's messages with pictures there, as mia sees them."""
    return [message for message in await here.messages(channel) if is_picture(message)]


async def over(here: Town) -> None:
    """Wait until nothing is held and every picture has its place; the books are right then."""
    await here.until(lambda: here.rows("SELECT * FROM holds") == [], "nothing is held")
    here.balanced()
    assert here.rows("SELECT state FROM jobs") == [("done",)]


async def reminded(here: Town) -> list[Json]:
    """What mia reads in #general once the reminder has come."""
    seen: list[Json] = []

    async def is_there() -> bool:
        seen[:] = await here.messages("general")
        return any("waiting" in message["content"] for message in seen)

    await here.until(is_there, "the reminder")
    return seen


def places(here: Town) -> list[tuple[Any, ...]]:
    return here.rows("SELECT place FROM images")


async def seen_by_theo(here: Town) -> list[str]:
    """The first lines of what others than mia see in #general: the bot's greeting, and no more."""
    return [one["content"].partition("\n")[0] for one in await here.messages("general", "theo")]


async def test_a_card_that_vanished_gets_a_successor(tmp_path: Path) -> None:
    """Gone without an event: an accident, no cancel."""
    async with town(tmp_path) as here:
        await here.start_bot()
        card = await asked(here)
        message = here.discord.world.message(card["id"])
        assert message is not None
        posts.delete(here.discord.hub, message, announced=False)
        await over(here)
        [found] = await pictures(here, "imagine")
        assert found["id"] != card["id"]
        assert len(await here.messages()) == 1
        await here.clean()


def locked(here: Town) -> None:
    world = here.discord.world
    thread = world.channels[here.channel("fox thread")]
    world.channels[thread.id] = replace(thread, archived=True, locked=True)


def silenced(here: Town) -> None:
    forbid(here, "imagine", SEND | ATTACH_FILES)


def blinded(here: Town) -> None:
    forbid(here, "imagine", VIEW)


def gone(here: Town) -> None:
    world = here.discord.world
    del world.channels[here.channel("after-dark")]


CLOSED: dict[str, tuple[str, Callable[[Town], None]]] = {
    "the thread is locked": ("fox thread", locked),
    "sending is forbidden": ("imagine", silenced),
    "the channel is hidden": ("imagine", blinded),
    "the channel is deleted": ("after-dark", gone),
}


def enter(row: AddRow, fault: str, ended: str, by: str = "by the picture") -> None:
    """One line of the report's table; the test has just proven it."""
    row(TITLE, met_by="the last word", fault=fault, ended=ended, told=by, hold="closed")


@pytest.mark.parametrize("fault", CLOSED)
async def test_where_the_place_is_closed_it_comes_directly(
    tmp_path: Path, fault: str, row: AddRow
) -> None:
    where, trouble = CLOSED[fault]
    async with town(tmp_path) as here:
        await here.start_bot()
        card = await asked(here, where)
        await faults(here, DEAD_TOKENS)
        trouble(here)
        await over(here)
        [found] = await pictures(here, direct_channel(here, "mia"))
        (row_of_buttons,) = found["components"]
        assert [one["label"] for one in row_of_buttons["components"]] == ["Delete"]
        assert places(here) == [("direct",)]
        # One progress, the result and the link by either way: no other progress was tried.
        assert here.discord.hub.report.refused_edits[card["id"]] <= 6
        if trouble is silenced:  # words may still be edited
            left = await here.message(card["id"])
            assert left["content"] == "Your picture is ready. I sent it to you as a direct message."
        # In a direct message it is deleted as everywhere.
        await here.act(
            "mia",
            "component",
            message=found["id"],
            custom_id=row_of_buttons["components"][0]["custom_id"],
        )
        await here.until(lambda: places(here) == [("gone",)], "it is deleted")
        assert await pictures(here, direct_channel(here, "mia")) == []
        await here.clean()
        enter(row, fault, "picture once, as a direct message")


async def test_an_archived_thread_wakes_for_the_picture(tmp_path: Path, row: AddRow) -> None:
    """Its old card cannot be edited while it sleeps; a new message wakes it, so it comes there."""
    async with town(tmp_path) as here:
        await here.start_bot()
        card = await asked(here, "fox thread")
        await faults(here, DEAD_TOKENS)
        world = here.discord.world
        thread = world.channels[here.channel("fox thread")]
        world.channels[thread.id] = replace(thread, archived=True)
        await over(here)
        [found] = await pictures(here, "fox thread")
        assert found["id"] != card["id"]
        assert not world.channels[thread.id].archived
        assert await pictures(here, direct_channel(here, "mia")) == []
        await here.becomes(card["id"], lambda m: found["id"] in m["content"], "fox thread")
        assert places(here) == [("channel",)]
        await here.clean()
        enter(row, "the thread is archived", "picture once, in a new message")


async def test_what_no_place_takes_waits_and_is_handed_over_when_asked_for(
    tmp_path: Path, row: AddRow
) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await asked(here)
        await faults(here, DEAD_TOKENS)
        silenced(here)
        world, mia = here.discord.world, here.person("mia")
        world.users[mia] = replace(world.users[mia], dms_open=False)
        await over(here)
        assert places(here) == [("waiting",)]
        await faults(here)

        quota = await here.command("mia", "quota", "general")
        told = next(message for message in await reminded(here) if "waiting" in message["content"])
        assert told["flags"] & 64
        assert told["id"] not in quota["messages"][:1]
        state = await here.press("mia", told, "resend")
        sent = await here.becomes(state["messages"][-1], is_picture, "general")
        assert sent["flags"] & 64
        await here.until(lambda: places(here) == [("private",)], "it is recorded as collected")
        await here.command("mia", "quota", "general")
        seen = await here.messages("general")
        assert sum("waiting" in message["content"] for message in seen) == 1
        assert await seen_by_theo(here) == ["Hi! Describe it and I'll draw it."]
        await here.clean()
        enter(row, "no sending, DMs closed", "waits in /history", "at the next command, once")


async def test_a_refused_edit_with_files_becomes_a_new_message(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=0.15, previews=False)
        card = await asked(here)
        refusal = {"status": 400, "body": {"code": 50035, "message": "Invalid Form Body"}}
        await faults(here, {"on": {"method": "PATCH", "route": "/webhooks/*"}, "do": refusal})
        await over(here)
        [found] = await pictures(here, "imagine")
        assert found["id"] != card["id"]
        await here.becomes(card["id"], lambda seen: f"/{found['id']}" in seen["content"])


@pytest.mark.parametrize(("status", "code"), [(413, 0), (400, 40005)])
async def test_too_large_after_all_comes_smaller_in_its_own_message(
    tmp_path: Path, status: int, code: int
) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        card = await here.imagine("mia", steps=1)
        refusal = {"status": status, "body": {"code": code, "message": "too large"}}
        where = {"method": "PATCH", "route": "/webhooks/*"}
        await faults(here, {"on": where, "do": refusal, "times": 3})
        await over(here)
        found = await here.becomes(card["id"], lambda seen: bool(seen["attachments"]))
        assert found["attachments"][0]["filename"].startswith("swarmbot-")


async def test_a_private_picture_is_seen_by_nobody_else(tmp_path: Path) -> None:
    """By the token while it lives; after that directly, and never in the channel."""
    async with town(tmp_path) as here:
        await here.start_bot()
        card = await asked(here, private=True)
        assert card["flags"] & 64
        found = await here.picture(card)
        assert found["flags"] & 64
        await over(here)
        assert places(here) == [("private",)]
        card = await asked(here, private=True)
        await faults(here, DEAD_TOKENS)
        await here.until(lambda: ("direct",) in places(here), "it came directly")
        assert sorted(places(here)) == [("direct",), ("private",)]
        assert len(await pictures(here, direct_channel(here, "mia"))) == 1
        assert await here.messages("imagine", "theo") == []
        assert await here.messages("imagine", "mona") == []
        await here.clean()


async def test_history_lists_resends_and_deletes(tmp_path: Path) -> None:
    """The very bytes that SwarmUI saved, after a restart, and to nobody else."""
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=0.01)
        result = await here.picture(await here.imagine())
        await over(here)
        await here.stop_bot()
        await here.start_bot()
        state = await here.command("mia", "history", "general")
        listed = await here.message(state["messages"][0], "general")
        assert listed["flags"] & 64
        assert f"/{result['id']})" in listed["embeds"][0]["description"]
        assert listed["components"][0]["components"][0]["custom_id"].startswith("resend:history:1:")
        state = await here.press("mia", listed, "resend")
        sent = await here.becomes(state["messages"][-1], is_picture, "general")
        generations = (await here.swarm_report())["generations"]
        async with here.http.get(f"{here.swarm.base}/{generations[0]['images'][0]}") as saved:
            original = await saved.read()
        async with here.http.get(sent["attachments"][0]["url"]) as shown:
            assert await shown.read() == original
        await here.press("mia", listed, "delete")
        await here.becomes(
            listed["id"], lambda seen: seen["content"].startswith("Deleted."), "general"
        )
        assert await here.messages("imagine") == []
        assert here.rows("SELECT * FROM images") == []
        assert len(here.rows("SELECT * FROM charges")) == 1
        assert await seen_by_theo(here) == ["Hi! Describe it and I'll draw it."]
        await here.clean()


async def test_history_resends_what_only_the_server_still_has(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=0.01)
        await here.picture(await here.imagine())
        await over(here)
        [(path,)] = here.rows("SELECT path FROM images")
        generations = (await here.swarm_report())["generations"]
        assert path == generations[0]["images"][0]
        for file in (here.folder / "spool").rglob("*.png"):
            file.unlink()
        state = await here.command("mia", "history", "general")
        listed = await here.message(state["messages"][0], "general")
        state = await here.press("mia", listed, "resend")
        await here.becomes(state["messages"][-1], is_picture, "general")
        assert list((here.folder / "spool").rglob("*.png")) == []


async def test_cards_tell_the_truth_within_ten_seconds_of_a_restart(tmp_path: Path) -> None:
    """Killed while one is drawn and one waits; nobody stopped the other one's generation."""
    async with town(tmp_path, extra="max_in_flight = 1\n") as here:
        await here.script(step_s=1)
        await here.spawn_bot()
        drawn = await here.imagine("mia", steps=30)
        waits = await here.imagine("theo")
        await here.becomes(drawn["id"], lambda seen: "step" in seen["content"])
        await here.kill_bot()
        before = {one["id"]: one["edits"] for one in await here.messages()}
        await here.spawn_bot()
        begun = time.monotonic()
        seen = await here.becomes(drawn["id"], lambda seen: seen["edits"] > before[seen["id"]])
        assert time.monotonic() - begun < 10
        assert "still drawing this" in seen["content"]
        assert "in line" in (await here.message(waits["id"]))["content"]
        await here.script(step_s=0.01)
        for card in (drawn, waits):
            await here.picture(card)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        assert [one["state"] for one in (await here.swarm_report())["generations"]] == ["done"] * 2


def kicked(here: Town) -> None:
    """A moderator removes the bot from the server."""
    world, guild = here.discord.world, str(here.world["guilds"][0]["id"])
    del world.members[guild, world.bot_id]
    here.discord.hub.sessions.tell(guild, 0, "GUILD_DELETE", {"id": guild})


async def test_a_bot_that_was_removed_returns_what_it_draws(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await asked(here)
        await faults(here, DEAD_TOKENS)
        kicked(here)
        await here.until(
            lambda: here.rows("SELECT state FROM jobs") == [("cancelled",)], "it is cancelled"
        )
        await here.until(lambda: here.rows("SELECT * FROM holds") == [], "nothing is held")
        here.balanced()
        assert here.rows("SELECT * FROM charges") == []
        assert await pictures(here, direct_channel(here, "mia")) == []


@pytest.mark.soak
async def test_five_large_ones_fit_one_request_and_are_whole_in_history(tmp_path: Path) -> None:
    """Each within 10 MiB, 29 MiB in all: made smaller for the channel, sent apart when asked."""
    async with town(tmp_path, extra="[drawing]\nimages_max = 5\n[quota]\nper_job = 5\n") as here:
        await here.start_bot()
        await here.script(next_=["huge"], step_s=0.01)
        card = await here.imagine("mia", images=5, steps=1)
        await over(here)
        found = await here.message(card["id"])
        assert len(found["attachments"]) == 5
        assert sum(file["size"] for file in found["attachments"]) <= 24 << 20
        large = [file.stat().st_size for file in (here.folder / "spool").rglob("*.png")]
        assert sum(large) > 25 << 20
        assert "The original is in `/history`" in found["content"]
        state = await here.command("mia", "history", "general")
        listed = await here.message(state["messages"][0], "general")
        await here.press("mia", listed, "resend")

        def sent() -> list[Json]:
            return [m for m in seen if m["attachments"]]

        seen: list[Json] = []

        async def all_five() -> bool:
            seen[:] = await here.messages("general")
            return sum(len(m["attachments"]) for m in sent()) == 5

        await here.until(all_five, "all five are sent")
        assert sorted(f["size"] for m in sent() for f in m["attachments"]) == sorted(large)
        assert len(sent()) == 2
        await here.clean()


async def test_an_original_above_the_limit_comes_from_history_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = partial(sandbox_pictures.padded, extra=11 << 20)
    monkeypatch.setattr(sandbox_pictures, "padded", large)
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(next_=["huge"], step_s=0.01)
        card = await here.imagine("mia", steps=1)
        await over(here)
        found = await here.message(card["id"])
        assert found["attachments"][0]["size"] <= 10 << 20
        assert "The original is in `/history`" in found["content"]
        [original] = (here.folder / "spool").rglob("*.png")
        state = await here.command("mia", "history", "general")
        listed = await here.message(state["messages"][0], "general")
        await here.press("mia", listed, "resend")
        parts: dict[str, str] = {}

        async def both_parts() -> bool:
            for message in await here.messages("general"):
                for file in message["attachments"]:
                    if file["filename"].endswith((".001", ".002")):
                        parts[file["filename"]] = file["url"]
            return len(parts) == 2

        await here.until(both_parts, "both parts are sent")
        joined = b""
        for name in sorted(parts):
            async with here.http.get(parts[name]) as fetched:
                joined += await fetched.read()
        assert joined == original.read_bytes()
        await here.clean()
