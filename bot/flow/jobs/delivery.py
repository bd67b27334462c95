"""
The last word of a job: its pictures, or why there are none. Said once, then written down.

Pictures that every rung of the ladder refused wait in `/history`. They are there for their
requester from that moment on, so that counts as delivered, and is charged; at their next
interaction they are told of it. Nothing is charged before, and everything is returned where even
that would reach nobody: the pictures were lost, or the bot was removed from the server and its
direct messages are refused until `deliver_within` is over. While Discord is away pictures are
offered again and again for as long, and only then wait in `/history`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bot.core.drawing.request import Asker
from bot.core.errors import BackendError, BadPicture, BoardError, Down, Unavailable
from bot.core.history import cards as history_cards
from bot.core.history.model import Image, Place
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import Kept, Post, Purpose
from bot.core.ui.card import Card, Shown, Upload
from bot.flow.jobs.completion_ping import Bell
from bot.flow.jobs.delivery_routes import Ladder, Landed
from bot.flow.jobs.queue import Line
from bot.flow.jobs.status_message import Status
from bot.flow.runtime.services import Kit

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
        self._refused: dict[JobId, tuple[int, float]] = {}  # tries, and when the next may be
        self._refs: dict[JobId, dict[int, str]] = {}

    def saw(self, job: JobId, index: int, ref: str) -> None:
        """The server named a picture: history remembers under which path it lies there."""
        if not ref.startswith("data:"):
            self._refs.setdefault(job, {})[index] = ref

    def unheard(self) -> frozenset[JobId]:
        """Jobs whose last word was refused everywhere, and rests before it is said again."""
        return frozenset(self._refused) - self._under_way

    def start(self, job: Job) -> None:
        """Deliver what is in the spool (DELIVERING), or tell how it ended (FAILED, CANCELLED).

        Nothing happens while it is under way already, or was refused everywhere a moment ago.
        """
        tries, again_at = self._refused.get(job.id, (0, 0.0))
        if job.id in self._under_way or (tries and self._kit.clock.tick() < again_at):
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
        spoken = self._kit.showing.job(job)
        card = job_cards.done(
            replace(spoken, ready=len(kept)), _took_s(job), await self.left_today(job)
        )

        async def make(limit: int) -> Shown:
            files, said = [], card
            for one in kept:
                name, data = await self._kit.spool.fit(one, limit)
                text = job_cards.alt(spoken, one.index, one.kind)
                files.append(Upload(name, data, text, card.spoiler))
                if len(data) != one.size:
                    said = replace(card, content=history_cards.smaller(card.content))
            return Shown(said, tuple(files))

        landed, away = None, False
        try:
            landed = await self._ladder.climb(job, make, sizes=tuple(one.size for one in kept))
        except Unavailable:
            away = True
        except (BadPicture, OSError) as error:  # the spool was damaged under our hands
            log.warning("pictures cannot be read", job=job.id, why=repr(error))
            await self._later(job)
            return
        if landed is None:
            if (away and not self._is_too_late(job)) or not self._kit.board.is_in(job.guild):
                await self._later(job)
                return
            await self._ladder.leave_word(job, history_cards.waits(job))
        ring = await self._ring_due(job, landed)
        await self._close(job, tuple(self._image(job, one.index, landed) for one in kept))
        where = Place.WAITING if landed is None else landed.place
        log.info("delivered", job=job.id, pictures=len(kept), place=where.value)
        if ring is not None and landed is not None:
            await self._ring(job, ring, landed.message)
        self._bell.forget(job.id)

    def _image(self, job: Job, index: int, landed: Landed | None) -> Image:
        path, seed = self._refs.get(job.id, {}).get(index, ""), job.order.seed + index
        if landed is None:
            return Image(job.id, index, path, seed, None, Place.WAITING)
        return Image(job.id, index, path, seed, landed.message, landed.place, landed.channel)

    async def _close(self, job: Job, images: tuple[Image, ...]) -> None:
        """Write down what was delivered; nothing delivered is returned and told."""
        self._refused.pop(job.id, None)
        self._refs.pop(job.id, None)
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
        tries, _ = self._refused.get(job.id, (0, 0.0))
        pause_s = min(FIRST_REST * 2**tries, LONGEST_REST).total_seconds()
        self._refused[job.id] = (tries + 1, self._kit.clock.tick() + pause_s)
        log.warning("no place takes it", job=job.id, again_in_s=pause_s)

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
                for index, (ref, data) in enumerate(zip(refs, pictures, strict=True)):
                    await self._kit.spool.keep(job.id, index, data)
                    self.saw(job.id, index, ref)
        except Down:
            return None
        except BackendError as error:
            log.warning("and not to be had", job=job.id, why=error.sentence)
        return (await self._kit.spool.kept(job.id))[: job.ready]

    async def _ring_due(self, job: Job, landed: Landed | None) -> Post | None:
        """The intent of one short reply that mentions the requester; None where none is due.

        A direct message rings by itself, and nothing private is spoken of in a channel.
        """
        if landed is None or landed.place is not Place.CHANNEL:
            return None
        now = self._kit.clock.now()
        if not self._bell.is_due(job, now):
            return None
        post = Post(job.id, Purpose.RING, self._kit.fresh.nonce(), landed.channel, now)
        return await self._kit.books.intend(post)

    async def ring_again(self, ring: Post) -> None:
        """We died after the delivery: ring, unless that was done already."""
        job = await self._kit.books.job(ring.job)
        images = await self._kit.books.images(ring.job)
        message = next((image.message for image in images if image.message is not None), None)
        if job is None or message is None:
            return
        try:
            rung = await self._kit.board.find(ring)
        except BoardError as error:
            log.info("no ring", job=job.id, why=type(error).__name__)
            return
        if rung is not None:
            await self._kit.books.posted(replace(ring, message=rung))
        else:
            await self._ring(job, ring, message)

    async def _ring(self, job: Job, ring: Post, result: int) -> None:
        if ring.message is not None:
            return
        try:
            message = await self._kit.board.post(ring, Shown(job_cards.ring(job)), reply_to=result)
        except BoardError as error:
            log.info("no ring", job=job.id, why=type(error).__name__)
        else:
            await self._kit.books.posted(replace(ring, message=message))

    async def _tell(self, job: Job) -> None:
        await self._status.settled(job.id)
        await self._status.close(job.id)
        left = await self.left_today(job)
        card = _ending(self._kit.showing.job(job), left)

        async def make(_limit: int) -> Shown:
            return Shown(card)

        # A card that nobody reaches any more tells nothing: a private one has no other place.
        anew = job.state is State.FAILED or (job.order.private and bool(job.reason))
        landed = None
        with suppress(Unavailable):
            landed = await self._ladder.climb(job, make, anew=anew)
        if landed is None and anew:
            self._rest(job)
            return
        await self.heard(job.id)
        self._bell.forget(job.id)
        log.info("told", job=job.id, state=job.state.value)

    async def heard(self, job: JobId) -> None:
        """The person knows how it ended."""
        await self._kit.books.told(job)
        self._refused.pop(job, None)
        self._refs.pop(job, None)


def _ending(job: Job, left: int | None) -> Card:
    if job.state is State.CANCELLED:
        return job_cards.cancelled(job, left)
    return job_cards.failed(job, left)


def _took_s(job: Job) -> float:
    if job.started_at is None or job.generated_at is None:
        return 0.0
    return max(0.0, (job.generated_at - job.started_at).total_seconds())
