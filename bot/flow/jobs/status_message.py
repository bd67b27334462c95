"""Status message of each running job.

Producers never wait. The newest state wins and is rendered when the rate limit allows an edit.
Nothing is shown after `stop_updates`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.core.errors import (
    BadPicture,
    DiscordUnavailable,
    MessageError,
    MessageGone,
    MissingPermission,
    TokenExpired,
)
from bot.core.history import cards as history_cards
from bot.core.ids import JobId
from bot.core.jobs.job import LIVING
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import FileUpload, MessageCard, MessageContent
from bot.flow.ports import JobStore, Messages, PostStore, Spool
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.tasks import TaskSupervisor


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


log = structlog.stdlib.get_logger(__name__)
PREVIEW_NAME = "preview.jpg"
TOKEN_MARGIN_S = 60.0
EDITABLE_FOR = timedelta(minutes=55)
ARRIVAL_TIMEOUT_S = 10.0
PREVIEW_INTERVAL_S = 0.4
DEBOUNCE_S = 0.05
FINAL_REFUSALS = (MessageGone, MissingPermission)
REFUSALS_MAX = 3  # of another kind, one after the other


def is_token_alive(post: Post, now: datetime) -> bool:
    """Return True if the interaction token works for at least another minute."""
    if post.token is None or post.token_until is None:
        return False
    return (post.token_until - now).total_seconds() > TOKEN_MARGIN_S


@dataclass(slots=True)
class _LiveStatus:
    """Latest state of a job. `build_card(with_preview)` renders its card."""

    post: Post
    build_card: Callable[[bool], MessageCard] | None
    shown_card: MessageCard | None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    raw_preview: bytes | None = None
    thumbnail: bytes | None = None
    thumbnail_at: float = 0.0
    shown_thumbnail: bytes | None = None
    shrinking: bool = False
    token_alive: bool = True
    failures: int = 0
    task: asyncio.Task[None] | None = None


class StatusMessages:
    """Shows what happens, by editing the one status message of each job.

    Once Discord has refused that, no other progress is tried: Discord bans an address after 10,000
    refused requests in ten minutes. The last edit of a job is another's, and it is tried.
    """

    def __init__(
        self, messages: Messages, spool: Spool, clock: Clock, tasks: TaskSupervisor
    ) -> None:
        self._messages, self._spool, self._clock, self._tasks = messages, spool, clock, tasks
        self._live: dict[JobId, _LiveStatus] = {}
        self._pending: dict[JobId, Callable[[bool], MessageCard]] = {}
        self._expected: dict[JobId, asyncio.Event] = {}  # set when it is known

    def start_updates(self, post: Post, shown: MessageCard | None = None) -> None:
        """Keep a new status message current, which shows `shown` if known."""
        self.cancel_expectation(post.job)
        if post.job in self._live:
            return
        build = self._pending.pop(post.job, None)
        live = self._live[post.job] = _LiveStatus(post, build, shown)
        live.idle.set()
        if build is not None:
            live.changed.set()
        live.task = self._tasks.spawn_task(self._keep_current(live), f"status {post.job}")

    def expect_message(self, job: JobId) -> None:
        """Expect a message. `wait_for_message` waits for it."""
        self._expected.setdefault(job, asyncio.Event())

    def is_message_expected(self, job: JobId) -> bool:
        """Return True while a status message is being sent."""
        return job in self._expected

    def cancel_expectation(self, job: JobId) -> None:
        """Stop expecting a message that has arrived or could not be sent."""
        if (arrived := self._expected.pop(job, None)) is not None:
            arrived.set()

    async def wait_for_message(self, job: JobId) -> None:
        """Wait (ten seconds at most) until an expected status message is known or given up."""
        if (arrived := self._expected.get(job)) is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), ARRIVAL_TIMEOUT_S)
            self._expected.pop(job, None)

    def offer_card(self, job: JobId, build: Callable[[bool], MessageCard]) -> None:
        """Offer a new state without waiting. `build` is called when an edit may be sent."""
        if (live := self._live.get(job)) is None:
            self._pending[job] = build
        else:
            live.build_card = build
            live.changed.set()

    def offer_preview(self, job: JobId, data: bytes) -> None:
        """Offer a newer preview for the next edit that may carry one."""
        live = self._live.get(job)
        if live is None or (live.task is not None and live.task.done()):
            return
        live.raw_preview = data
        if not live.shrinking:
            live.shrinking = True
            self._tasks.spawn_task(self._make_thumbnails(live), f"preview {job}")

    async def stop_updates(self, job: JobId) -> None:
        """Stop showing progress. Return when no edit is in progress."""
        self._pending.pop(job, None)
        if (live := self._live.pop(job, None)) is None:
            return
        await live.idle.wait()
        if live.task is not None:
            live.task.cancel()

    async def _keep_current(self, live: _LiveStatus) -> None:
        while True:
            await live.changed.wait()
            await self._clock.sleep(DEBOUNCE_S)  # a step's preview comes right after the step
            live.changed.clear()
            try:
                await self._edit_status(live)
            except TokenExpired:
                if live.post.private:
                    return  # nothing else reaches it
                live.token_alive = False
                live.changed.set()
            except MessageError as error:
                live.failures += 1
                if live.failures == 1:
                    log.info("status not shown", job=live.post.job, why=type(error).__name__)
                if isinstance(error, FINAL_REFUSALS) or (
                    live.failures >= REFUSALS_MAX and not isinstance(error, DiscordUnavailable)
                ):
                    return
            else:
                live.failures = 0

    async def _make_thumbnails(self, live: _LiveStatus) -> None:
        try:
            while (raw := live.raw_preview) is not None:
                live.raw_preview = None
                waits = live.thumbnail is not live.shown_thumbnail
                if waits and self._clock.tick() - live.thumbnail_at < PREVIEW_INTERVAL_S:
                    continue
                try:
                    live.thumbnail = await self._spool.make_thumbnail(raw)
                except BadPicture:
                    log.debug("preview is no picture", job=live.post.job)
                    continue
                live.thumbnail_at = self._clock.tick()
                live.changed.set()
        finally:
            live.shrinking = False

    async def _edit_status(self, live: _LiveStatus) -> None:
        by_token = live.token_alive and is_token_alive(live.post, self._clock.now())

        def supply_content() -> MessageContent | None:
            """Return the content at the moment of sending."""
            if live.build_card is None or self._live.get(live.post.job) is not live:
                return None
            if not by_token and live.post.private:
                return None  # nothing reaches it any more
            if not by_token and self._clock.now() - live.post.created_at >= EDITABLE_FOR:
                return None  # Discord delays edits of old messages: they are left to the last one
            card = live.build_card(live.thumbnail is not None)
            if card == live.shown_card and live.thumbnail is live.shown_thumbnail:
                return None
            live.shown_card, live.shown_thumbnail = card, live.thumbnail
            live.idle.clear()
            wants = card.embed is not None and card.embed.image == PREVIEW_NAME
            if not wants or live.thumbnail is None:
                return MessageContent(card)
            alt = "Unfinished picture"
            preview = FileUpload(PREVIEW_NAME, live.thumbnail, alt, spoiler=card.spoiler)
            return MessageContent(card, (preview,))

        try:
            post = live.post
            await self._messages.edit_message(post, supply_content, final=False, by_token=by_token)
        except MessageError:
            live.shown_card = None  # nobody knows what it says now
            raise
        finally:
            live.idle.set()
