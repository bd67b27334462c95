"""A card that comes to be after the last word was said elsewhere: it would stand there for ever."""

from __future__ import annotations

import structlog

from bot.core.errors import BoardError
from bot.core.history import cards as history_cards
from bot.core.jobs.job import LIVING
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import Shown
from bot.flow.jobs.status_message import Status, lives
from bot.flow.runtime.services import Kit

log = structlog.stdlib.get_logger(__name__)


async def is_too_late(kit: Kit, status: Status, post: Post) -> bool:
    """Whether the last word was said elsewhere already, or is about to be: then it is deleted.

    A private card cannot be deleted by our own token: it says by its own where the word went.
    """
    job = await kit.books.job(post.job)
    said = [
        p for p in await kit.books.posts(post.job) if p.purpose in (Purpose.RESULT, Purpose.DIRECT)
    ]
    over = job is not None and job.state not in LIVING and not status.expects(job.id)
    if post.message is None or not (said or over):
        return False
    log.info("card came too late", job=post.job)
    try:
        if not post.private:
            await kit.board.delete(post.channel, post.message)
        elif job is not None and lives(post, kit.clock.now()):
            card = history_cards.sent_directly(job, pictures=job.ready > 0)
            await kit.board.edit(post, lambda: Shown(card), final=True, by_token=True)
    except BoardError as error:
        log.info("late card stays", job=post.job, why=type(error).__name__)
    return True
