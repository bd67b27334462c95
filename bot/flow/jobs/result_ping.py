"""The message that mentions the requester below a result, sent once also over a crash."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.core.errors import MessageError
from bot.core.history.model import DeliveryPlace
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageContent
from bot.flow.jobs.completion_ping import CompletionPing
from bot.flow.jobs.delivery_attempt import DeliveredTo
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

log = structlog.stdlib.get_logger(__name__)


class ResultPing:
    """Sender of pings. The intent is stored before the result is, and the ping goes after it."""

    def __init__(self, due: CompletionPing, ports: FlowPorts, context: FlowContext) -> None:
        self._due, self._stores, self._messages = due, ports.stores, ports.messages
        self._context = context
        self.forget_job = due.forget_job

    async def record_intent(self, job: Job, result: DeliveredTo | None) -> Post | None:
        """Record the intent of a ping, or None if none is due.

        A direct message notifies by itself, and private results are not mentioned in a channel.
        """
        if result is None or result.place is not DeliveryPlace.CHANNEL:
            return None
        now = self._context.clock.now()
        if not self._due.is_due(job, now):
            return None
        nonce = self._context.ids.new_nonce()
        post = Post(job.id, Purpose.PING, nonce, result.channel, now)
        return await self._stores.posts.record_post_intent(post)

    async def resume(self, ping: Post) -> None:
        """Send a ping that a crash may have prevented."""
        job = await self._stores.jobs.find_job(ping.job)
        images = await self._stores.history.list_job_images(ping.job)
        result = next((image.message for image in images if image.message is not None), None)
        if job is None or result is None:
            return
        try:
            message = await self._messages.find_message(ping, reply_to=result)
        except MessageError as error:
            log.info("no ring", job=job.id, why=type(error).__name__)
            return
        if message is not None:
            await self._stores.posts.mark_post_sent(replace(ping, message=message))
        else:
            await self.send(job, ping, result)

    async def send(self, job: Job, ping: Post, result: int) -> None:
        """Send a ping below the message `result`, unless it was sent."""
        if ping.message is not None:
            return
        content = MessageContent(job_cards.ping_card(job))
        try:
            message = await self._messages.send_message(ping, content, reply_to=result)
        except MessageError as error:
            log.info("no ring", job=job.id, why=type(error).__name__)
        else:
            await self._stores.posts.mark_post_sent(replace(ping, message=message))
