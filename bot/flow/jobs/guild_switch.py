"""Handling of a guild that turned drawing off. Waiting jobs are returned.

The stored setting stops new jobs at once. After a crash the next start returns what waits.
"""

from __future__ import annotations

import structlog

from bot.core.drawing import refusals as draw_refusals
from bot.core.jobs.job import State
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.jobs.queue import JobQueue
from bot.flow.runtime.tasks import TaskSupervisor
from bot.flow.settings.store import GuildSettingsCache, SettingsChange

log = structlog.stdlib.get_logger(__name__)


class GuildSwitch:
    """Cancels what waits in a guild that draws no more."""

    def __init__(
        self,
        tasks: TaskSupervisor,
        guild_settings: GuildSettingsCache,
        queue: JobQueue,
        cancellation: Cancellation,
    ) -> None:
        self._tasks, self._guild_settings = tasks, guild_settings
        self._queue, self._cancellation = queue, cancellation
        guild_settings.add_listener(self._on_settings_change)

    async def cancel_in_disabled_guilds(self) -> None:
        """Once at the start, for servers that were switched off before."""
        for guild, settings in self._guild_settings.list_customized():
            if not settings.drawing:
                await self.cancel_waiting_jobs(guild)

    async def cancel_waiting_jobs(self, guild: int) -> int:
        """Cancel waiting jobs of a guild while it is off and return how many."""
        await self._queue.refresh_jobs()
        returned = 0
        for job in self._queue.living_jobs:
            waits = job.guild == guild and job.state is State.QUEUED
            if waits and not self._guild_settings.get_settings(guild).drawing:
                reason = draw_refusals.SWITCHED_OFF_REASON
                returned += await self._cancellation.cancel_queued_job(job, reason)
        if returned:
            log.info("returned what waited", guild=guild, jobs=returned)
        return returned

    def _on_settings_change(self, change: SettingsChange) -> None:
        if change.old.drawing and not change.new.drawing:
            work = self.cancel_waiting_jobs(change.guild)
            self._tasks.spawn_task(work, f"switching off {change.guild}")
