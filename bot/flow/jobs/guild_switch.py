"""A server's switch is turned off: what waits there is returned, what is being drawn ends.

Nothing new comes in from the moment that the choice is in the books; after a death in between,
the next start returns what waits.
"""

from __future__ import annotations

import structlog

from bot.core.drawing import refusals as draw_refusals
from bot.core.jobs.job import State
from bot.flow.jobs.cancellation import Stopping
from bot.flow.jobs.queue import Line
from bot.flow.runtime.tasks import Crew
from bot.flow.settings.store import Change, Policies

log = structlog.stdlib.get_logger(__name__)


class Switching:
    """Empties the line of a server that draws no more."""

    def __init__(self, crew: Crew, policies: Policies, line: Line, stopping: Stopping) -> None:
        self._crew, self._policies = crew, policies
        self._line, self._stopping = line, stopping
        policies.hear(self._heard)

    async def run(self) -> None:
        """Once at the start, for servers that were switched off before."""
        for guild, policy in self._policies.all():
            if not policy.drawing:
                await self.empty(guild)

    async def empty(self, guild: int) -> int:
        """Return what waits in a guild, as long as it stays switched off; how many jobs."""
        await self._line.refresh()
        returned = 0
        for job in self._line.living:
            waits = job.guild == guild and job.state is State.QUEUED
            if waits and not self._policies.of(guild).drawing:
                returned += await self._stopping.give_back(job, draw_refusals.SWITCHED_OFF)
        if returned:
            log.info("returned what waited", guild=guild, jobs=returned)
        return returned

    def _heard(self, change: Change) -> None:
        if change.old.drawing and not change.new.drawing:
            self._crew.spawn(self.empty(change.guild), f"switching off {change.guild}")
