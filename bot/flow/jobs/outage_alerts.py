"""Tells servers in their log channels, once each way, that SwarmUI is away or back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from bot.core.errors import MessageError
from bot.core.ids import NO_JOB
from bot.core.jobs import outage_notices
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
    """Subscriber that tells guilds with waiting jobs about an outage and its end.

    Call it with a notice; it does not wait. Each guild gets its own number of jobs. The message
    pings nobody.
    """

    def __init__(
        self,
        queue: JobQueue,
        guild_settings: GuildSettingsCache,
        announce: Callable[[OutageNotice], None],
        *,
        messages: Messages,
        context: FlowContext,
    ) -> None:
        self._messages, self._context = messages, context
        self._queue, self._guild_settings = queue, guild_settings
        self._announce = announce
        self._alerted_channels: dict[int, int] = {}

    def __call__(self, notice: OutageNotice) -> None:
        self._announce(notice)
        if notice.since is None:
            told, self._alerted_channels = self._alerted_channels, {}
            for channel in told.values():
                self._schedule_alert(channel, notice.text)
            return
        for guild, waiting in self._count_waiting().items():
            if channel := self._guild_settings.get_settings(guild).log_channel:
                self._alerted_channels[guild] = channel
                text = outage_notices.outage_notice(
                    notice.since, waiting, broken=notice.broken
                ).text
                self._schedule_alert(channel, text)

    def _count_waiting(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for job in self._queue.living_jobs:
            if job.state in (State.QUEUED, State.RUNNING):
                found[job.guild] += job.order.images
        return found

    def _schedule_alert(self, channel: int, text: str) -> None:
        self._context.tasks.spawn_task(self._post_alert(channel, text), f"alarm {channel}")

    async def _post_alert(self, channel: int, text: str) -> None:
        nonce, now = self._context.ids.new_nonce(), self._context.clock.now()
        post = Post(NO_JOB, Purpose.STATUS, nonce, channel, now)
        try:
            await self._messages.send_message(post, MessageContent(MessageCard(text)))
        except MessageError as error:
            log.info("alarm not heard", channel=channel, why=type(error).__name__)


class HostOutageAlerts:
    """Subscriber that tells the host's log channel and the bot's status line.

    Call it with a notice; it does not wait, and failures have no effect. `channel` 0 is none.
    `show` sets the status line, "" clears it.
    """

    def __init__(
        self,
        channel: int,
        set_presence: Callable[[str], Awaitable[None]],
        *,
        messages: Messages,
        context: FlowContext,
    ) -> None:
        self._messages, self._context = messages, context
        self._channel, self._set_presence = channel, set_presence

    def __call__(self, notice: OutageNotice) -> None:
        self._context.tasks.spawn_task(self._update_presence(notice), "presence")
        if self._channel:
            self._context.tasks.spawn_task(self._post_notice(notice), "log channel")

    async def _update_presence(self, notice: OutageNotice) -> None:
        await self._set_presence(notice.presence)

    async def _post_notice(self, notice: OutageNotice) -> None:
        nonce, now = self._context.ids.new_nonce(), self._context.clock.now()
        post = Post(NO_JOB, Purpose.STATUS, nonce, self._channel, now)
        try:
            await self._messages.send_message(post, MessageContent(MessageCard(notice.text)))
        except MessageError as error:
            log.warning("log channel not written", why=type(error).__name__)
