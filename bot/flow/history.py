"""What was drawn for somebody: a private list, the files once more, and what waits for its owner.

Nothing here is asked about another person: every door looks for the asker's own jobs only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

import structlog

from bot.core.drawing.request import Asker, Wish
from bot.core.errors import BackendError, BadPicture, BoardError, Down, TooLarge, Unauthorised
from bot.core.history import cards as history_cards
from bot.core.history.cards import PAGE, Entry, Spot
from bot.core.history.model import Draft, Image, Past, Place
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import Kept, Purpose
from bot.core.jobs.upload_limits import REQUEST_LIMIT, limits
from bot.core.ui.card import Card, Shown, Upload
from bot.flow.jobs.delivery import Delivery, asker_of
from bot.flow.runtime.services import Kit

UNTOLD_WITHIN: Final = timedelta(days=1)
SEARCH_MAX: Final = 100

Send: TypeAlias = Callable[[Shown], Awaitable[None]]

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Files:
    """A job's pictures at hand. `borrowed` ones lay in the spool no longer and go again."""

    kept: tuple[Kept, ...]
    borrowed: bool = False


class History:
    """Answers about what is over. Cards are private; the files go through `send`, privately."""

    def __init__(self, kit: Kit, delivery: Delivery) -> None:
        self._kit, self._delivery = kit, delivery
        self._sending: set[JobId] = set()

    async def page(self, asker: Asker, search: str = "") -> Card:
        """The newest of my pictures in this server, or of those that have these words.

        The search is kept for a day, so that its pages can be turned after a restart too.
        """
        search, draft = search.strip()[:SEARCH_MAX], ""
        if search:
            draft = self._kit.fresh.job_id()
            kept = Draft(JobId(draft), asker.user, asker.guild, Wish("", search))
            await self._kit.books.keep_draft(kept, self._kit.clock.now())
        return await self._list(asker, Spot(1, draft))

    async def turn(self, asker: Asker, spot: Spot) -> Card:
        """Another page of the same list."""
        return await self._list(asker, spot)

    async def forget(self, asker: Asker, target: JobId, spot: Spot) -> Card:
        """Delete one of mine, its message with it, and show the list anew. It stays charged."""
        job, images = await self._mine(asker, target)
        if job is None:
            return await self._list(asker, spot, "That one is gone already.")
        try:
            for channel, message in await self._messages(job, images):
                await self._kit.board.delete(channel, message)
        except BoardError as error:
            log.info("not deleted", job=target, why=type(error).__name__)
            return await self._list(asker, spot, "I couldn't delete its message, so it stays here.")
        await self._kit.books.forget(target)
        await self._kit.spool.drop(target)
        return await self._list(asker, spot, "Deleted.")

    async def resend(self, asker: Asker, target: JobId, limit: int, send: Send) -> Card | None:
        """Show the files of one of mine once more, as they were drawn, with `send`.

        A file may have `limit` bytes; `send` raises BoardErrors. None: they were sent, else a
        card says why not.
        """
        job, images = await self._mine(asker, target)
        if job is None:
            return history_cards.not_in_history()
        if target in self._sending:
            return history_cards.on_its_way()
        self._sending.add(target)
        try:
            files = await self._files(job, images)
            if files is None:
                return history_cards.out_of_reach()
            if not files.kept:
                return history_cards.file_gone(job)
            try:
                for batch in _batches(files.kept, limit):
                    await self._send(job, batch, limit, send)
            finally:
                if files.borrowed:
                    await self._kit.spool.drop(target)
        except TooLarge:
            return history_cards.too_large()
        except BoardError as error:
            log.info("not sent again", job=target, why=type(error).__name__)
            return history_cards.not_now()
        except BadPicture:
            return history_cards.file_gone(job)
        finally:
            self._sending.discard(target)
        if any(image.place is Place.WAITING for image in images):
            await self._kit.books.handed(target)
        return None

    async def reminder(self, asker: Asker) -> Card | None:
        """What this person has not heard because no place would take it; said once."""
        waiting = [j for j in await self._kit.books.waiting(asker.user) if j.guild == asker.guild]
        for job in waiting:
            await self._kit.books.told(job.id)
        if waiting:
            return history_cards.reminder(tuple(waiting))
        if not self._delivery.unheard():
            return None
        now = self._kit.clock.now()
        for job in await self._kit.books.untold(now - UNTOLD_WITHIN):
            mine = job.requester == asker.user and job.guild == asker.guild
            if mine and job.id in self._delivery.unheard() and job.state is State.FAILED:
                balance = await self._kit.books.balance(asker_of(job), now)
                await self._delivery.heard(job.id)
                return job_cards.failed(job, balance.left)
        return None

    async def message_gone(self, message: int) -> None:
        """A message was deleted, here or anywhere: what hung there has no link any more."""
        if await self._kit.books.post_of_message(message) is not None:
            await self._kit.books.message_gone(message)

    async def _mine(self, asker: Asker, target: JobId) -> tuple[Job | None, tuple[Image, ...]]:
        job = await self._kit.books.job(target)
        if job is None or job.requester != asker.user or job.guild != asker.guild:
            return None, ()
        images = await self._kit.books.images(target)
        return (job, images) if images else (None, ())

    async def _list(self, asker: Asker, spot: Spot, lead: str = "") -> Card:
        search = ""
        if spot.draft:
            draft = await self._kit.books.draft(JobId(spot.draft))
            if draft is not None and draft.user == asker.user:
                search = draft.wish.prompt
            else:
                spot, lead = Spot(), f"{lead} That search is a day old; here is everything.".strip()
        leaf = await self._kit.books.history(
            asker.user, asker.guild, search, (spot.number - 1) * PAGE, PAGE
        )
        last = max(1, -(-leaf.total // PAGE))
        if spot.number > last:
            spot = Spot(last, spot.draft)
            leaf = await self._kit.books.history(
                asker.user, asker.guild, search, (last - 1) * PAGE, PAGE
            )
        await self._seen(asker, leaf.pasts)
        entries = tuple(map(_entry, leaf.pasts))
        return history_cards.page(entries, leaf.total, spot, search, lead)

    async def _seen(self, asker: Asker, pasts: tuple[Past, ...]) -> None:
        """Who reads of a waiting picture in the list need not be told of it again."""
        shown = {past.job.id for past in pasts if past.images[0].place is Place.WAITING}
        if shown:
            for job in await self._kit.books.waiting(asker.user):
                if job.id in shown:
                    await self._kit.books.told(job.id)

    async def _messages(self, job: Job, images: tuple[Image, ...]) -> list[tuple[int, int]]:
        """Where our messages with these pictures are, and the ring that replied to them."""
        reachable = (Place.CHANNEL, Place.DIRECT)
        found = [
            (image.channel or job.channel, image.message)
            for image in images
            if image.message is not None and image.place in reachable
        ]
        for post in await self._kit.books.posts(job.id):
            if post.purpose is Purpose.RING and post.message is not None:
                found.append((post.channel, post.message))
        return list(dict.fromkeys(found))

    async def _files(self, job: Job, images: tuple[Image, ...]) -> _Files | None:
        """From the spool, else from the server; none where both have none of them any more.

        None itself: the server, which alone may have them, is away.
        """
        wanted = {image.index for image in images}
        kept = await self._kit.spool.kept(job.id)
        if wanted <= {one.index for one in kept}:
            return _Files(tuple(one for one in kept if one.index in wanted))
        try:
            refs = {image.index: image.path for image in images if image.path}
            if len(refs) < len(wanted):
                refs = dict(enumerate(await self._kit.painter.found(job.folder)))
            fetched = [
                await self._kit.spool.keep(job.id, index, await self._kit.painter.fetch(ref))
                for index, ref in refs.items()
                if index in wanted
            ]
        except (Down, Unauthorised):
            return None
        except BackendError as error:
            log.info("file is gone", job=job.id, why=error.sentence)
            fetched = []
        found = {one.index: one for one in (*kept, *fetched) if one.index in wanted}
        return _Files(tuple(found[index] for index in sorted(found)), borrowed=not kept)

    async def _send(self, job: Job, batch: tuple[Kept, ...], limit: int, send: Send) -> None:
        """Send these, smaller where Discord finds them too large after all."""
        *earlier, last = limits(limit, tuple(one.size for one in batch))
        for one in earlier:
            try:
                await send(await self._drawn(job, batch, one))
            except TooLarge as error:
                log.info("too large", job=job.id, limit=one, why=str(error))
            else:
                return
        await send(await self._drawn(job, batch, last))

    async def _drawn(self, job: Job, batch: tuple[Kept, ...], limit: int) -> Shown:
        uploads, smaller = [], False
        for one in batch:
            name, data = await self._kit.spool.fit(one, limit)
            smaller = smaller or len(data) != one.size
            alt = job_cards.alt(job, one.index)
            uploads.append(Upload(name, data, alt, job.order.spoiler))
        return Shown(history_cards.again(job, smaller=smaller), tuple(uploads))


def _entry(past: Past) -> Entry:
    job, image = past.job, past.images[0]
    where, note = "", ""
    if image.place is Place.WAITING:
        note = "**waits here**"
    elif image.place is Place.GONE:
        note = "message deleted"
    elif image.place is Place.PRIVATE:
        note = "shown to you alone"
    elif image.message is not None:
        guild = job.guild if image.place is Place.CHANNEL else 0
        where = history_cards.link(guild, image.channel or job.channel, image.message)
    return Entry(job, job.ended_at or job.created_at, where, note)


def _batches(kept: tuple[Kept, ...], limit: int) -> list[tuple[Kept, ...]]:
    """As many together as one request takes: none is made smaller only to fit with others."""
    batches: list[tuple[Kept, ...]] = []
    room = 0
    for one in kept:
        size = min(one.size, limit)
        if not batches or size > room:
            batches.append(())
            room = REQUEST_LIMIT
        batches[-1] += (one,)
        room -= size
    return batches
