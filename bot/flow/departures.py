"""Guilds that removed the bot. What they left behind is deleted some time later.

An outage of Discord is no removal. A new invitation within that time finds everything again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import structlog

from bot.core.jobs.cards import REMOVED_REASON
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache
from bot.flow.triggers.registry import TriggerRegistry

log = structlog.stdlib.get_logger(__name__)


class Departures:
    """Notes removals and invitations, and forgets guilds. `begin` is called once, at the start."""

    def __init__(
        self,
        cancellation: Cancellation,
        guild_settings: GuildSettingsCache,
        triggers: TriggerRegistry,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._retention, self._clock = ports.stores.retention, context.clock
        self._cancellation, self._guild_settings = cancellation, guild_settings
        self._triggers = triggers
        self._departed: set[int] = set()

    async def begin(self, guilds: Collection[int], is_served: Callable[[int], bool]) -> None:
        """Note removals and invitations of the time when the bot was off.

        `guilds` are all guilds of this process, also those in an outage. `is_served` returns True
        for every guild whose events come to this process.
        """
        self._departed = set(await self._retention.list_departed_guilds())
        for guild in self._departed & set(guilds):
            await self.record_return(guild)
        known = set(await self._retention.list_stored_guilds())
        for guild in sorted(known - set(guilds)):
            if is_served(guild):
                await self.record_departure(guild)

    async def record_departure(self, guild: int) -> None:
        """Cancel the jobs of a guild that removed the bot, and note when it did."""
        if guild not in self._departed:
            self._departed.add(guild)
            await self._retention.record_departure(guild, self._clock.now())
            log.info("a server removed the bot", guild=guild)
        await self._cancellation.cancel_departed_jobs(
            lambda job: job.guild == guild, REMOVED_REASON
        )

    async def record_return(self, guild: int) -> None:
        """Note that a guild is there, perhaps again."""
        if guild in self._departed:
            self._departed.discard(guild)
            await self._retention.delete_departure(guild)
            log.info("a server invited the bot again", guild=guild)

    async def forget_departed(self) -> None:
        """Delete what guilds left behind whose time is over. Erasures of their members follow."""
        for guild in await self._retention.erase_departed_guilds(self._clock.now()):
            self._departed.discard(guild)
            self._guild_settings.forget_guild(guild)
            self._triggers.forget_guild(guild)
            log.info("a server that removed the bot is forgotten", guild=guild)
