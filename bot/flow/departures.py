"""Guilds that removed the bot. What they left behind is deleted some time later.

An outage of Discord is no removal. A new invitation within that time finds everything again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core.jobs.cards import REMOVED_REASON
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache
from bot.flow.triggers.registry import TriggerRegistry

log = structlog.stdlib.get_logger(__name__)
CLOCK_SETTLES_S: Final = 3600.0
"""Nothing is forgotten sooner after the start: the computer's clock may still be corrected."""
CLOCK_ERROR_MAX: Final = timedelta(hours=1)


class Departures:
    """Notes removals and invitations, and forgets guilds that are certainly gone.

    `begin` is called when the guilds are known, and again if it failed. Before, nothing is
    forgotten.
    """

    def __init__(
        self,
        cancellation: Cancellation,
        guild_settings: GuildSettingsCache,
        triggers: TriggerRegistry,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._retention, self._messages = ports.stores.retention, ports.messages
        self._clock = context.clock
        self._cancellation, self._guild_settings = cancellation, guild_settings
        self._triggers = triggers
        self._departed: set[int] = set()
        self._is_gone: Callable[[int], bool] | None = None
        self._begun_at = 0.0
        self._lock = asyncio.Lock()  # an event is noted before the next one
        # What this run noted: the date, and the same moment on the clock that never jumps.
        self._noted: dict[int, tuple[datetime, float]] = {}

    async def begin(self, is_gone: Callable[[int], bool]) -> None:
        """Note removals and invitations of the time when the bot was off.

        `is_gone` returns True for a guild that the bot is now certainly no member of.
        """
        stored = await self._retention.list_stored_guilds()
        self._departed |= await self._retention.list_departed_guilds()
        await self._note_returns()
        gone = {guild for guild in stored | self._departed if is_gone(guild)}
        for guild in sorted(gone):
            await self._note_departure(guild)
        await self._cancellation.cancel_departed_jobs(lambda job: job.guild in gone, REMOVED_REASON)
        self._is_gone, self._begun_at = is_gone, self._clock.tick()

    async def record_departure(self, guild: int) -> None:
        """Cancel the jobs of a guild that removed the bot, and note when it did."""
        await self._note_departure(guild)
        await self._cancellation.cancel_departed_jobs(
            lambda job: job.guild == guild, REMOVED_REASON
        )

    async def _note_departure(self, guild: int) -> None:
        async with self._lock:
            if guild in self._departed:
                return
            now, tick = self._clock.now(), self._clock.tick()
            await self._retention.record_departure(guild, now)
            self._departed.add(guild)
            self._noted[guild] = now, tick
            log.info("a server removed the bot", guild=guild)

    async def record_return(self, guild: int) -> None:
        """Note that a guild is there, perhaps again."""
        async with self._lock:
            if guild in self._departed:
                await self._retention.delete_departure(guild)
                self._drop_note(guild)
                log.info("a server invited the bot again", guild=guild)

    async def _note_returns(self) -> None:
        for guild in sorted(self._departed):
            if self._messages.is_guild_member(guild):
                await self.record_return(guild)

    async def forget_departed(self) -> None:
        """Delete what guilds left behind whose time is over. Erasures of their members follow.

        Whether a guild is gone is asked again for each, because an event may be lost.
        """
        if self._is_gone is None:
            return
        await self._note_returns()
        await self._correct_dates()
        if self._clock.tick() - self._begun_at < CLOCK_SETTLES_S:
            return
        for guild in await self._retention.list_overdue_guilds(self._clock.now()):
            if self._is_gone(guild):
                await self._retention.erase_guild(guild, self._clock.now())
                self._drop_note(guild)
                self._guild_settings.forget_guild(guild)
                self._triggers.forget_guild(guild)
                log.info("a server that removed the bot is forgotten", guild=guild)

    async def _correct_dates(self) -> None:
        """Move the dates of this run's notes after a jump of the computer's clock."""
        now, tick = self._clock.now(), self._clock.tick()
        for guild, (noted, since) in list(self._noted.items()):
            left = now - timedelta(seconds=tick - since)
            if abs(left - noted) > CLOCK_ERROR_MAX:
                await self._retention.record_departure(guild, left)
                self._noted[guild] = left, since

    def _drop_note(self, guild: int) -> None:
        self._departed.discard(guild)
        self._noted.pop(guild, None)
