"""Announcements of outages and their end in guilds' log channels and to the host."""

from __future__ import annotations

from collections import Counter

import structlog

from bot.core.errors import DiscordUnavailable, MessageError
from bot.core.ids import NO_JOB
from bot.core.jobs.job import State
from bot.core.jobs.model import Post, Purpose
from bot.core.jobs.outage_notices import ChannelAlert, OutageNotice, recovery_notice
from bot.core.notices import SEND_WITHIN
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.jobs.queue import JobQueue
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache

log = structlog.stdlib.get_logger(__name__)


class OutageAlerts:
    """Subscriber that tells the host, and the guilds with waiting jobs, of an outage and its end.

    Call it with a notice; it does not wait, and failures have no effect. Each guild gets its own
    number of pictures, the host's log channel the number of all. The messages ping nobody. What
    each channel was told is stored, so a restart repeats nothing and owes nobody the end.
    """

    def __init__(
        self,
        queue: JobQueue,
        guild_settings: GuildSettingsCache,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._queue, self._guild_settings = queue, guild_settings
        self._store, self._messages, self._context = ports.stores.alerts, ports.messages, context
        self._sending: set[int] = set()

    def __call__(self, notice: OutageNotice) -> None:
        self._context.tasks.spawn_task(self._tell(notice, self._count_waiting()), "alarm")

    async def resume(self, *, is_down: bool) -> None:
        """Tell what the last process owed. Discord must be logged in.

        Where SwarmUI draws, that is the end of the outage in which it ended. A beginning that no
        channel has read is dropped then.
        """
        await self._delete_expired()
        alerts = [
            one for one in await self._store.list_alerts() if one.channel not in self._sending
        ]
        known = [
            one for one in alerts if one.is_sent or await self._resume_alert(one, is_down=is_down)
        ]
        if not is_down and (began := [one.made_at for one in known if one.cause]):
            await self._tell(recovery_notice(self._context.clock.now() - min(began)), Counter())

    async def _tell(self, notice: OutageNotice, waiting: Counter[int]) -> None:
        now = self._context.clock.now()
        await self._delete_expired()
        if notice.is_over:
            for alert in await self._store.end_alerts(notice.build_text(0), now):
                self._schedule_alert(alert)
            return
        texts = {}
        for guild, images in waiting.items():
            if channel := self._guild_settings.get_settings(guild).log_channel:
                texts[channel] = notice.build_text(images)
        if host_channel := self._context.host.log_channel:
            texts[host_channel] = notice.build_text(waiting.total())
        for channel, text in texts.items():
            alert = ChannelAlert(channel, notice.cause, text, now)
            self._sending.add(channel)
            if not notice.is_outage or await self._store.record_alert(alert):
                self._schedule_alert(alert)
            else:
                self._sending.discard(channel)

    def _count_waiting(self) -> Counter[int]:
        images: Counter[int] = Counter()
        for job in self._queue.living_jobs:
            if job.state in (State.QUEUED, State.RUNNING):
                images[job.guild] += job.order.images
        return images

    def _schedule_alert(self, alert: ChannelAlert) -> None:
        self._sending.add(alert.channel)
        self._context.tasks.spawn_task(self._post_alert(alert), f"alarm {alert.channel}")

    async def _delete_expired(self) -> None:
        await self._store.delete_unsent_alerts(self._context.clock.now() - SEND_WITHIN)

    async def _resume_alert(self, alert: ChannelAlert, *, is_down: bool) -> bool:
        """Return False if the alert was dropped."""
        card = MessageCard(alert.text)
        try:
            found = await self._messages.find_message(self._build_post(alert), card=card)
        except MessageError as error:
            log.info("alarm not looked for", channel=alert.channel, why=type(error).__name__)
            return True
        if found is not None:
            await self._store.mark_alert_sent(alert)
        elif alert.cause and not is_down:
            await self._store.delete_alert(alert)
            return False
        else:
            await self._post_alert(alert)
        return True

    async def _post_alert(self, alert: ChannelAlert) -> None:
        content = MessageContent(MessageCard(alert.text))
        try:
            await self._messages.send_message(self._build_post(alert), content)
        except MessageError as error:
            why = type(error).__name__
            if alert.channel == self._context.host.log_channel:
                log.warning("log channel not written", why=why)
            else:
                log.info("alarm not heard", channel=alert.channel, why=why)
            if not isinstance(error, DiscordUnavailable):
                await self._store.delete_alert(alert)
        else:
            await self._store.mark_alert_sent(alert)
        finally:
            self._sending.discard(alert.channel)

    def _build_post(self, alert: ChannelAlert) -> Post:
        nonce = self._context.ids.new_nonce()
        return Post(NO_JOB, Purpose.STATUS, nonce, alert.channel, alert.made_at)
