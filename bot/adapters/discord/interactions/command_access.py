"""Check of buttons against the rights of the command that does the same.

Discord sends a member's rights with every press, but not what a guild's *Integrations* page says.
That is fetched and kept for a minute at most, or until Discord says that it changed. If it cannot
be fetched, the button is refused, because Discord still checks the command itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import discord
import structlog

from bot.adapters.discord.discord_internals import fetch_command_overrides
from bot.adapters.discord.interactions.context import BotInteraction, list_role_ids
from bot.core.command_access import (
    AccessVerdict,
    CommandRule,
    CommandUse,
    Overrides,
    access_denied_card,
    judge_access,
)
from bot.core.ui.card import MessageCard

log = structlog.stdlib.get_logger(__name__)
GUILDS_MAX: Final = 200
FETCH_TIMEOUT_S: Final = 1.0
"""A form cannot be deferred, so the answer has to come well within three seconds."""
KEPT_S: Final = 60.0
RETRY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class _GuildRules:
    general: Overrides
    commands: Mapping[str, CommandRule]


@dataclass(slots=True)
class _CachedRules:
    rules: _GuildRules | None = None
    until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class CommandAccess:
    """Answers whether a member may use a command, for buttons that do what the command does."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._guilds: OrderedDict[int, _CachedRules] = OrderedDict()

    async def check_access(self, interaction: BotInteraction, command: str) -> AccessVerdict:
        """Return whether the member may use that slash command here and now."""
        guild, rights = interaction.guild_id, interaction.permissions
        if guild is None:
            return AccessVerdict.NO_RIGHT
        if rights.administrator:
            return AccessVerdict.ALLOWED
        rules = await self._load_rules(interaction.client, guild)
        if rules is None or command not in rules.commands:
            return AccessVerdict.UNKNOWN
        channel = interaction.channel
        parent = channel.parent_id if isinstance(channel, discord.Thread) else 0
        use = CommandUse(
            guild,
            parent or interaction.channel_id or 0,
            interaction.user.id,
            list_role_ids(interaction.user),
            rights.value,
        )
        return judge_access(rules.commands[command], rules.general, use)

    async def find_denial(self, interaction: BotInteraction, command: str) -> MessageCard | None:
        """Return the card of a member who may not use that command, or None."""
        verdict = await self.check_access(interaction, command)
        if verdict is AccessVerdict.ALLOWED:
            return None
        return access_denied_card(command, verdict)

    async def answer_if_allowed(
        self,
        interaction: BotInteraction,
        command: str,
        answer: Callable[[], Coroutine[Any, Any, MessageCard]],
    ) -> MessageCard:
        """Return the answer for a member who may use that command, else why not."""
        return await self.find_denial(interaction, command) or await answer()

    def forget_guild(self, guild: int) -> None:
        """Fetch a guild's rules again at the next press."""
        self._guilds.pop(guild, None)

    async def _load_rules(self, client: discord.Client, guild: int) -> _GuildRules | None:
        entry = self._guilds.setdefault(guild, _CachedRules())
        self._guilds.move_to_end(guild)
        if len(self._guilds) > GUILDS_MAX:
            self._guilds.popitem(last=False)
        async with entry.lock:
            if self._tick() >= entry.until:
                entry.rules = await _fetch_rules(client, guild)
                entry.until = self._tick() + (RETRY_S if entry.rules is None else KEPT_S)
            return entry.rules


async def _fetch_rules(client: discord.Client, guild: int) -> _GuildRules | None:
    try:
        async with asyncio.timeout(FETCH_TIMEOUT_S):
            return _parse_rules(*await fetch_command_overrides(client, guild))
    except (
        discord.DiscordException, aiohttp.ClientError, OSError, LookupError, TypeError, ValueError
    ) as error:  # fmt: skip
        log.warning("command rights not fetched", guild=guild, why=type(error).__name__)
        return None


def _parse_rules(commands: Any, overrides: Any, application: int) -> _GuildRules:
    by_target = {
        int(one["id"]): {
            (int(row["type"]), int(row["id"])): bool(row["permission"])
            for row in one["permissions"]
        }
        for one in overrides
    }
    rules = {
        str(one["name"]): CommandRule(
            None if (right := one["default_member_permissions"]) is None else int(right),
            by_target.get(int(one["id"]), {}),
        )
        for one in commands
        if one.get("type", 1) == discord.AppCommandType.chat_input.value
    }
    return _GuildRules(by_target.get(application, {}), rules)
