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

from bot.core.errors import BadPicture, MessageError, TokenExpired
from bot.core.ids import JobId
from bot.core.jobs.model import Post
from bot.core.ui.card import FileUpload, MessageCard, MessageContent
from bot.flow.ports import Messages, Spool
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.tasks import TaskSupervisor

log = structlog.stdlib.get_logger(__name__)
PREVIEW_NAME = "preview.jpg"
TOKEN_MARGIN_S = 60.0
EDITABLE_FOR = timedelta(minutes=55)
ARRIVAL_TIMEOUT_S = 10.0
PREVIEW_INTERVAL_S = 0.4
DEBOUNCE_S = 0.05


def is_token_alive(post: Post, now: datetime) -> bool:
    """Return True if the interaction token works for at least another minute."""
    if post.token is None or post.token_until is None:
        return False
    return (post.token_until - now).total_seconds() > TOKEN_MARGIN_S


@dataclass(slots=True)
class _LiveStatus:
    """Latest state of a job. `draw(with_preview)` renders its card."""

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
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class _ExpectedMessage:
    card: MessageCard | None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class StatusMessages:
    """Shows what happens, by editing the one status message of each job."""

    def __init__(self, board: Messages, spool: Spool, clock: Clock, crew: TaskSupervisor) -> None:
        self._messages, self._spool, self._clock, self._tasks = board, spool, clock, crew
        self._live: dict[JobId, _LiveStatus] = {}
        self._pending: dict[JobId, Callable[[bool], MessageCard]] = {}
        self._expected: dict[JobId, _ExpectedMessage] = {}

    def start_updates(self, post: Post) -> None:
        """Keep a new status message current."""
        shown: MessageCard | None = None
        if (expected := self._expected.pop(post.job, None)) is not None:
            shown = expected.card
            expected.arrived.set()
        if post.job in self._live:
            return
        draw = self._pending.pop(post.job, None)
        box = _LiveStatus(post, draw, shown_card=shown)
        box.idle.set()
        self._live[post.job] = box
        if draw is not None:
            box.changed.set()
        box.task = self._tasks.spawn_task(self._keep_current(box), f"status {post.job}")

    def expect_message(self, job: JobId, card: MessageCard | None) -> None:
        """Expect a message, showing `card` if known. `settled` waits for it."""
        self._expected.setdefault(job, _ExpectedMessage(card))

    def is_message_expected(self, job: JobId) -> bool:
        """Return True while a status message is being sent."""
        return job in self._expected

    def cancel_expectation(self, job: JobId) -> None:
        """Stop expecting a message that could not be sent."""
        if (expected := self._expected.pop(job, None)) is not None:
            expected.arrived.set()

    async def wait_for_message(self, job: JobId) -> None:
        """Wait (ten seconds at most) until an expected status message is known or given up."""
        if (expected := self._expected.get(job)) is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(expected.arrived.wait(), ARRIVAL_TIMEOUT_S)
            self._expected.pop(job, None)

    def is_open(self, job: JobId) -> bool:
        """Return True while a job's status message is kept current."""
        return job in self._live

    def offer_card(self, job: JobId, draw: Callable[[bool], MessageCard]) -> None:
        """Offer a new state without waiting. `draw` is called when an edit may be sent."""
        if (box := self._live.get(job)) is None:
            self._pending[job] = draw
        else:
            box.build_card = draw
            box.changed.set()

    def offer_preview(self, job: JobId, data: bytes) -> None:
        """Offer a newer preview for the next edit that may carry one."""
        if (box := self._live.get(job)) is None:
            return
        box.raw_preview = data
        if not box.shrinking:
            box.shrinking = True
            self._tasks.spawn_task(self._make_thumbnails(box), f"preview {job}")

    async def stop_updates(self, job: JobId) -> Post | None:
        """Stop showing progress. Return when no edit is in progress."""
        self._pending.pop(job, None)
        if (box := self._live.pop(job, None)) is None:
            return None
        await box.idle.wait()
        if box.task is not None:
            box.task.cancel()
        return box.post

    async def _keep_current(self, box: _LiveStatus) -> None:
        while True:
            await box.changed.wait()
            await self._clock.sleep(DEBOUNCE_S)  # a step's preview comes right after the step
            box.changed.clear()
            try:
                await self._edit_status(box)
            except TokenExpired:
                box.token_alive = False
                box.changed.set()
            except MessageError as error:
                log.info("status not shown", job=box.post.job, why=type(error).__name__)

    async def _make_thumbnails(self, box: _LiveStatus) -> None:
        """Make thumbnails of the newest previews, no more than can be shown."""
        try:
            while (raw := box.raw_preview) is not None:
                box.raw_preview = None
                waits = box.thumbnail is not box.shown_thumbnail
                if waits and self._clock.tick() - box.thumbnail_at < PREVIEW_INTERVAL_S:
                    continue
                try:
                    box.thumbnail = await self._spool.make_thumbnail(raw)
                except BadPicture:
                    log.debug("preview is no picture", job=box.post.job)
                    continue
                box.thumbnail_at = self._clock.tick()
                box.changed.set()
        finally:
            box.shrinking = False

    async def _edit_status(self, box: _LiveStatus) -> None:
        by_token = box.token_alive and is_token_alive(box.post, self._clock.now())

        def supply_content() -> MessageContent | None:
            """Return the content at the moment of sending."""
            if box.build_card is None or self._live.get(box.post.job) is not box:
                return None
            if not by_token and box.post.private:
                return None  # nothing reaches it any more
            if not by_token and self._clock.now() - box.post.created_at >= EDITABLE_FOR:
                return (
                    None  # Discord holds back edits of old messages: what is left is the last word
                )
            card = box.build_card(box.thumbnail is not None)
            if card == box.shown_card and box.thumbnail is box.shown_thumbnail:
                return None
            box.shown_card, box.shown_thumbnail = card, box.thumbnail
            box.idle.clear()
            wants = card.embed is not None and card.embed.image == PREVIEW_NAME
            if not wants or box.thumbnail is None:
                return MessageContent(card)
            preview = FileUpload(
                PREVIEW_NAME, box.thumbnail, "Unfinished picture", spoiler=card.spoiler
            )
            return MessageContent(card, (preview,))

        try:
            await self._messages.edit_message(
                box.post, supply_content, final=False, by_token=by_token
            )
        except MessageError:
            box.shown_card = None  # nobody knows what it says now
            raise
        finally:
            box.idle.set()
