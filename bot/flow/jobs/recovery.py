"""Recovery of unfinished jobs at startup."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.core.errors import MessageError, MessageGone, TokenExpired
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageContent
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.orphaned_sessions import OrphanedSessions
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.status_message import StaleCards, StatusMessages, is_token_alive
from bot.flow.jobs.worker import Worker
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

NOTIFY_WITHIN = timedelta(days=1)
PING_WITHIN = timedelta(minutes=10)  # later than that nobody waits for it
log = structlog.stdlib.get_logger(__name__)


class StartupRecovery:
    """Startup step that resumes queued, running and delivering jobs."""

    def __init__(
        self,
        queue: JobQueue,
        status: StatusMessages,
        worker: Worker,
        delivery: Delivery,
        stale_cards: StaleCards,
        orphans: OrphanedSessions,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._jobs, self._posts = ports.stores.jobs, ports.stores.posts
        self._orphans, self._messages, self._context = orphans, ports.messages, context
        self._queue, self._status = queue, status
        self._worker, self._delivery, self._stale_cards = worker, delivery, stale_cards
        self._unfinished: tuple[Job, ...] = ()

    async def load_unfinished_jobs(self) -> None:
        """See what the last process left. Before anybody can ask for something new."""
        since = self._context.clock.now() - NOTIFY_WITHIN
        self._unfinished = (
            *await self._jobs.list_living_jobs(),
            *await self._jobs.list_unnotified_jobs(since),
        )

    async def resume_jobs(self) -> int:
        """Resume unfinished jobs and return how many. Discord must be logged in.

        Each job is read again, because it may have ended meanwhile.
        """
        found = [await self._jobs.find_job(job.id) for job in self._unfinished]
        left = [job for job in found if job is not None and job.state is not State.DONE]
        await self._queue.refresh_jobs()
        tasks = self._context.tasks
        for job in left:
            if job.state in (State.QUEUED, State.RUNNING):
                self._status.expect_message(job.id)
                tasks.spawn_task(self._restore_status(job), f"card {job.id}")
            if job.state is State.RUNNING:
                self._worker.resume_job(job)
            elif job.state is not State.QUEUED:
                tasks.spawn_task(self._resume_delivery(job), f"last word {job.id}")
        tasks.spawn_task(self._orphans.interrupt_all(), "orphans")
        for ping in await self._posts.list_unsent_pings(self._context.clock.now() - PING_WITHIN):
            tasks.spawn_task(self._delivery.ping.resume(ping), f"ring {ping.job}")
        if left:
            log.info("took up again", jobs=len(left))
        self._unfinished = ()
        return len(left)

    async def _resume_delivery(self, job: Job) -> None:
        """Resume a delivery, into the posted card even if its id was not recorded."""
        posts = await self._posts.list_job_posts(job.id)
        card = next((post for post in posts if post.purpose is Purpose.STATUS), None)
        if card is not None and card.message is None and not card.private:
            try:
                if (message := await self._messages.find_message(card)) is not None:
                    await self._posts.mark_post_sent(replace(card, message=message))
            except MessageError as error:
                log.info("card not looked for", job=job.id, why=type(error).__name__)
        self._delivery.start_delivery(job)

    async def _restore_status(self, job: Job) -> None:
        try:
            post = await self.restore_status_post(job)
        except MessageError as error:
            log.info("no card after the restart", job=job.id, why=type(error).__name__)
            self._status.cancel_expectation(job.id)
            return
        if post is None or await self._stale_cards.remove_if_stale(post):
            self._status.cancel_expectation(job.id)
            return
        self._status.start_updates(post)
        await self._queue.refresh_jobs()

    async def restore_status_post(self, job: Job) -> Post | None:
        """Return the job's status message, known, found or posted now.

        A private one needs its interaction's token; without it the result is None and nothing is
        shown until the end.
        """
        nonce, now = self._context.ids.new_nonce(), self._context.clock.now()
        private = job.order.private
        intent = Post(job.id, Purpose.STATUS, nonce, job.channel, now, private=private)
        post = await self._posts.record_post_intent(intent)
        if post.message is not None:
            return post
        content = MessageContent(self._queue.build_queued_card(job))
        message: int | None = None
        if is_token_alive(post, now):
            with suppress(TokenExpired, MessageGone):  # we died before there was a first answer
                message = await self._messages.edit_original_response(post, content)
        if message is None and post.private:
            return None
        if message is None:
            # The interaction's token has no power over a message that it did not make.
            post = replace(post, token=None, token_until=None)
            message = await self._messages.find_message(post)
        if message is None:
            # As a reply it says whose it is. An interaction that failed cannot be answered.
            asked = _find_asking_message(job)
            message = await self._messages.send_message(post, content, reply_to=asked)
        post = replace(post, message=message)
        await self._posts.mark_post_sent(post)
        return post


def _find_asking_message(job: Job) -> int | None:
    """Return the message that asked for a job, or None if it was an interaction."""
    kind, _, number = job.source.partition(":")
    return int(number) if kind == "message" and number.isdigit() else None
