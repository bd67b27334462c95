"""A town as version 77ff174 left it half an hour ago; today's bot is yet to be started in it."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.sandbox.discord import permissions as may
from bot.sandbox.discord.model import Message
from bot.sandbox.discord.server import SandboxDiscord
from bot.sandbox.swarmui.server import SwarmStandIn
from bot.sandbox.swarmui.setup import Setup
from tests.support.town import Json, Town

LEFT_BEHIND: Final = Path(__file__).resolve().parents[1] / "data" / "upgrade_77ff174"
AGE_S: Final = 1800
OLD_NAMES: Final = "previews = false\nunder_way = 1\n"
"""Of settings in [swarmui]; `under_way` has another name today."""

_EPOCH_S: Final = 1_420_070_400
_SNOWFLAKE: Final = re.compile(r"\b1[0-9]{18}\b")
_MICROSECONDS: Final = re.compile(r"\b1[0-9]{15}\b")
_SECONDS: Final = re.compile(r"\b1[0-9]{9}\.[0-9]+\b")
_DAY: Final = re.compile(r"\b20[0-9]{2}-[01][0-9]-[0-3][0-9]\b")
_MONTH: Final = re.compile(r"(?<=')20[0-9]{2}-[01][0-9](?=')")


class LeftBehind:
    """The files, with all times and all ids of Discord's moved to half an hour ago."""

    def __init__(self) -> None:
        books = _read("books.sql")
        newest = max(int(found) for found in _MICROSECONDS.findall(_jobs(books)))
        self._by = int(time.time() - AGE_S - newest / 1e6)
        then = datetime.fromtimestamp(newest / 1e6, UTC).date()
        self._days = datetime.fromtimestamp(newest / 1e6 + self._by, UTC).date() - then
        self.books = self._moved(books)
        self.world: Json = json.loads(self._moved(_read("discord.json")))
        self.custom_ids: list[Json] = json.loads(self._moved(_read("custom_ids.json")))
        self.commands = _read("commands.txt")
        self.spool: dict[str, str] = json.loads(_read("spool.json"))

    def write(self, folder: Path) -> None:
        """Lay everything where that version kept it."""
        with closing(sqlite3.connect(folder / "swarmbot.db")) as books:
            books.executescript(self.books)
        (folder / "swarmbot.commands").write_text(self.commands, "utf-8")
        for name, data in self.spool.items():
            path = folder / "spool" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(data))
        (folder / "discord").mkdir()
        (folder / "discord" / "discord.json").write_text(json.dumps(self.world), "utf-8")

    def _moved(self, text: str) -> str:
        for pattern, move in (
            (_SNOWFLAKE, lambda number: int(number) + (self._by * 1000 << 22)),
            (_MICROSECONDS, lambda number: int(number) + self._by * 1_000_000),
            (_SECONDS, lambda number: float(number) + self._by),
            (_DAY, lambda day: datetime.fromisoformat(day).date() + self._days),
            (_MONTH, lambda month: self._month(month)),
        ):
            text = pattern.sub(_replacing(move), text)
        return text

    def _month(self, month: str) -> str:
        """All of it was written on one day."""
        return f"{datetime.fromtimestamp(time.time() - AGE_S, UTC):%Y-%m}"


def _replacing(move: Callable[[str], Any]) -> Callable[[re.Match[str]], str]:
    return lambda found: str(move(found[0]))


def _read(name: str) -> str:
    return (LEFT_BEHIND / name).read_text("utf-8")


def _jobs(books: str) -> str:
    return "\n".join(line for line in books.splitlines() if line.startswith('INSERT INTO "holds"'))


class OldTown(Town):
    """A town with a past."""

    left: LeftBehind

    def restore(self, one: Json) -> None:
        """Let an old message look again as it did, after a press has changed it."""
        self.discord.world.put(self._old[one["message"]])

    def remember(self) -> None:
        """Keep every message as it is now."""
        world = self.discord.world
        self._old: dict[str, Message] = {
            message.id: replace(message)
            for here in world.messages.values()
            for message in here.values()
        }

    def find(self, kind: str) -> Json:
        """The first button, menu or form of this kind that the old version sent."""
        return next(one for one in self.left.custom_ids if one["kind"] == kind)


@asynccontextmanager
async def old_town(folder: Path) -> AsyncIterator[OldTown]:
    """Both servers and what the old bot left; start today's with `start_bot`."""
    left = LeftBehind()
    left.write(folder)
    discord = SandboxDiscord(folder / "discord")
    swarm = SwarmStandIn(Setup(step_s=0.005, model_load_s=0.01))
    await discord.start()
    await swarm.start()
    for role in discord.world.roles.values():
        if role.name == "Moderators":  # who need one right more than they did then
            discord.world.roles[role.id] = replace(role, permissions=may.MODERATOR)
    here = OldTown(folder, discord, swarm)
    here.left, here.extra = left, OLD_NAMES
    try:
        await here.open()
        here.remember()
        yield here
    finally:
        await here.close()
        await discord.stop()
        await swarm.stop()
