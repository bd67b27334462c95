"""Removal of status messages that were posted after their job had already ended."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.core.errors import MessageError
from bot.core.history import cards as history_cards
from bot.core.jobs.job import LIVING
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageContent
from bot.flow.jobs.status_message import StatusMessages, is_token_alive
from bot.flow.ports import JobStore, Messages, PostStore
from bot.flow.runtime.clock import Clock

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StaleCards:
    """Remove status messages that came too late."""

    jobs: JobStore
    posts: PostStore
    messages: Messages
    clock: Clock
    status: StatusMessages

    async def remove_if_stale(self, post: Post) -> bool:
        """Delete the message if its job has ended elsewhere, and return True if it had.

        A private message cannot be deleted with the bot's token. It is edited to say where the
        result is.
        """
        job = await self.jobs.find_job(post.job)
        posts = await self.posts.list_job_posts(post.job)
        sent = any(other.purpose in (Purpose.RESULT, Purpose.DIRECT) for other in posts)
        ended = job is not None and job.state not in LIVING
        over = ended and not self.status.is_message_expected(post.job)
        if post.message is None or not (sent or over):
            return False
        log.info("card came too late", job=post.job)
        try:
            if not post.private:
                await self.messages.delete_message(post.channel, post.message)
            elif job is not None and is_token_alive(post, self.clock.now()):
                card = history_cards.sent_directly_card(job, pictures=job.ready > 0)
                content = MessageContent(card)
                await self.messages.edit_message(post, lambda: content, final=True, by_token=True)
        except MessageError as error:
            log.info("late card stays", job=post.job, why=type(error).__name__)
        return True
