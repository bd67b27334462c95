"""A card that comes to be after the last word was said elsewhere: it would stand there for ever."""

from __future__ import annotations

import structlog

from bot.core.errors import BoardError
from bot.core.job import LIVING
from bot.flow.kit import Kit
from bot.flow.ports import Post, Purpose
from bot.flow.status import Status

log = structlog.stdlib.get_logger(__name__)


async def is_too_late(kit: Kit, status: Status, post: Post) -> bool:
    """Whether the last word was said elsewhere already, or is about to be: then it is deleted."""
    job = await kit.books.job(post.job)
    said = [p for p in await kit.books.posts(post.job) if p.purpose is Purpose.RESULT]
    over = job is not None and job.state not in LIVING and not status.expects(job.id)
    if post.message is None or not (said or over):
        return False
    log.info("card came too late", job=post.job)
    try:
        await kit.board.delete(post.channel, post.message)
    except BoardError as error:
        log.info("late card stays", job=post.job, why=type(error).__name__)
    return True
