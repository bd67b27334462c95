"""Cancelling and deleting: the state first, then the signal."""

from __future__ import annotations

import structlog

from bot.core.drawing.request import Asker
from bot.core.errors import BoardError
from bot.core.ids import JobId
from bot.core.jobs import answers as job_answers
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import LIVING, Cancelled, Job, State
from bot.core.jobs.model import Purpose
from bot.core.ui.card import Card
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.queue import Line
from bot.flow.jobs.worker import Worker
from bot.flow.runtime.services import Kit

log = structlog.stdlib.get_logger(__name__)
BY_DELETING = "the card was deleted"


class Stopping:
    """Ends jobs before their time. A private card is returned where there is something to say."""

    def __init__(self, kit: Kit, line: Line, worker: Worker, delivery: Delivery) -> None:
        self._kit, self._line = kit, line
        self._worker, self._delivery = worker, delivery

    async def cancel(self, target: JobId, asker: Asker) -> Card | None:
        """Cancel one job, by its requester or a moderator; None: its status message says it."""
        job = await self._kit.books.job(target)
        if job is None or job.guild != asker.guild:
            return job_answers.unknown_job()
        if job.requester != asker.user and not asker.moderator:
            return self._not_theirs(job, asker)
        theirs = job.requester != asker.user
        reason = job_cards.BY_MODERATOR if theirs else ""
        if job.state not in LIVING or await self._stop(job, reason) is None:
            return job_answers.already_over()
        if theirs:
            await self._note(asker, "job.cancelled", job)
        return None

    async def cancel_mine(self, asker: Asker) -> Card:
        """Cancel everything of mine in this guild that is not yet finished."""
        await self._line.refresh()
        returned = stopped = 0
        for job in self._line.living:
            mine = job.requester == asker.user and job.guild == asker.guild
            if not mine or job.state is State.DELIVERING:
                continue
            if (ended := await self._stop(job)) is not None:
                stopped += 1
                returned += job.order.images - ended.ready
        if not stopped:
            return job_answers.nothing_to_cancel()
        balance = await self._kit.books.balance(asker, self._kit.clock.now())
        return job_answers.cancelled_all(stopped, returned, balance.left)

    async def delete(
        self,
        target: JobId,
        asker: Asker,
        message: int,
        channel: int,
        *,
        private: bool = False,
        asked_by: int = 0,
    ) -> Card | None:
        """Delete a result, by its requester or a moderator; what was drawn stays charged.

        A private message is only judged here: whoever pressed its button takes it away. In a
        direct message there is no server, and only what is one's own. Of a job that was forgotten
        or erased, `asked_by` is the user whose message it is to Discord's own knowledge; a
        moderator deletes it all the same, as no more than the message that was pressed goes.
        """
        job = await self._kit.books.job(target)
        if job is None and (asker.moderator or asked_by == asker.user):
            return None if private else await self._take_away(target, channel, message)
        if job is None or not _is_at_hand(job, asker):
            return job_answers.unknown_job()
        if job.requester != asker.user and not asker.moderator:
            return self._not_theirs(job, asker)
        known = {post.message for post in await self._kit.books.posts(target)}
        if message not in known:
            return job_answers.unknown_job()
        if job.state in LIVING:
            await self._stop(job)
        if private:
            return None
        stays = await self._take_away(target, channel, message)
        if stays is None and job.requester != asker.user:
            await self._note(asker, "picture.deleted", job)
        return stays

    async def _take_away(self, target: JobId, channel: int, message: int) -> Card | None:
        try:
            await self._kit.board.delete(channel, message)
        except BoardError as error:
            log.info("not deleted", job=target, why=type(error).__name__)
            return job_answers.not_deleted()
        return None

    async def message_deleted(self, message: int) -> None:
        """Somebody deleted the card of a living job: they do not want it any more."""
        post = await self._kit.books.post_of_message(message)
        if post is None or post.purpose is not Purpose.STATUS:
            return
        job = await self._kit.books.job(post.job)
        if job is not None and job.state in (State.QUEUED, State.RUNNING):
            await self._stop(job, BY_DELETING)

    async def source_gone(self, source: str) -> None:
        """The message that asked was edited or deleted: a job that still waits is cancelled.

        Called for every edit and deletion anywhere, so it looks at what is in memory only.
        """
        for job in self._line.living:
            if job.source == source and job.state is State.QUEUED:
                await self._stop(job, waiting_only=True)

    async def give_back(self, job: Job, reason: str) -> bool:
        """Cancel a job that waits, for a reason that is not its requester's.

        False, and nothing happens, where it has begun meanwhile or is over.
        """
        return await self._stop(job, reason, waiting_only=True) is not None

    def _not_theirs(self, job: Job, asker: Asker) -> Card:
        """Nobody hears of somebody else's private job that there is one."""
        if job.order.private:
            return job_answers.unknown_job()
        name = self._kit.showing.name(job.requester_name, asker)
        return job_answers.not_yours(name, job.id)

    async def _note(self, asker: Asker, action: str, job: Job) -> None:
        log.info(action, job=job.id, guild=job.guild, by=asker.user)
        await self._kit.books.note(asker, action, job, self._kit.clock.now())

    async def _stop(self, job: Job, reason: str = "", *, waiting_only: bool = False) -> Job | None:
        """End it; what came of it, or None where it was over already."""
        k = len(await self._kit.spool.kept(job.id)) if job.state is State.RUNNING else 0
        event = Cancelled(k, reason, waiting_only)
        moved = await self._kit.books.move(job.id, event, self._kit.clock.now())
        if moved is None:
            return None
        self._worker.cancel(job.id)
        await self._line.refresh()
        self._delivery.start(moved.job)
        return moved.job


def _is_at_hand(job: Job, asker: Asker) -> bool:
    return job.guild == asker.guild or (not asker.guild and job.requester == asker.user)
