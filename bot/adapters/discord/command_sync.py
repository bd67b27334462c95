"""Registration of slash commands when they changed or Discord lost them.

Every start asks for the list with one cheap GET. Discord accepts about 200 new commands a day.
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
    """Hash every command as Discord would get it, together with the application id."""
    payload = [command.to_dict(tree) for command in tree.get_commands()]
    payload.sort(key=lambda command: (command["type"], command["name"]))
    text = json.dumps([application_id, payload], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def sync_commands(
    tree: app_commands.CommandTree[Any], application_id: int, load: LoadHash, store: StoreHash
) -> bool:
    """Register the commands if needed and return True if it did.

    Raises discord.DiscordServerError while Discord is down. Other errors about the list are logged,
    and the commands registered before still work.
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
