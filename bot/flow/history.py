"""History of a member, with files once more and undelivered results.

Every query looks for the asking member's own jobs only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

import structlog

from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.errors import (
    BackendDown,
    BackendError,
    BadPicture,
    FilesTooLarge,
    LoginRequired,
    MessageError,
)
from bot.core.history import cards as history_cards
from bot.core.history.cards import PAGE_SIZE, HistoryPageRef, HistoryRow
from bot.core.history.model import DeliveryPlace, Draft, HistoryEntry, StoredImage
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import Purpose, SpooledFile
from bot.core.jobs.upload_limits import REQUEST_LIMIT, shrinking_limits
from bot.core.ui.card import FileUpload, MessageCard, MessageContent
from bot.flow.jobs.delivery import Delivery, build_job_context
from bot.flow.ports import ImageBackend, Messages, Spool, Stores
from bot.flow.runtime.context import FlowContext

REMIND_WITHIN: Final = timedelta(days=1)
SEARCH_MAX: Final = 100

SendContent: TypeAlias = Callable[[MessageContent], Awaitable[None]]

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _JobFiles:
    """A job's pictures at hand. `borrowed` ones lay in the spool no longer and go again."""

    files: tuple[SpooledFile, ...]
    temporary: bool = False


class HistoryCommands:
    """Service of /history. Cards are private. Files go through `send`, privately."""

    def __init__(
        self,
        delivery: Delivery,
        *,
        stores: Stores,
        backend: ImageBackend,
        spool: Spool,
        messages: Messages,
        context: FlowContext,
    ) -> None:
        self._stores, self._backend, self._spool = stores, backend, spool
        self._messages, self._context = messages, context
        self._delivery = delivery
        self._sending_jobs: set[JobId] = set()

    async def show_history(self, asker: RequestContext, search: str = "") -> MessageCard:
        """Show the member's newest pictures in this guild, or those that match a search.

        The search is kept for a day, so that its pages work after a restart.
        """
        search, draft = search.strip()[:SEARCH_MAX], ""
        if search:
            draft = self._context.ids.new_job_id()
            kept = Draft(JobId(draft), asker.user, asker.guild, DrawRequest("", search))
            await self._stores.history.save_draft(kept, self._context.clock.now())
        return await self._build_page_card(asker, HistoryPageRef(1, draft))

    async def show_page(self, asker: RequestContext, spot: HistoryPageRef) -> MessageCard:
        """Another page of the same list."""
        return await self._build_page_card(asker, spot)

    async def delete_entry(
        self, asker: RequestContext, target: JobId, spot: HistoryPageRef
    ) -> MessageCard:
        """Delete one of mine, its message with it, and show the list anew. It stays charged."""
        job, images = await self._find_own_job(asker, target)
        if job is None:
            return await self._build_page_card(asker, spot, "It's already been deleted.")
        try:
            for channel, message in await self._find_messages(job, images):
                await self._messages.delete_message(channel, message)
        except MessageError as error:
            log.info("not deleted", job=target, why=type(error).__name__)
            return await self._build_page_card(
                asker, spot, "I couldn't delete its message, so it stays in your history."
            )
        await self._stores.history.delete_history_entry(target)
        await self._spool.delete_job_files(target)
        return await self._build_page_card(asker, spot, "Deleted.")

    async def resend_files(
        self, asker: RequestContext, target: JobId, limit: int, send: SendContent
    ) -> MessageCard | None:
        """Show the files of one of mine once more, as they were drawn, with `send`.

        A file may have `limit` bytes; `send` raises BoardErrors. None: they were sent, else a
        card says why not.
        """
        job, images = await self._find_own_job(asker, target)
        if job is None:
            return history_cards.unknown_entry_card()
        if target in self._sending_jobs:
            return history_cards.already_sending_card()
        self._sending_jobs.add(target)
        try:
            files = await self._load_files(job, images)
            if files is None:
                return history_cards.backend_offline_card()
            if not files.files:
                return history_cards.file_gone_card(job)
            try:
                for batch in _split_batches(files.files, limit):
                    await self._send_batch(job, batch, limit, send)
            finally:
                if files.temporary:
                    await self._spool.delete_job_files(target)
        except FilesTooLarge:
            return history_cards.too_large_card()
        except MessageError as error:
            log.info("not sent again", job=target, why=type(error).__name__)
            return history_cards.try_later_card()
        except BadPicture:
            return history_cards.file_gone_card(job)
        finally:
            self._sending_jobs.discard(target)
        if any(image.place is DeliveryPlace.UNCOLLECTED for image in images):
            await self._stores.history.mark_images_collected(target)
        return None

    async def take_reminder(self, asker: RequestContext) -> MessageCard | None:
        """Return a reminder of undelivered pictures once, or None."""
        waiting = [
            j
            for j in await self._stores.history.list_uncollected_jobs(asker.user)
            if j.guild == asker.guild
        ]
        for job in waiting:
            await self._stores.jobs.mark_job_notified(job.id)
        if waiting:
            return history_cards.reminder_card(tuple(waiting))
        if not self._delivery.list_undelivered_jobs():
            return None
        now = self._context.clock.now()
        for job in await self._stores.jobs.list_unnotified_jobs(now - REMIND_WITHIN):
            mine = job.requester == asker.user and job.guild == asker.guild
            if (
                mine
                and job.id in self._delivery.list_undelivered_jobs()
                and job.state is State.FAILED
            ):
                balance = await self._stores.limits.compute_balance(build_job_context(job), now)
                await self._delivery.mark_notified(job.id)
                return job_cards.failed_card(job, balance.pictures_left)
        return None

    async def mark_message_deleted(self, message: int) -> None:
        """Remove the links to a deleted message."""
        if await self._stores.posts.find_post_by_message(message) is not None:
            await self._stores.history.mark_message_deleted(message)

    async def _find_own_job(
        self, asker: RequestContext, target: JobId
    ) -> tuple[Job | None, tuple[StoredImage, ...]]:
        job = await self._stores.jobs.find_job(target)
        if job is None or job.requester != asker.user or job.guild != asker.guild:
            return None, ()
        images = await self._stores.history.list_job_images(target)
        return (job, images) if images else (None, ())

    async def _build_page_card(
        self, asker: RequestContext, spot: HistoryPageRef, lead: str = ""
    ) -> MessageCard:
        search = ""
        if spot.draft:
            draft = await self._stores.history.find_draft(JobId(spot.draft))
            if draft is not None and draft.user == asker.user:
                search = draft.request.prompt
            else:
                spot, lead = (
                    HistoryPageRef(),
                    f"{lead} That search has expired, so here is everything.".strip(),
                )
        leaf = await self._stores.history.load_history_page(
            asker.user, asker.guild, search, (spot.number - 1) * PAGE_SIZE, PAGE_SIZE
        )
        last = max(1, -(-leaf.total // PAGE_SIZE))
        if spot.number > last:
            spot = HistoryPageRef(last, spot.draft)
            leaf = await self._stores.history.load_history_page(
                asker.user, asker.guild, search, (last - 1) * PAGE_SIZE, PAGE_SIZE
            )
        await self._mark_seen(asker, leaf.entries)
        entries = tuple(map(_build_row, leaf.entries))
        return history_cards.page_card(entries, leaf.total, spot, search, lead)

    async def _mark_seen(self, asker: RequestContext, pasts: tuple[HistoryEntry, ...]) -> None:
        """Record that the member saw waiting pictures in the list."""
        shown = {past.job.id for past in pasts if past.images[0].place is DeliveryPlace.UNCOLLECTED}
        if shown:
            for job in await self._stores.history.list_uncollected_jobs(asker.user):
                if job.id in shown:
                    await self._stores.jobs.mark_job_notified(job.id)

    async def _find_messages(
        self, job: Job, images: tuple[StoredImage, ...]
    ) -> list[tuple[int, int]]:
        """Return the messages with these images and the ping that replied to them."""
        reachable = (DeliveryPlace.CHANNEL, DeliveryPlace.DIRECT)
        found = [
            (image.channel or job.channel, image.message)
            for image in images
            if image.message is not None and image.place in reachable
        ]
        for post in await self._stores.posts.list_job_posts(job.id):
            if post.purpose is Purpose.PING and post.message is not None:
                found.append((post.channel, post.message))
        return list(dict.fromkeys(found))

    async def _load_files(self, job: Job, images: tuple[StoredImage, ...]) -> _JobFiles | None:
        """Load files from the spool, else from SwarmUI.

        Returns none if both have lost them, and None if SwarmUI, which alone may have them, is
        down.
        """
        wanted = {image.index for image in images}
        kept = await self._spool.list_spooled_files(job.id)
        if wanted <= {one.index for one in kept}:
            return _JobFiles(tuple(one for one in kept if one.index in wanted))
        try:
            refs = {image.index: image.path for image in images if image.path}
            if len(refs) < len(wanted):
                refs = dict(enumerate(await self._backend.list_saved_images(job.folder)))
            fetched = [
                await self._spool.save_image(job.id, index, await self._backend.fetch_image(ref))
                for index, ref in refs.items()
                if index in wanted
            ]
        except (BackendDown, LoginRequired):
            return None
        except BackendError as error:
            log.info("file is gone", job=job.id, why=error.sentence)
            fetched = []
        found = {one.index: one for one in (*kept, *fetched) if one.index in wanted}
        return _JobFiles(tuple(found[index] for index in sorted(found)), temporary=not kept)

    async def _send_batch(
        self, job: Job, batch: tuple[SpooledFile, ...], limit: int, send: SendContent
    ) -> None:
        """Send these, smaller where Discord finds them too large after all."""
        *earlier, last = shrinking_limits(limit, tuple(one.size for one in batch))
        for one in earlier:
            try:
                await send(await self._build_content(job, batch, one))
            except FilesTooLarge as error:
                log.info("too large", job=job.id, limit=one, why=str(error))
            else:
                return
        await send(await self._build_content(job, batch, last))

    async def _build_content(
        self, job: Job, batch: tuple[SpooledFile, ...], limit: int
    ) -> MessageContent:
        uploads, smaller = [], False
        for one in batch:
            name, data = await self._spool.read_within_limit(one, limit)
            smaller = smaller or len(data) != one.size
            alt = job_cards.build_alt_text(job, one.index)
            uploads.append(FileUpload(name, data, alt, job.order.spoiler))
        return MessageContent(history_cards.resend_card(job, smaller=smaller), tuple(uploads))


def _build_row(past: HistoryEntry) -> HistoryRow:
    job, image = past.job, past.images[0]
    where, note = "", ""
    if image.place is DeliveryPlace.UNCOLLECTED:
        note = "**waiting here**"
    elif image.place is DeliveryPlace.DELETED:
        note = "message deleted"
    elif image.place is DeliveryPlace.PRIVATE:
        note = "visible only to you"
    elif image.message is not None:
        guild = job.guild if image.place is DeliveryPlace.CHANNEL else 0
        where = history_cards.message_link(guild, image.channel or job.channel, image.message)
    return HistoryRow(job, job.ended_at or job.created_at, where, note)


def _split_batches(kept: tuple[SpooledFile, ...], limit: int) -> list[tuple[SpooledFile, ...]]:
    """Split files into requests without shrinking any to fit."""
    batches: list[tuple[SpooledFile, ...]] = []
    room = 0
    for one in kept:
        size = min(one.size, limit)
        if not batches or size > room:
            batches.append(())
            room = REQUEST_LIMIT
        batches[-1] += (one,)
        room -= size
    return batches
