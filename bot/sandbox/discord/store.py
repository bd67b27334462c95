"""Keeps the world in a folder, so that the next start goes on where this one ended."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.sandbox.discord.model import (
    Attachment,
    Channel,
    Guild,
    Interaction,
    Json,
    Member,
    Message,
    Overwrite,
    Role,
    User,
    World,
)

PAUSE_S = 0.2
PLAIN = ("token", "secret", "application_id", "bot_id")


class Store:
    """Writes a snapshot a moment after a change and on stop; without a folder, nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "discord.json" if folder else None
        self._timer: asyncio.TimerHandle | None = None
        self.world: World | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> World | None:
        if self._path is None or not self._path.exists():
            return None
        return _world(json.loads(self._path.read_text("utf-8")))

    def changed(self) -> None:
        if self._path is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_S, self.write)

    def write(self) -> None:
        """Whole or not at all: a temporary file takes the old one's place."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._path is None or self.world is None:
            return
        draft = self._path.with_suffix(".tmp")
        draft.write_text(json.dumps(_rows(self.world)), "utf-8")
        draft.replace(self._path)


def _rows(world: World) -> Json:
    return {key: getattr(world, key) for key in PLAIN} | {
        "granted": list(world.granted),
        "commands": list(world.commands.values()),
        "overrides": [[*key, rows] for key, rows in world.overrides.items()],
        "portal": world.portal,
        "without_commands": sorted(world.without_commands),
        "users": [asdict(value) for value in world.users.values()],
        "guilds": [asdict(value) for value in world.guilds.values()],
        "roles": [asdict(value) for value in world.roles.values()],
        "members": [asdict(value) for value in world.members.values()],
        "channels": [asdict(value) for value in world.channels.values()],
        "messages": [asdict(m) for here in world.messages.values() for m in here.values()],
        "interactions": [asdict(value) for value in world.interactions.values()],
    }


def _world(rows: Json) -> World:
    world = World(*(rows[key] for key in PLAIN))
    world.granted = tuple(rows["granted"])
    world.users = {row["id"]: User(**row) for row in rows["users"]}
    world.guilds = {row["id"]: Guild(**row) for row in rows["guilds"]}
    world.roles = {row["id"]: Role(**row) for row in rows["roles"]}
    for row in rows["members"]:
        member = Member(**_tuples(row, "roles"))
        world.members[member.guild_id, member.user_id] = member
    for row in rows["channels"]:
        rules = tuple(Overwrite(**rule) for rule in row["overwrites"])
        world.channels[row["id"]] = Channel(**{**row, "overwrites": rules})
    world.commands = {row["id"]: row for row in rows["commands"]}
    world.overrides = {(guild, on): said for guild, on, said in rows.get("overrides", ())}
    world.portal = rows.get("portal", {})
    world.without_commands = set(rows.get("without_commands", ()))
    for row in rows["messages"]:
        world.put(_message(row))
    for row in rows["interactions"]:
        choices = row["choices"]
        row = _tuples(row, "messages") | {"choices": None if choices is None else tuple(choices)}
        world.interactions[row["id"]] = Interaction(**row)
        world.tokens[row["token"]] = row["id"]
    return world


def _message(row: Json) -> Message:
    files = tuple(Attachment(**file) for file in row["files"])
    reactions = tuple((emoji, tuple(who)) for emoji, who in row["reactions"])
    lists = ("embeds", "components", "mentions", "mention_roles", "pinged")
    forwarded = _message(row["forwarded"]) if row.get("forwarded") else None
    kept = {"files": files, "reactions": reactions, "forwarded": forwarded}
    return Message(**_tuples(row, *lists) | kept)


def _tuples(row: Json, *keys: str) -> dict[str, Any]:
    return {key: tuple(value) if key in keys else value for key, value in row.items()}
