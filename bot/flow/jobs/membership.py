"""Check that a requester is still a member of the guild, by asking Discord.

Discord tells of a ban. Its event of a member who leaves needs a privileged intent, so the bot asks
before it draws and before it delivers. It never asks often, and without a clear answer it goes on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.core.errors import MessageError
from bot.core.jobs.cards import LEFT_REASON
from bot.core.jobs.job import Job, State, Withdrawn
from bot.flow.ports import JobStore, Messages
from bot.flow.runtime.clock import Clock

FRESH_S: Final = 0.3  # how long a sign of a member counts
GONE_S: Final = 60.0  # how long it counts that somebody has left, for what they asked for before
QUIET_S: Final = 10.0  # nothing is asked after a failure
PATIENCE_S: Final = 3.0
QUESTIONS_MAX: Final = 20
QUESTIONS_PER_S: Final = 10.0
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    has_left: bool
    asked_at: datetime
    until: float

    def covers(self, job: Job) -> bool:
        """Return False for a job of somebody who left before it and has joined again."""
        return not self.has_left or job.created_at < self.asked_at


class MembershipCheck:
    """Ends jobs of members who have left. At most `QUESTIONS_MAX` in `QUESTIONS_PER_S` seconds."""

    def __init__(self, jobs: JobStore, messages: Messages, clock: Clock) -> None:
        self._jobs, self._messages, self._clock = jobs, messages, clock
        self._known: dict[tuple[int, int], _Answer] = {}
        self._asked: deque[float] = deque(maxlen=QUESTIONS_MAX)
        self._quiet_until = 0.0

    async def withdraw_if_left(self, job: Job) -> Job:
        """Withdraw a job whose requester has left the guild, and return it as it is now."""
        if not await self._has_left(job):
            return job
        log.info("requester has left", job=job.id, guild=job.guild)
        moved = await self._jobs.apply_job_event(job.id, Withdrawn(LEFT_REASON), self._clock.now())
        return job if moved is None else moved.job

    async def _has_left(self, job: Job) -> bool:
        who, now, asked_at = (job.guild, job.requester), self._clock.tick(), self._clock.now()
        self._known = {one: known for one, known in self._known.items() if known.until > now}
        if (known := self._known.get(who)) is not None and known.covers(job):
            return known.has_left
        age_s = (asked_at - job.created_at).total_seconds()
        is_new = job.state is State.QUEUED and age_s < FRESH_S
        if is_new or not self._may_ask(now) or not self._messages.is_guild_member(job.guild):
            return False
        self._asked.append(now)
        try:
            async with asyncio.timeout(PATIENCE_S):
                has_left = await self._messages.has_left(*who)
        except (MessageError, TimeoutError) as error:
            log.info("member not asked for", job=job.id, why=type(error).__name__)
            self._quiet_until = now + QUIET_S
            return False
        self._known[who] = _Answer(has_left, asked_at, now + (GONE_S if has_left else FRESH_S))
        return has_left

    def _may_ask(self, now: float) -> bool:
        is_full = len(self._asked) == QUESTIONS_MAX and now - self._asked[0] < QUESTIONS_PER_S
        return not is_full and now >= self._quiet_until
