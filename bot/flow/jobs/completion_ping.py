"""When a finished job rings: edits notify nobody, so a long wait ends with one short mention."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.policy import Policy, RingPolicy
from bot.flow.runtime.services import House


class Bell:
    """Counts what was said below the cards of living jobs."""

    def __init__(self, house: House, policy_of: Callable[[int], Policy]) -> None:
        self._house, self._policy_of = house, policy_of
        self._below: dict[JobId, int] = {}
        self._in_channel: dict[int, set[JobId]] = {}

    def hang(self, job: JobId, channel: int) -> None:
        """A card was posted: count the messages that come after it."""
        self._below[job] = 0
        self._in_channel.setdefault(channel, set()).add(job)

    def heard(self, channel: int) -> None:
        """Somebody said something there."""
        for job in self._in_channel.get(channel, ()):
            self._below[job] += 1

    def is_due(self, job: Job, now: datetime) -> bool:
        """Whether this job should ring: it took long, or the channel has moved on.

        Unless its server wants it each time, or never.
        """
        policy = self._policy_of(job.guild).ring
        if policy is not RingPolicy.HOST:
            return policy is RingPolicy.ALWAYS
        took = (now - job.created_at).total_seconds()
        moved_on = self._below.get(job.id, 0) >= self._house.ring_after_messages
        return took > self._house.ring_after_s or moved_on

    def forget(self, job: JobId) -> None:
        """The job is over."""
        self._below.pop(job, None)
        for channel, jobs in list(self._in_channel.items()):
            jobs.discard(job)
            if not jobs:
                del self._in_channel[channel]
