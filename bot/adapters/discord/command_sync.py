"""Registration of slash commands when they changed or Discord lost them.

Every start asks for the list with one cheap GET. Discord accepts about 200 new commands a day.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Final, TypeAlias

import discord
import structlog
from discord import app_commands

log = structlog.stdlib.get_logger(__name__)
LoadHash: TypeAlias = Callable[[], Awaitable[str | None]]
StoreHash: TypeAlias = Callable[[str], Awaitable[None]]

ENTRY_POINT: Final = 4
"""Type of the command that opens an Activity. Discord refuses a list without it."""

FIRST_PAUSE_S: Final = 15.0
PAUSE_MAX_S: Final = 3600.0


async def keep_commands_registered(
    tree: app_commands.CommandTree[Any],
    application_id: int,
    load: LoadHash,
    store: StoreHash,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Register the commands, and try again later and later while Discord does not take them."""
    for attempt in count():
        pause_s = min(PAUSE_MAX_S, FIRST_PAUSE_S * 2.0 ** min(attempt, 10))
        try:
            await sync_commands(tree, application_id, load, store)
        except discord.HTTPException as error:
            log.warning("commands not registered", error=str(error), again_in_s=pause_s)
        except Exception:
            # A list or an answer that the library cannot read raises what it likes.
            log.exception("commands not registered", again_in_s=pause_s)
        else:
            return
        await sleep(pause_s)


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

    Raises discord.HTTPException if Discord does not take them. The commands registered before still
    work.
    """
    current = hash_commands(tree, application_id)
    if await load() == current and await _is_up_to_date(tree):
        return False
    await _replace_commands(tree, application_id)
    await store(current)
    log.info("commands registered")
    return True


async def _replace_commands(tree: app_commands.CommandTree[Any], application_id: int) -> None:
    """Send all commands, with the entry point of an Activity if the application has one."""
    http = tree.client.http
    there: list[Any] = await http.get_global_commands(application_id)
    kept = [command for command in there if command.get("type") == ENTRY_POINT]
    ours: list[Any] = [command.to_dict(tree) for command in tree.get_commands()]
    await http.bulk_upsert_global_commands(application_id, payload=ours + kept)


async def _is_up_to_date(tree: app_commands.CommandTree[Any]) -> bool:
    there = {(command.type, command.name) for command in await tree.fetch_commands()}
    ours = {
        (discord.AppCommandType(command.to_dict(tree)["type"]), command.name)
        for command in tree.get_commands()
    }
    return ours <= there
