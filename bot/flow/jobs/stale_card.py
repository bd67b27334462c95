"""A card that comes to be after the last word was said elsewhere: it would stand there for ever."""

from __future__ import annotations

import structlog

from bot.core.errors import MessageError
from bot.core.history import cards as history_cards
from bot.core.jobs.job import LIVING
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageContent
from bot.flow.jobs.status_message import StatusMessages, is_token_alive
from bot.flow.runtime.services import Services

log = structlog.stdlib.get_logger(__name__)


async def remove_stale_card(kit: Services, status: StatusMessages, post: Post) -> bool:
    """Whether the last word was said elsewhere already, or is about to be: then it is deleted.

    A private card cannot be deleted by our own token: it says by its own where the word went.
    """
    job = await kit.store.find_job(post.job)
    said = [
        p
        for p in await kit.store.list_job_posts(post.job)
        if p.purpose in (Purpose.RESULT, Purpose.DIRECT)
    ]
    over = job is not None and job.state not in LIVING and not status.is_message_expected(job.id)
    if post.message is None or not (said or over):
        return False
    log.info("card came too late", job=post.job)
    try:
        if not post.private:
            await kit.messages.delete_message(post.channel, post.message)
        elif job is not None and is_token_alive(post, kit.clock.now()):
            card = history_cards.sent_directly_card(job, pictures=job.ready > 0)
            await kit.messages.edit_message(
                post, lambda: MessageContent(card), final=True, by_token=True
            )
    except MessageError as error:
        log.info("late card stays", job=post.job, why=type(error).__name__)
    return True
