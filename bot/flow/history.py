"""History of a member, with files once more and undelivered results.

Every query looks for the asking member's own jobs only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from bot.core import errors
from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.history import cards as history_cards
from bot.core.history.cards import PAGE_SIZE, HistoryPageRef, HistoryRow
from bot.core.history.model import DeliveryPlace, Draft, HistoryEntry, HistoryPage, StoredImage
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import Purpose
from bot.core.ui.card import MessageCard
from bot.flow.jobs.delivery import Delivery, build_job_context
from bot.flow.jobs.resend import JobFileSender, SendContent
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

REMIND_WITHIN: Final = timedelta(days=1)
SEARCH_MAX: Final = 100

log = structlog.stdlib.get_logger(__name__)


class HistoryCommands:
    """Service of /history. Cards are private. Files go through `send`, privately."""

    def __init__(self, delivery: Delivery, ports: FlowPorts, context: FlowContext) -> None:
        self._stores, self._messages = ports.stores, ports.messages
        self._spool, self._files = ports.spool, JobFileSender(ports)
        self._delivery, self._context = delivery, context
        self._sending_jobs: set[JobId] = set()
        self._checked_at = -1  # `uncollected_count` when `_members_without` was begun
        self._members_without: set[int] = set()  # members known to have nothing waiting

    async def show_history(self, asker: RequestContext, search: str = "") -> MessageCard:
        """Show the member's newest pictures in this guild, or those that match a search.

        The search is kept for a day, so that its pages work after a restart.
        """
        search, draft = search.strip()[:SEARCH_MAX], ""
        if search:
            draft = self._context.ids.new_job_id()
            kept = Draft(JobId(draft), asker.user, asker.guild, DrawRequest("", search))
            await self._stores.history.save_draft(kept, self._context.clock.now())
        return await self.show_page(asker, HistoryPageRef(1, draft))

    async def delete_entry(
        self, asker: RequestContext, target: JobId, page: HistoryPageRef
    ) -> MessageCard:
        """Delete one of the member's entries with its message. It stays charged."""
        job, images = await self._find_own_job(asker, target)
        if job is None:
            return await self.show_page(asker, page, history_cards.ALREADY_DELETED_NOTE)
        try:
            for channel, message in await self._find_messages(job, images):
                await self._messages.delete_message(channel, message)
        except errors.MessageError as error:
            log.info("not deleted", job=target, why=type(error).__name__)
            return await self.show_page(asker, page, history_cards.NOT_DELETED_NOTE)
        await self._stores.history.delete_history_entry(target)
        await self._spool.delete_job_files(target)
        return await self.show_page(asker, page, "Deleted.")

    async def resend_files(
        self, asker: RequestContext, target: JobId, limit: int, send: SendContent
    ) -> MessageCard | None:
        """Send the original files of one entry again with `send`.

        A file may have `limit` bytes; `send` raises MessageErrors. Returns None, or a card that
        says why not.
        """
        job, images = await self._find_own_job(asker, target)
        if job is None:
            return history_cards.UNKNOWN_ENTRY_CARD
        if any(image.place is DeliveryPlace.REMOVED for image in images):
            return history_cards.REMOVED_CARD
        if target in self._sending_jobs:
            return history_cards.ALREADY_SENDING_CARD
        self._sending_jobs.add(target)
        try:
            files, temporary = await self._files.load_files(job, images)
            if not files:
                return history_cards.file_gone_card(job)
            try:
                await self._files.send_files(job, files, limit, send)
            finally:
                if temporary:
                    await self._spool.delete_job_files(target)
        except errors.NotAllowed:
            return history_cards.FOREIGN_FILE_CARD
        except errors.LoginRequired:
            return history_cards.LOGIN_LOST_CARD
        except (errors.HostMustAct, errors.FileRefused):
            return history_cards.FILE_REFUSED_CARD
        except errors.BackendDown:
            return history_cards.BACKEND_OFFLINE_CARD
        except errors.FilesTooLarge:
            return history_cards.TOO_LARGE_CARD
        except errors.MessageError as error:
            log.info("not sent again", job=target, why=type(error).__name__)
            return history_cards.TRY_LATER_CARD
        except errors.BadPicture:
            return history_cards.file_gone_card(job)
        finally:
            self._sending_jobs.discard(target)
        if any(image.place is DeliveryPlace.UNCOLLECTED for image in images):
            await self._stores.history.mark_images_collected(target)
        return None

    async def take_reminder(self, asker: RequestContext) -> MessageCard | None:
        """Return a reminder of undelivered pictures once, or None."""
        if self._checked_at != self._delivery.uncollected_count:
            self._checked_at, self._members_without = self._delivery.uncollected_count, set()
        if asker.user in self._members_without and not self._delivery.retries:
            return None
        uncollected = await self._stores.history.list_uncollected_jobs(asker.user)
        if not uncollected:
            self._members_without.add(asker.user)
        waiting = tuple(job for job in uncollected if job.guild == asker.guild)
        for job in waiting:
            await self._stores.jobs.mark_job_notified(job.id)
        if waiting:
            return history_cards.reminder_card(waiting)
        if not self._delivery.list_undelivered_jobs():
            return None
        now = self._context.clock.now()
        for job in await self._stores.jobs.list_unnotified_jobs(now - REMIND_WITHIN):
            mine = job.requester == asker.user and job.guild == asker.guild
            undelivered = job.id in self._delivery.list_undelivered_jobs()
            if mine and undelivered and job.state is State.FAILED:
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

    async def show_page(
        self, asker: RequestContext, page: HistoryPageRef, lead: str = ""
    ) -> MessageCard:
        """Show a page of the same list, `lead` first."""
        history, search = self._stores.history, ""
        if page.draft:
            draft = await history.find_draft(JobId(page.draft))
            if draft is not None and draft.user == asker.user:
                search = draft.request.prompt
            else:
                page = HistoryPageRef()
                lead = f"{lead} {history_cards.SEARCH_EXPIRED_NOTE}".strip()

        async def load(number: int) -> HistoryPage:
            skip = (number - 1) * PAGE_SIZE
            return await history.load_history_page(asker.user, asker.guild, search, skip, PAGE_SIZE)

        found = await load(page.number)
        last = max(1, -(-found.total // PAGE_SIZE))
        if page.number > last:
            page, found = HistoryPageRef(last, page.draft), await load(last)
        await self._mark_seen(asker, found.entries)
        rows = tuple(map(_build_row, found.entries))
        return history_cards.page_card(rows, found.total, page, search, lead)

    async def _mark_seen(self, asker: RequestContext, entries: tuple[HistoryEntry, ...]) -> None:
        uncollected = DeliveryPlace.UNCOLLECTED
        shown = {entry.job.id for entry in entries if entry.images[0].place is uncollected}
        if shown:
            for job in await self._stores.history.list_uncollected_jobs(asker.user):
                if job.id in shown:
                    await self._stores.jobs.mark_job_notified(job.id)

    async def _find_messages(
        self, job: Job, images: tuple[StoredImage, ...]
    ) -> list[tuple[int, int]]:
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


def _build_row(entry: HistoryEntry) -> HistoryRow:
    job, image = entry.job, entry.images[0]
    where, note = "", history_cards.PLACE_NOTES.get(image.place, "")
    if not note and image.message is not None:
        guild = job.guild if image.place is DeliveryPlace.CHANNEL else 0
        where = history_cards.message_link(guild, image.channel or job.channel, image.message)
    return HistoryRow(job, job.ended_at or job.created_at, where, note)
