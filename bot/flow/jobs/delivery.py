"""Final messages of jobs with their images, or the reason why there are none.

Images that no route could post wait in `/history`. They are available to the requester from then
on, so they count as delivered and are charged, and the next interaction reminds the member. If even
that cannot reach anybody, everything is returned: the images were lost, or the bot left the guild
and direct messages fail until `deliver_within` is over. While Discord is down, delivery is retried
for as long.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bot.core.drawing.request import RequestContext
from bot.core.errors import BackendDown, BackendError, BadPicture, DiscordUnavailable, MessageError
from bot.core.history import cards as history_cards
from bot.core.history.model import DeliveryPlace, StoredImage
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import Post, Purpose, SpooledFile
from bot.core.ui.card import FileUpload, MessageCard, MessageContent
from bot.flow.jobs.completion_ping import CompletionPing
from bot.flow.jobs.delivery_routes import DeliveredTo, DeliveryRoutes
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.status_message import StatusMessages
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.ports import ImageBackend, Messages, Spool, Stores
from bot.flow.runtime.context import FlowContext

RETRY_DELAY_MIN: Final = timedelta(minutes=1)
RETRY_DELAY_MAX: Final = timedelta(hours=1)
log = structlog.stdlib.get_logger(__name__)


def build_job_context(job: Job) -> RequestContext:
    """Return the requester's context for a balance."""
    return RequestContext(
        job.requester, job.requester_name, job.guild, job.channel, roles=job.roles
    )


