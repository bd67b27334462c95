"""Registration of slash commands where Discord has others than meant.

Every start asks for the list with one cheap GET and compares each field: another release or machine
with the same token may have registered other options under the same names. Discord accepts about
200 new commands a day. Other commands are removed, so an application belongs to one bot.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import count
from typing import Any, Final, TypeAlias

import discord
import structlog
from discord import app_commands

log = structlog.stdlib.get_logger(__name__)
Json: TypeAlias = Mapping[str, Any]

CHAT_INPUT: Final = 1
ENTRY_POINT: Final = 4
"""Type of the command that opens an Activity. Discord refuses a list without it."""
SUBCOMMANDS: Final = (1, 2)

FIRST_PAUSE_S: Final = 15.0
PAUSE_MAX_S: Final = 3600.0
MEND_PAUSE_S: Final = 3600.0

# Without `dm_permission`, which Discord derives from `contexts`, and without translations, which
# Discord sends only where they are asked for.
_DEFAULTS: Final[Json] = {
    "type": CHAT_INPUT,
    "name": "",
    "description": "",
    "default_member_permissions": None,
    "nsfw": False,
    "contexts": None,
    "integration_types": [0],
    "required": False,
    "autocomplete": False,
    "min_value": None,
    "max_value": None,
    "min_length": None,
    "max_length": None,
    "channel_types": [],
}
_UNORDERED: Final = frozenset({"contexts", "integration_types", "channel_types"})


class CommandRegistration:
    """Keeps the commands of a tree registered. `tick` gives monotonic seconds."""

    def __init__(
        self,
        tree: app_commands.CommandTree[Any],
        application_id: int,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http, self._application_id = tree.client.http, application_id
        self._meant: list[Any] = [command.to_dict(tree) for command in tree.get_commands()]
        self._sleep, self._tick = sleep, tick
        self._task: asyncio.Task[None] | None = None
        self._mended_at = float("-inf")

    def start(self) -> None:
        """Register the commands beside what else happens, unless that is in progress."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.keep_trying(), name="register commands")

    def mend(self) -> None:
        """Look again, because a member was shown another command, but only once an hour."""
        if self._tick() >= self._mended_at + MEND_PAUSE_S:
            self._mended_at = self._tick()
            self.start()

    def stop(self) -> None:
        """Give up what is in progress."""
        if self._task is not None:
            self._task.cancel()

    async def keep_trying(self) -> None:
        """Register the commands, and try again later and later while Discord does not take them."""
        for attempt in count():
            pause_s = min(PAUSE_MAX_S, FIRST_PAUSE_S * 2.0 ** min(attempt, 10))
            try:
                await self.register_changed()
            except discord.HTTPException as error:
                log.warning("commands not registered", error=str(error), again_in_s=pause_s)
            except Exception:
                # A list or an answer that the library cannot read raises what it likes.
                log.exception("commands not registered", again_in_s=pause_s)
            else:
                return
            await self._sleep(pause_s)

    async def register_changed(self) -> bool:
        """Register all commands if Discord has others, and return True if it had.

        The entry point of an Activity stays. Raises discord.HTTPException if Discord does not take
        them. The commands registered before still work.
        """
        there: list[Any] = await self._http.get_global_commands(self._application_id)
        kept = [command for command in there if command.get("type") == ENTRY_POINT]
        others = [command for command in there if command.get("type") != ENTRY_POINT]
        changed = find_changed_commands(self._meant, others)
        if not changed:
            return False
        payload: list[Any] = self._meant + kept
        await self._http.bulk_upsert_global_commands(self._application_id, payload=payload)
        log.info("commands registered", changed=changed)
        if removed := find_removed_commands(self._meant, others):
            log.warning("commands removed that this release does not have", removed=removed)
        return True

    def find_odd_option(self, data: Json) -> str:
        """Return the name of an option that the used command does not have so, or "".

        `data` is an interaction's. An unknown command has no odd options.
        """
        specs: Iterable[Json] = self._meant
        kind, name = data.get("type", CHAT_INPUT), data.get("name")
        spec = next((one for one in specs if (one["type"], one["name"]) == (kind, name)), None)
        given = data.get("options") or ()
        while spec is not None and given:
            known = {(one["name"], one["type"]): one for one in spec.get("options") or ()}
            for option in given:
                if (option["name"], option["type"]) not in known:
                    return str(option["name"])
            first = given[0]
            is_group = first["type"] in SUBCOMMANDS
            spec = known[first["name"], first["type"]] if is_group else None
            given = first.get("options") or ()
        return ""


def find_changed_commands(meant: Iterable[Json], there: Iterable[Json]) -> list[str]:
    """Return the names of commands that are missing, too many or otherwise than meant."""
    ours, theirs = _index(meant), _index(there)
    changed = {key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)}
    return sorted({str(name) for _, name in changed})


def find_removed_commands(meant: Iterable[Json], there: Iterable[Json]) -> list[str]:
    """Return the names of commands that are there and not meant."""
    return sorted({str(name) for _, name in _index(there).keys() - _index(meant).keys()})


def _index(commands: Iterable[Json]) -> dict[tuple[object, object], Json]:
    return {(one["type"], one["name"]): one for one in map(_normalize, commands)}


def _normalize(command: Json) -> Json:
    """Return a command or option with every default written out, as Discord leaves some out."""
    plain: dict[str, Any] = {}
    for key, default in _DEFAULTS.items():
        value = command.get(key)
        value = default if value is None else value
        plain[key] = sorted(value) if key in _UNORDERED and value is not None else value
    if plain["default_member_permissions"] is not None:
        plain["default_member_permissions"] = str(plain["default_member_permissions"])
    choices = command.get("choices") or ()
    plain["choices"] = [(choice.get("name"), choice.get("value")) for choice in choices]
    plain["options"] = [_normalize(option) for option in command.get("options") or ()]
    return plain
