"""Registering the commands with Discord: when they changed or Discord lost them, never blindly.

Every start asks for the list (one cheap GET); Discord takes some 200 new commands a day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import discord
import structlog
from discord import app_commands

log = structlog.stdlib.get_logger(__name__)
LoadHash: TypeAlias = Callable[[], Awaitable[str | None]]
StoreHash: TypeAlias = Callable[[str], Awaitable[None]]


def hash_commands(tree: app_commands.CommandTree[Any], application_id: int) -> str:
    """A hash of every command as Discord would get it; another application has another one."""
    payload = [command.to_dict(tree) for command in tree.get_commands()]
    payload.sort(key=lambda command: (command["type"], command["name"]))
    text = json.dumps([application_id, payload], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def sync_commands(
    tree: app_commands.CommandTree[Any], application_id: int, load: LoadHash, store: StoreHash
) -> bool:
    """Register the commands if need be; returns whether it did.

    Raises discord.DiscordServerError while Discord is down. Anything else that Discord has against
    the list is logged and lived with: the commands of yesterday still work.
    """
    current = hash_commands(tree, application_id)
    try:
        if await load() == current and await _is_up_to_date(tree):
            return False
        await tree.sync()
    except discord.DiscordServerError:
        raise
    except discord.HTTPException:
        log.exception("commands not registered")
        return False
    await store(current)
    log.info("commands registered")
    return True


async def _is_up_to_date(tree: app_commands.CommandTree[Any]) -> bool:
    there = {(command.type, command.name) for command in await tree.fetch_commands()}
    ours = {
        (discord.AppCommandType(command.to_dict(tree)["type"]), command.name)
        for command in tree.get_commands()
    }
    return ours <= there
