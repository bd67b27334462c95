"""Announcements of outages and their end in guilds' log channels and to the host."""

from __future__ import annotations

from collections import Counter

import structlog

from bot.core.errors import MessageError
from bot.core.ids import NO_JOB
from bot.core.jobs.job import State
from bot.core.jobs.model import Post, Purpose
from bot.core.jobs.outage_notices import OutageNotice
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.jobs.queue import JobQueue
from bot.flow.ports import Messages
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache

log = structlog.stdlib.get_logger(__name__)


class OutageAlerts:
    """Subscriber that tells the host, and the guilds with waiting jobs, of an outage and its end.

    Call it with a notice; it does not wait, and failures have no effect. Each guild gets its own
    number of pictures, the host's log channel the number of all. The messages ping nobody.
    """

    def __init__(
        self,
        queue: JobQueue,
        guild_settings: GuildSettingsCache,
        messages: Messages,
        context: FlowContext,
    ) -> None:
        self._queue, self._guild_settings = queue, guild_settings
        self._messages, self._context = messages, context
        self._alerted_channels: dict[int, int] = {}

    def __call__(self, notice: OutageNotice) -> None:
        waiting = self._count_waiting()
        if host_channel := self._context.host.log_channel:
            self._schedule_alert(host_channel, notice.build_text(waiting.total()))
        if notice.is_over:
            alerted, self._alerted_channels = self._alerted_channels, {}
            for channel in alerted.values():
                self._schedule_alert(channel, notice.build_text(0))
            return
        for guild, images in waiting.items():
            if channel := self._guild_settings.get_settings(guild).log_channel:
                if notice.is_outage:
                    self._alerted_channels[guild] = channel
                self._schedule_alert(channel, notice.build_text(images))

    def _count_waiting(self) -> Counter[int]:
        images: Counter[int] = Counter()
        for job in self._queue.living_jobs:
            if job.state in (State.QUEUED, State.RUNNING):
                images[job.guild] += job.order.images
        return images

    def _schedule_alert(self, channel: int, text: str) -> None:
        self._context.tasks.spawn_task(self._post_alert(channel, text), f"alarm {channel}")

    async def _post_alert(self, channel: int, text: str) -> None:
        nonce, now = self._context.ids.new_nonce(), self._context.clock.now()
        post = Post(NO_JOB, Purpose.STATUS, nonce, channel, now)
        try:
            await self._messages.send_message(post, MessageContent(MessageCard(text)))
        except MessageError as error:
            why = type(error).__name__
            if channel == self._context.host.log_channel:
                log.warning("log channel not written", why=why)
            else:
                log.info("alarm not heard", channel=channel, why=why)