class Delivery:
    """Service that posts final messages. `start` never waits. Each job runs once."""

    def __init__(
        self,
        queue: JobQueue,
        status: StatusMessages,
        routes: DeliveryRoutes,
        ping: CompletionPing,
        *,
        stores: Stores,
        backend: ImageBackend,
        spool: Spool,
        messages: Messages,
        context: FlowContext,
        display_filter: DisplayFilter,
    ) -> None:
        self._stores, self._backend, self._spool = stores, backend, spool
        self._messages, self._context, self._display_filter = messages, context, display_filter
        self._queue, self._status = queue, status
        self._routes, self._ping = routes, ping
        self._in_progress: set[JobId] = set()
        self._retries: dict[JobId, tuple[int, float]] = {}  # tries, and when the next may be
        self._image_refs: dict[JobId, dict[int, str]] = {}

    def record_image_ref(self, job: JobId, index: int, ref: str) -> None:
        """Remember SwarmUI's path of an image for the history."""
        if not ref.startswith("data:"):
            self._image_refs.setdefault(job, {})[index] = ref

    def list_undelivered_jobs(self) -> frozenset[JobId]:
        """Jobs whose last word was refused everywhere, and rests before it is said again."""
        return frozenset(self._retries) - self._in_progress

    def start_delivery(self, job: Job) -> None:
        """Deliver what is in the spool (DELIVERING), or tell how it ended (FAILED, CANCELLED).

        Nothing happens while it is under way already, or was refused everywhere a moment ago.
        """
        tries, again_at = self._retries.get(job.id, (0, 0.0))
        if job.id in self._in_progress or (tries and self._context.clock.tick() < again_at):
            return
        self._in_progress.add(job.id)
        self._context.tasks.spawn_task(self._run_delivery(job), f"delivery {job.id}")

    def is_delivering(self, job: JobId) -> bool:
        """Return True while a job's final message is being posted."""
        return job in self._in_progress

    async def _run_delivery(self, job: Job) -> None:
        try:
            if job.state is State.DELIVERING:
                await self._deliver_images(job)
            else:
                await self._notify_requester(job)
        finally:
            self._in_progress.discard(job.id)
        await self._queue.refresh_jobs()

    async def count_left_today(self, job: Job) -> int | None:
        """Pictures left today for the requester, or None without a limit."""
        balance = await self._stores.limits.compute_balance(
            build_job_context(job), self._context.clock.now()
        )
        return balance.pictures_left

    async def _deliver_images(self, job: Job) -> None:
        kept = await self._load_images(job)
        if kept is None:
            await self._postpone_delivery(job)
            return
        if not kept:
            log.error("pictures are gone", job=job.id)
            await self._record_delivery(job, ())
            return
        await self._status.wait_for_message(job.id)
        await self._status.stop_updates(job.id)
        spoken = self._display_filter.filter_job(job)
        card = job_cards.result_card(
            replace(spoken, ready=len(kept)),
            _drawing_seconds(job),
            await self.count_left_today(job),
        )

        async def build_content(limit: int) -> MessageContent:
            files, said = [], card
            for one in kept:
                name, data = await self._spool.read_within_limit(one, limit)
                text = job_cards.build_alt_text(spoken, one.index, one.kind)
                files.append(FileUpload(name, data, text, card.spoiler))
                if len(data) != one.size:
                    said = replace(card, content=history_cards.add_smaller_note(card.content))
            return MessageContent(said, tuple(files))

        landed, away = None, False
        try:
            landed = await self._routes.deliver(
                job, build_content, sizes=tuple(one.size for one in kept)
            )
        except DiscordUnavailable:
            away = True
        except (BadPicture, OSError) as error:  # the spool was damaged under our hands
            log.warning("pictures cannot be read", job=job.id, why=repr(error))
            await self._postpone_delivery(job)
            return
        if landed is None:
            if (away and not self._is_expired(job)) or not self._messages.is_guild_member(
                job.guild
            ):
                await self._postpone_delivery(job)
                return
            await self._routes.leave_link(job, history_cards.undelivered_card(job))
        ring = await self._record_ping_intent(job, landed)
        await self._record_delivery(
            job, tuple(self._build_stored_image(job, one.index, landed) for one in kept)
        )
        where = DeliveryPlace.UNCOLLECTED if landed is None else landed.place
        log.info("delivered", job=job.id, pictures=len(kept), place=where.value)
        if ring is not None and landed is not None:
            await self._send_ping(job, ring, landed.message)
        self._ping.forget_job(job.id)

    def _build_stored_image(self, job: Job, index: int, landed: DeliveredTo | None) -> StoredImage:
        path, seed = self._image_refs.get(job.id, {}).get(index, ""), job.order.seed + index
        if landed is None:
            return StoredImage(job.id, index, path, seed, None, DeliveryPlace.UNCOLLECTED)
        return StoredImage(job.id, index, path, seed, landed.message, landed.place, landed.channel)

    async def _record_delivery(self, job: Job, images: tuple[StoredImage, ...]) -> None:
        """Record what was delivered. If nothing was, return the hold and say so."""
        self._retries.pop(job.id, None)
        self._image_refs.pop(job.id, None)
        moved = await self._stores.jobs.record_delivery(job.id, images, self._context.clock.now())
        if moved is not None and moved.job.state is State.FAILED:
            await self._notify_requester(moved.job)

    async def _postpone_delivery(self, job: Job) -> None:
        """Retry after a pause, or return the hold after the deadline."""
        if self._is_expired(job):
            log.error("no place took it", job=job.id, pictures=job.ready)
            await self._record_delivery(job, ())
        else:
            self._schedule_retry(job)

    def _is_expired(self, job: Job) -> bool:
        now = self._context.clock.now()
        return now - (job.generated_at or now) >= self._context.host.deliver_within

    def _schedule_retry(self, job: Job) -> None:
        """Schedule the next try with growing pauses until the deadline."""
        tries, _ = self._retries.get(job.id, (0, 0.0))
        pause_s = min(RETRY_DELAY_MIN * 2**tries, RETRY_DELAY_MAX).total_seconds()
        self._retries[job.id] = (tries + 1, self._context.clock.tick() + pause_s)
        log.warning("no place takes it", job=job.id, again_in_s=pause_s)

    async def _load_images(self, job: Job) -> tuple[SpooledFile, ...] | None:
        """Load images from the spool, else from SwarmUI.

        Returns None if some are missing while SwarmUI is down.
        """
        kept = await self._spool.list_spooled_files(job.id)
        if len(kept) >= job.ready:
            return kept[: job.ready]
        log.warning("pictures are missing in the spool", job=job.id, found=len(kept))
        try:
            refs = await self._backend.list_saved_images(job.folder)
            if len(refs) > len(kept):
                pictures = [await self._backend.fetch_image(ref) for ref in refs]
                await self._spool.delete_job_files(job.id)
                for index, (ref, data) in enumerate(zip(refs, pictures, strict=True)):
                    await self._spool.save_image(job.id, index, data)
                    self.record_image_ref(job.id, index, ref)
        except BackendDown:
            return None
        except BackendError as error:
            log.warning("and not to be had", job=job.id, why=error.sentence)
        return (await self._spool.list_spooled_files(job.id))[: job.ready]

    async def _record_ping_intent(self, job: Job, landed: DeliveredTo | None) -> Post | None:
        """Record the intent of a ping, or None if none is due.

        A direct message notifies by itself, and private results are not mentioned in a channel.
        """
        if landed is None or landed.place is not DeliveryPlace.CHANNEL:
            return None
        now = self._context.clock.now()
        if not self._ping.is_due(job, now):
            return None
        post = Post(job.id, Purpose.PING, self._context.ids.new_nonce(), landed.channel, now)
        return await self._stores.posts.record_post_intent(post)

    async def resume_ping(self, ring: Post) -> None:
        """Send a ping that a crash may have prevented."""
        job = await self._stores.jobs.find_job(ring.job)
        images = await self._stores.history.list_job_images(ring.job)
        message = next((image.message for image in images if image.message is not None), None)
        if job is None or message is None:
            return
        try:
            rung = await self._messages.find_message(ring)
        except MessageError as error:
            log.info("no ring", job=job.id, why=type(error).__name__)
            return
        if rung is not None:
            await self._stores.posts.mark_post_sent(replace(ring, message=rung))
        else:
            await self._send_ping(job, ring, message)

    async def _send_ping(self, job: Job, ring: Post, result: int) -> None:
        if ring.message is not None:
            return
        try:
            message = await self._messages.send_message(
                ring, MessageContent(job_cards.ping_card(job)), reply_to=result
            )
        except MessageError as error:
            log.info("no ring", job=job.id, why=type(error).__name__)
        else:
            await self._stores.posts.mark_post_sent(replace(ring, message=message))

    async def _notify_requester(self, job: Job) -> None:
        await self._status.wait_for_message(job.id)
        await self._status.stop_updates(job.id)
        left = await self.count_left_today(job)
        card = _ending_card(self._display_filter.filter_job(job), left)

        async def build_content(_limit: int) -> MessageContent:
            return MessageContent(card)

        # A card that nobody reaches any more tells nothing: a private one has no other place.
        anew = job.state is State.FAILED or (job.order.private and bool(job.reason))
        landed = None
        with suppress(DiscordUnavailable):
            landed = await self._routes.deliver(job, build_content, anew=anew)
        if landed is None and anew:
            self._schedule_retry(job)
            return
        await self.mark_notified(job.id)
        self._ping.forget_job(job.id)
        log.info("told", job=job.id, state=job.state.value)

    async def mark_notified(self, job: JobId) -> None:
        """Record that the requester knows the outcome."""
        await self._stores.jobs.mark_job_notified(job)
        self._retries.pop(job, None)
        self._image_refs.pop(job, None)


def _ending_card(job: Job, left: int | None) -> MessageCard:
    if job.state is State.CANCELLED:
        return job_cards.cancelled_card(job, left)
    return job_cards.failed_card(job, left)


def _drawing_seconds(job: Job) -> float:
    if job.started_at is None or job.generated_at is None:
        return 0.0
    return max(0.0, (job.generated_at - job.started_at).total_seconds())
