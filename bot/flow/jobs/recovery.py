"""At the start: every job that lives is taken up again where the last process left it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.core.errors import BoardError, Gone, TokenDead
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import Shown
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.queue import Line
from bot.flow.jobs.stale_card import is_too_late
from bot.flow.jobs.status_message import Status, lives
from bot.flow.jobs.worker import Worker
from bot.flow.runtime.services import Kit

UNTOLD_WITHIN = timedelta(days=1)
RING_WITHIN = timedelta(minutes=10)  # later than that nobody waits for it
log = structlog.stdlib.get_logger(__name__)


class Recovery:
    """Queued: drawn. Running: found in its folder, else drawn once more. Delivering: sent."""

    def __init__(
        self, kit: Kit, line: Line, status: Status, worker: Worker, delivery: Delivery
    ) -> None:
        self._kit, self._line, self._status = kit, line, status
        self._worker, self._delivery = worker, delivery
        self._left: tuple[Job, ...] = ()

    async def look(self) -> None:
        """See what the last process left. Before anybody can ask for something new."""
        since = self._kit.clock.now() - UNTOLD_WITHIN
        self._left = (*await self._kit.books.living(), *await self._kit.books.untold(since))

    async def run(self) -> int:
        """Take up what was left; returns how much. Discord has to be logged in.

        Somebody may have ended a job since it was seen: each is looked at again.
        """
        found = [await self._kit.books.job(job.id) for job in self._left]
        left = [job for job in found if job is not None and job.state is not State.DONE]
        await self._line.refresh()
        for job in left:
            if job.state in (State.QUEUED, State.RUNNING):
                self._status.expect(job.id, None)
                self._kit.crew.spawn(self._reopen(job), f"card {job.id}")
            if job.state is State.RUNNING:
                self._worker.resume(job)
            elif job.state is not State.QUEUED:
                self._kit.crew.spawn(self._say(job), f"last word {job.id}")
        self._kit.crew.spawn(self._stop_orphans(), "orphans")
        for ring in await self._kit.books.unrung(self._kit.clock.now() - RING_WITHIN):
            self._kit.crew.spawn(self._delivery.ring_again(ring), f"ring {ring.job}")
        if left:
            log.info("took up again", jobs=len(left))
        self._left = ()
        return len(left)

    async def _stop_orphans(self) -> None:
        """Tell SwarmUI of jobs that were cancelled right before the last process died.

        A session that draws for a living job has ended with the one before long ago.
        """
        busy = {job.session for job in await self._kit.books.living()}
        for session in await self._kit.books.orphans():
            if session not in busy:
                await self._kit.painter.stop(session)
            await self._kit.books.stopped(session)

    async def _say(self, job: Job) -> None:
        """Bring the last word, into the card that was posted even if nobody wrote down where."""
        posts = await self._kit.books.posts(job.id)
        card = next((post for post in posts if post.purpose is Purpose.STATUS), None)
        if card is not None and card.message is None and not card.private:
            try:
                if (message := await self._kit.board.find(card)) is not None:
                    await self._kit.books.posted(replace(card, message=message))
            except BoardError as error:
                log.info("card not looked for", job=job.id, why=type(error).__name__)
        self._delivery.start(job)

    async def _reopen(self, job: Job) -> None:
        """Keep its status message current again; where none was ever posted, post one."""
        try:
            post = await self.card_of(job)
        except BoardError as error:
            log.info("no card after the restart", job=job.id, why=type(error).__name__)
            self._status.give_up(job.id)
            return
        if post is None or await is_too_late(self._kit, self._status, post):
            self._status.give_up(job.id)
            return
        self._status.open(post)
        await self._line.refresh()

    async def card_of(self, job: Job) -> Post | None:
        """The job's status message: known, found again, or posted now.

        A private one is reached by its interaction's token or not at all; then it is None, and
        nothing is shown until the last word.
        """
        now = self._kit.clock.now()
        post = await self._kit.books.intend(
            Post(
                job.id,
                Purpose.STATUS,
                self._kit.fresh.nonce(),
                job.channel,
                now,
                private=job.order.private,
            )
        )
        if post.message is not None:
            return post
        shown = Shown(self._line.card(job))
        message: int | None = None
        if lives(post, now):
            with suppress(TokenDead, Gone):  # we died before there was a first answer
                message = await self._kit.board.fill(post, shown)
        if message is None and post.private:
            return None
        if message is None:
            # The interaction's token has no power over a message that it did not make.
            post = replace(post, token=None, token_until=None)
            message = await self._kit.board.find(post)
        if message is None:
            message = await self._kit.board.post(post, shown)
        post = replace(post, message=message)
        await self._kit.books.posted(post)
        return post
