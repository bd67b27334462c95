"""The last word of a job: its pictures, or why there are none. Said once, then written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core import job_cards
from bot.core.card import Card
from bot.core.errors import BackendError, BadPicture, BoardError, Down
from bot.core.ids import JobId
from bot.core.job import Job, State
from bot.core.request import Asker
from bot.flow.kit import Kit
from bot.flow.ladder import Ladder, Landed
from bot.flow.line import Line
from bot.flow.ports import Image, Kept, Post, Purpose, Shown, Upload
from bot.flow.ring import Bell
from bot.flow.status import Status

FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(hours=1)

log = structlog.stdlib.get_logger(__name__)


def asker_of(job: Job) -> Asker:
    """The requester as the books need them for a balance."""
    return Asker(job.requester, job.requester_name, job.guild, job.channel, roles=job.roles)


class Delivery:
    """Brings the last word. `start` never waits; a job is under way here at most once."""

    def __init__(self, kit: Kit, line: Line, status: Status, ladder: Ladder, bell: Bell) -> None:
        self._kit, self._line, self._status = kit, line, status
        self._ladder, self._bell = ladder, bell
        self._under_way: set[JobId] = set()
        self._refused: dict[JobId, tuple[int, datetime]] = {}

    def start(self, job: Job) -> None:
        """Deliver what is in the spool (DELIVERING), or tell how it ended (FAILED, CANCELLED).

        Nothing happens while it is under way already, or was refused everywhere a moment ago.
        """
        _, again_at = self._refused.get(job.id, (0, job.created_at))
        if job.id in self._under_way or self._kit.clock.now() < again_at:
            return
        self._under_way.add(job.id)
        self._kit.crew.spawn(self._whole(job), f"delivery {job.id}")

    def is_under_way(self, job: JobId) -> bool:
        """Whether its last word is being brought right now."""
        return job in self._under_way

    async def _whole(self, job: Job) -> None:
        try:
            if job.state is State.DELIVERING:
                await self._deliver(job)
            else:
                await self._tell(job)
        finally:
            self._under_way.discard(job.id)
        await self._line.refresh()

    async def left_today(self, job: Job) -> int | None:
        """Pictures left today for the requester, or None without a limit."""
        balance = await self._kit.books.balance(asker_of(job), self._kit.clock.now())
        return balance.left

    async def _deliver(self, job: Job) -> None:
        kept = await self._pictures(job)
        if kept is None:
            await self._later(job)
            return
        if not kept:
            log.error("pictures are gone", job=job.id)
            await self._close(job, ())
            return
        await self._status.settled(job.id)
        await self._status.close(job.id)
        card = job_cards.done(
            replace(job, ready=len(kept)), _took_s(job), await self.left_today(job)
        )

        async def make(limit: int) -> Shown:
            files = []
            for one in kept:
                name, data = await self._kit.spool.fit(one, limit)
                files.append(Upload(name, data, job_cards.alt(job, one.index)))
            return Shown(card, tuple(files))

        landed: Landed | None = None
        try:
            landed = await self._ladder.climb(job, make, files=len(kept))
        except (BadPicture, OSError) as error:  # the spool was damaged under our hands
            log.warning("pictures cannot be read", job=job.id, why=repr(error))
        if landed is None:
            await self._later(job)
            return
        images = tuple(
            Image(job.id, one.index, "", job.order.seed + one.index, landed.message) for one in kept
        )
        await self._close(job, images)
        log.info("delivered", job=job.id, pictures=len(kept), edited=landed.edited)
        if landed.edited:
            await self._ring(job, landed)
        self._bell.forget(job.id)

    async def _close(self, job: Job, images: tuple[Image, ...]) -> None:
        """Write down what was delivered; nothing delivered is returned and told."""
        self._refused.pop(job.id, None)
        moved = await self._kit.books.deliver(job.id, images, self._kit.clock.now())
        if moved is not None and moved.job.state is State.FAILED:
            await self._tell(moved.job)

    async def _later(self, job: Job) -> None:
        """It was tried in vain just now: again after a rest, or returned once its time is over."""
        if self._is_too_late(job):
            log.error("no place took it", job=job.id, pictures=job.ready)
            await self._close(job, ())
        else:
            self._rest(job)

    def _is_too_late(self, job: Job) -> bool:
        now = self._kit.clock.now()
        return now - (job.generated_at or now) >= self._kit.house.deliver_within

    def _rest(self, job: Job) -> None:
        """No place takes it now: it is offered again, ever more rarely, until its time is over."""
        now = self._kit.clock.now()
        tries, _ = self._refused.get(job.id, (0, now))
        pause = min(FIRST_REST * 2**tries, LONGEST_REST)
        self._refused[job.id] = (tries + 1, now + pause)
        log.warning("no place takes it", job=job.id, again_in_s=pause.total_seconds())

    async def _pictures(self, job: Job) -> tuple[Kept, ...] | None:
        """From the spool; where that was emptied by hand, from the server once more.

        None: some are missing, and the server that has them is away.
        """
        kept = await self._kit.spool.kept(job.id)
        if len(kept) >= job.ready:
            return kept[: job.ready]
        log.warning("pictures are missing in the spool", job=job.id, found=len(kept))
        try:
            refs = await self._kit.painter.found(job.folder)
            if len(refs) > len(kept):
                pictures = [await self._kit.painter.fetch(ref) for ref in refs]
                await self._kit.spool.drop(job.id)
                for index, data in enumerate(pictures):
                    await self._kit.spool.keep(job.id, index, data)
        except Down:
            return None
        except BackendError as error:
            log.warning("and not to be had", job=job.id, why=error.sentence)
        return (await self._kit.spool.kept(job.id))[: job.ready]

    async def _ring(self, job: Job, landed: Landed) -> None:
        """One short reply that mentions the requester, where the silent edit may go unseen."""
        if not self._bell.is_due(job, self._kit.clock.now()):
            return
        now = self._kit.clock.now()
        post = await self._kit.books.intend(
            Post(job.id, Purpose.RING, self._kit.fresh.nonce(), landed.channel, now)
        )
        if post.message is not None:
            return
        try:
            shown = Shown(job_cards.ring(job))
            message = await self._kit.board.post(post, shown, reply_to=landed.message)
        except BoardError as error:
            log.info("no ring", job=job.id, why=type(error).__name__)
        else:
            await self._kit.books.posted(_at(post, message))

    async def _tell(self, job: Job) -> None:
        await self._status.settled(job.id)
        await self._status.close(job.id)
        left = await self.left_today(job)
        card = _ending(job, left)

        async def make(_limit: int) -> Shown:
            return Shown(card)

        anew = job.state is State.FAILED
        landed = await self._ladder.climb(job, make, files=0, anew=anew)
        if landed is None and anew:
            self._rest(job)
            return
        await self._kit.books.told(job.id)
        self._bell.forget(job.id)
        log.info("told", job=job.id, state=job.state.value)


def _ending(job: Job, left: int | None) -> Card:
    if job.state is State.CANCELLED:
        return job_cards.cancelled(job, left)
    return job_cards.failed(job, left)


def _took_s(job: Job) -> float:
    if job.started_at is None or job.generated_at is None:
        return 0.0
    return max(0.0, (job.generated_at - job.started_at).total_seconds())


def _at(post: Post, message: int) -> Post:
    return Post(post.job, post.purpose, post.nonce, post.channel, post.created_at, message=message)
