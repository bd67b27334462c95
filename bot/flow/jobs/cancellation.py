"""Cancellation and deletion. The state is written first, then work is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bot.core.drawing.request import RequestContext
from bot.core.errors import MessageError
from bot.core.ids import JobId
from bot.core.jobs import answers as job_answers
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import LIVING, Cancelled, Job, State, Withdrawn
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageCard
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.image_removal import ImageRemoval
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.worker import Worker
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.ports import FlowPorts
from bot.flow.runtime.clock import Clock

log = structlog.stdlib.get_logger(__name__)
DELETED_REASON = "the card was deleted"
WITHDRAW_WITHIN: Final = timedelta(seconds=15)


class Cancellation:
    """Service that ends jobs early. Returns a private card if there is something to tell."""

    def __init__(
        self,
        queue: JobQueue,
        worker: Worker,
        delivery: Delivery,
        display_filter: DisplayFilter,
        removal: ImageRemoval,
        ports: FlowPorts,
        clock: Clock,
    ) -> None:
        self._stores, self._spool, self._messages = ports.stores, ports.spool, ports.messages
        self._clock, self._display_filter, self._removal = clock, display_filter, removal
        self._queue, self._worker, self._delivery = queue, worker, delivery

    async def cancel_job(self, target: JobId, asker: RequestContext) -> MessageCard | None:
        """Cancel a job for its requester or a moderator, or None if its message says so.

        A moderator of a channel cancels its jobs, a moderator of the guild cancels any.
        """
        job = await self._stores.jobs.find_job(target)
        if job is None or job.guild != asker.guild:
            return job_answers.UNKNOWN_JOB_CARD
        if job.requester != asker.user and not asker.can_stop_jobs_in(job.channel):
            return self._foreign_job_card(job, asker)
        theirs = job.requester != asker.user
        reason = job_cards.MODERATOR_REASON if theirs else ""
        if job.state not in LIVING or await self._cancel_job(job, reason) is None:
            return job_answers.ALREADY_ENDED_CARD
        if theirs:
            await self._record_moderation(asker, "job.cancelled", job)
        return None

    async def cancel_own_jobs(self, asker: RequestContext) -> MessageCard:
        """Cancel everything of mine in this guild that is not yet finished."""
        await self._queue.refresh_jobs()
        returned = stopped = 0
        for job in self._queue.living_jobs:
            mine = job.requester == asker.user and job.guild == asker.guild
            if not mine or job.state is State.DELIVERING:
                continue
            if (ended := await self._cancel_job(job)) is not None:
                stopped += 1
                returned += job.order.images - ended.ready
        if not stopped:
            return job_answers.NOTHING_TO_CANCEL_CARD
        balance = await self._stores.limits.compute_balance(asker, self._clock.now())
        return job_answers.cancelled_jobs_card(stopped, returned, balance.pictures_left)

    async def delete_result(
        self,
        target: JobId,
        asker: RequestContext,
        message: int,
        channel: int,
        *,
        private: bool = False,
        asked_by: int = 0,
    ) -> MessageCard | None:
        """Delete a result for its requester or a moderator of this channel. It stays charged.

        What a moderator deletes of somebody else is removed for good.

        A private message is removed by the member who pressed. In a direct message there is no
        guild and only own results exist. For a forgotten or erased job, `asked_by` is the
        requester known to Discord; a moderator may delete it as well, because only the pressed
        message goes.
        """
        job = await self._stores.jobs.find_job(target)
        if job is None and (asker.can_manage_messages or asked_by == asker.user):
            return None if private else await self._delete_message(target, channel, message)
        if job is None or not _is_accessible(job, asker):
            return job_answers.UNKNOWN_JOB_CARD
        if job.requester != asker.user and not asker.can_manage_messages:
            return self._foreign_job_card(job, asker)
        known = {post.message for post in await self._stores.posts.list_job_posts(target)}
        if message not in known:
            return job_answers.UNKNOWN_JOB_CARD
        if job.state in LIVING:
            await self._cancel_job(job)
        if private:
            return None
        failure = await self._delete_message(target, channel, message)
        if failure is None and job.requester != asker.user:
            await self._removal.remove_images(job.id)
            await self._record_moderation(asker, "picture.deleted", job)
        return failure

    async def _delete_message(self, job: JobId, channel: int, message: int) -> MessageCard | None:
        try:
            await self._messages.delete_message(channel, message)
        except MessageError as error:
            log.info("not deleted", job=job, why=type(error).__name__)
            return job_answers.DELETE_FAILED_CARD
        return None

    async def cancel_by_status_message(self, message: int) -> None:
        """Cancel the job whose status message was deleted."""
        post = await self._stores.posts.find_post_by_message(message)
        if post is None or post.purpose is not Purpose.STATUS:
            return
        job = await self._stores.jobs.find_job(post.job)
        if job is not None and job.state in (State.QUEUED, State.RUNNING):
            await self._cancel_job(job, DELETED_REASON)

    async def cancel_by_source(self, source: str) -> None:
        """Cancel a waiting job whose message was edited.

        Every edit calls this, so only memory is read.
        """
        for job in self._queue.living_jobs:
            if job.source == source and job.state is State.QUEUED:
                await self._cancel_job(job, waiting_only=True)

    async def withdraw_by_source(self, source: str) -> None:
        """Cancel a waiting job whose message was deleted, and take its status message away.

        Shortly after the message, this stops a job that is drawn as well: a bot such as PluralKit
        deletes a message at once and posts it again. Only memory is read.
        """
        for job in self._queue.living_jobs:
            if job.source != source:
                continue
            is_late = self._clock.now() - job.created_at >= WITHDRAW_WITHIN
            await self._end_job(job.id, Cancelled(0, job_cards.MESSAGE_DELETED_REASON, is_late))

    async def cancel_queued_job(self, job: Job, reason: str) -> bool:
        """Cancel a job that waits, for a reason that is not its requester's.

        False, and nothing happens, where it has begun meanwhile or is over.
        """
        return await self._cancel_job(job, reason, waiting_only=True) is not None

    async def cancel_departed_jobs(self, has_departed: Callable[[Job], bool], reason: str) -> int:
        """Cancel what is not yet finished of a guild that is gone, and return how many.

        The pictures are returned. Those that SwarmUI draws are stopped. What is drawn already is
        delivered by direct message.
        """
        await self._queue.refresh_jobs()
        cancelled = 0
        for job in self._queue.living_jobs:
            if job.state is not State.DELIVERING and has_departed(job):
                cancelled += await self._cancel_job(job, reason) is not None
        if cancelled:
            log.info("returned what nobody waits for", jobs=cancelled, why=reason)
        return cancelled

    async def withdraw_member_jobs(self, guild: int, member: int) -> int:
        """Withdraw all unfinished jobs of a banned member, and return how many.

        Nothing is posted any more, not even pictures that are drawn.
        """
        await self._queue.refresh_jobs()
        withdrawn = 0
        for job in self._queue.living_jobs:
            if (job.guild, job.requester) == (guild, member):
                reason = Withdrawn(job_cards.LEFT_REASON)
                withdrawn += await self._end_job(job.id, reason) is not None
        if withdrawn:
            log.info("withdrew a banned member's jobs", guild=guild, jobs=withdrawn)
        return withdrawn

    async def withdraw_unseen_job(self, intent: Post) -> None:
        """Call off a job whose interaction failed for the person. They ask again, for free."""
        log.info("request called off", job=intent.job, why="its interaction failed")
        await self._stores.posts.mark_post_sent(replace(intent, token=None, token_until=None))
        await self._end_job(intent.job, Withdrawn())

    def _foreign_job_card(self, job: Job, asker: RequestContext) -> MessageCard:
        """Refuse another member's job without revealing a private one."""
        if job.order.private:
            return job_answers.UNKNOWN_JOB_CARD
        name = self._display_filter.filter_name(job.requester_name, asker)
        return job_answers.foreign_job_card(name, job.id)

    async def _record_moderation(self, asker: RequestContext, action: str, job: Job) -> None:
        log.info(action, job=job.id, guild=job.guild, by=asker.user)
        await self._stores.reports.record_moderation(asker, action, job, self._clock.now())

    async def _cancel_job(
        self, job: Job, reason: str = "", *, waiting_only: bool = False
    ) -> Job | None:
        k = len(await self._spool.list_spooled_files(job.id)) if job.state is State.RUNNING else 0
        return await self._end_job(job.id, Cancelled(k, reason, waiting_only))

    async def _end_job(self, job: JobId, event: Cancelled | Withdrawn) -> Job | None:
        moved = await self._stores.jobs.apply_job_event(job, event, self._clock.now())
        if moved is None:
            return None
        self._worker.stop_drawing(job)
        await self._queue.refresh_jobs()
        self._delivery.start_delivery(moved.job)
        return moved.job


def _is_accessible(job: Job, asker: RequestContext) -> bool:
    return job.guild == asker.guild or (not asker.guild and job.requester == asker.user)
