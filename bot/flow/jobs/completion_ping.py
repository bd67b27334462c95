"""Completion pings. Edits notify nobody, so a long wait ends with one short mention."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.policy import GuildSettings, PingSetting
from bot.flow.runtime.context import HostSettings


class CompletionPing:
    """Counter of the messages below unfinished jobs' cards."""

    def __init__(self, host: HostSettings, settings_of: Callable[[int], GuildSettings]) -> None:
        self._host, self._settings_of = host, settings_of
        self._messages_below: dict[JobId, int] = {}
        self._jobs_by_channel: dict[int, set[JobId]] = {}

    def track(self, job: JobId, channel: int) -> None:
        """Count the messages after a new status message."""
        self._messages_below[job] = 0
        self._jobs_by_channel.setdefault(channel, set()).add(job)

    def message_seen(self, channel: int) -> None:
        """Count a message in a channel."""
        for job in self._jobs_by_channel.get(channel, ()):
            self._messages_below[job] += 1

    def is_due(self, job: Job, now: datetime) -> bool:
        """Return True if the job took long or the channel has moved on.

        A guild may choose always or never.
        """
        chosen = self._settings_of(job.guild).ring
        if chosen is not PingSetting.HOST:
            return chosen is PingSetting.ALWAYS
        took = (now - job.created_at).total_seconds()
        moved_on = self._messages_below.get(job.id, 0) >= self._host.ping_after_messages
        return took > self._host.ping_after_s or moved_on

    def forget_job(self, job: JobId) -> None:
        """Stop tracking a job."""
        self._messages_below.pop(job, None)
        for channel, jobs in list(self._jobs_by_channel.items()):
            jobs.discard(job)
            if not jobs:
                del self._jobs_by_channel[channel]
