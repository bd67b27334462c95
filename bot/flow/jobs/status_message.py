"""The live status of each job: a mailbox of one.

Producers never wait; the newest state wins and is drawn up at the moment when Discord's limits
let an edit out. Nothing is shown after `close`: the last word belongs to the ladder.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.core.errors import BadPicture, BoardError, TokenDead
from bot.core.ids import JobId
from bot.core.jobs.model import Post
from bot.core.ui.card import Card, Shown, Upload
from bot.flow.ports import Board, Spool
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.tasks import Crew

log = structlog.stdlib.get_logger(__name__)
PREVIEW_NAME = "preview.jpg"
TOKEN_MARGIN_S = 60.0
EDITABLE = timedelta(minutes=55)
ARRIVAL_S = 10.0
PREVIEW_EVERY_S = 0.4
GATHER_S = 0.05


def lives(post: Post, now: datetime) -> bool:
    """Whether the post's interaction token can still be used, with a minute to spare."""
    if post.token is None or post.token_until is None:
        return False
    return (post.token_until - now).total_seconds() > TOKEN_MARGIN_S


@dataclass(slots=True)
class _Box:
    """What is to be shown of one job. `draw(with_preview)` makes the card of this moment."""

    post: Post
    draw: Callable[[bool], Card] | None
    said: Card | None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    raw_preview: bytes | None = None
    thumbnail: bytes | None = None
    thumbnail_at: float = 0.0
    said_thumbnail: bytes | None = None
    shrinking: bool = False
    token_alive: bool = True
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class _Expected:
    card: Card | None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class Status:
    """Shows what happens, by editing the one status message of each job."""

    def __init__(self, board: Board, spool: Spool, clock: Clock, crew: Crew) -> None:
        self._board, self._spool, self._clock, self._crew = board, spool, clock, crew
        self._boxes: dict[JobId, _Box] = {}
        self._pending: dict[JobId, Callable[[bool], Card]] = {}
        self._expected: dict[JobId, _Expected] = {}

    def open(self, post: Post) -> None:
        """The status message exists now: keep it current."""
        shown: Card | None = None
        if (expected := self._expected.pop(post.job, None)) is not None:
            shown = expected.card
            expected.arrived.set()
        if post.job in self._boxes:
            return
        draw = self._pending.pop(post.job, None)
        box = _Box(post, draw, said=shown)
        box.idle.set()
        self._boxes[post.job] = box
        if draw is not None:
            box.changed.set()
        box.task = self._crew.spawn(self._keep_current(box), f"status {post.job}")

    def expect(self, job: JobId, card: Card | None) -> None:
        """A message, saying `card` if that is known, is on its way: `settled` waits for it."""
        self._expected.setdefault(job, _Expected(card))

    def expects(self, job: JobId) -> bool:
        """Whether a message is on its way, and the last word may be waiting for it."""
        return job in self._expected

    def give_up(self, job: JobId) -> None:
        """The first answer could not be sent: nobody need wait for it."""
        if (expected := self._expected.pop(job, None)) is not None:
            expected.arrived.set()

    async def settled(self, job: JobId) -> None:
        """Wait (ten seconds at most) until an expected status message is known or given up."""
        if (expected := self._expected.get(job)) is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(expected.arrived.wait(), ARRIVAL_S)
            self._expected.pop(job, None)

    def is_open(self, job: JobId) -> bool:
        """Whether a status message is being kept current for this job."""
        return job in self._boxes

    def offer(self, job: JobId, draw: Callable[[bool], Card]) -> None:
        """Never waits. `draw` is asked when an edit may go out; an older one is dropped."""
        if (box := self._boxes.get(job)) is None:
            self._pending[job] = draw
        else:
            box.draw = draw
            box.changed.set()

    def preview(self, job: JobId, data: bytes) -> None:
        """A newer unfinished picture. It rides on the next edit that may carry one."""
        if (box := self._boxes.get(job)) is None:
            return
        box.raw_preview = data
        if not box.shrinking:
            box.shrinking = True
            self._crew.spawn(self._shrink(box), f"preview {job}")

    async def close(self, job: JobId) -> Post | None:
        """Stop showing progress; returns once no edit of ours is on its way to Discord."""
        self._pending.pop(job, None)
        if (box := self._boxes.pop(job, None)) is None:
            return None
        await box.idle.wait()
        if box.task is not None:
            box.task.cancel()
        return box.post

    async def _keep_current(self, box: _Box) -> None:
        while True:
            await box.changed.wait()
            await self._clock.sleep(GATHER_S)  # a step's preview comes right after the step
            box.changed.clear()
            try:
                await self._edit(box)
            except TokenDead:
                box.token_alive = False
                box.changed.set()
            except BoardError as error:
                log.info("status not shown", job=box.post.job, why=type(error).__name__)

    async def _shrink(self, box: _Box) -> None:
        """Make thumbnails of the newest previews, no more than can be shown."""
        try:
            while (raw := box.raw_preview) is not None:
                box.raw_preview = None
                waits = box.thumbnail is not box.said_thumbnail
                if waits and self._clock.tick() - box.thumbnail_at < PREVIEW_EVERY_S:
                    continue
                try:
                    box.thumbnail = await self._spool.thumbnail(raw)
                except BadPicture:
                    log.debug("preview is no picture", job=box.post.job)
                    continue
                box.thumbnail_at = self._clock.tick()
                box.changed.set()
        finally:
            box.shrinking = False

    async def _edit(self, box: _Box) -> None:
        by_token = box.token_alive and lives(box.post, self._clock.now())

        def supply() -> Shown | None:
            """Asked at the very moment of sending: from here on an edit is on its way."""
            if box.draw is None or self._boxes.get(box.post.job) is not box:
                return None
            if not by_token and box.post.private:
                return None  # nothing reaches it any more
            if not by_token and self._clock.now() - box.post.created_at >= EDITABLE:
                return (
                    None  # Discord holds back edits of old messages: what is left is the last word
                )
            card = box.draw(box.thumbnail is not None)
            if card == box.said and box.thumbnail is box.said_thumbnail:
                return None
            box.said, box.said_thumbnail = card, box.thumbnail
            box.idle.clear()
            wants = card.panel is not None and card.panel.image == PREVIEW_NAME
            if not wants or box.thumbnail is None:
                return Shown(card)
            preview = Upload(
                PREVIEW_NAME, box.thumbnail, "Unfinished picture", spoiler=card.spoiler
            )
            return Shown(card, (preview,))

        try:
            await self._board.edit(box.post, supply, final=False, by_token=by_token)
        except BoardError:
            box.said = None  # nobody knows what it says now
            raise
        finally:
            box.idle.set()
