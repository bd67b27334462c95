"""Final messages of jobs with their images, or the reason why there are none.

Images that no route could post wait in `/history`. They are available to the requester from then
on, so they count as delivered and are charged, and the next interaction reminds the member. If even
that cannot reach anybody, everything is returned: the images were lost, Discord refuses the message
and the sentence in its place, or the bot left the guild and direct messages fail until
`deliver_within` is over. While Discord is down, delivery is retried
for as long.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bot.core.drawing.request import RequestContext
from bot.core.errors import BadPicture, DiscordUnavailable, MalformedRequest, MessageError
from bot.core.history import cards as history_cards
from bot.core.history.model import DeliveryPlace, StoredImage
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job, State
from bot.core.ui.card import FileUpload, MessageContent
from bot.flow.jobs.delivery_attempt import DeliveredTo
from bot.flow.jobs.delivery_routes import DeliveryRoutes
from bot.flow.jobs.image_fetcher import load_images
from bot.flow.jobs.membership import MembershipCheck
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.result_ping import ResultPing
from bot.flow.jobs.status_message import StatusMessages
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

RETRY_DELAY_MIN: Final = timedelta(minutes=1)
RETRY_DELAY_MAX: Final = timedelta(hours=1)
log = structlog.stdlib.get_logger(__name__)


class _Withdrawn(Exception):
    """The job was withdrawn while it was delivered."""


def build_job_context(job: Job) -> RequestContext:
    """Return the requester's context for a balance."""
    user, name = job.requester, job.requester_name
    return RequestContext(user, name, job.guild, job.channel, roles=job.roles)


class Delivery:
    """Service that posts final messages. `start_delivery` never waits. Each job runs once."""

    def __init__(
        self,
        queue: JobQueue,
        status: StatusMessages,
        routes: DeliveryRoutes,
        ping: ResultPing,
        members: MembershipCheck,
        display_filter: DisplayFilter,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._stores, self._backend, self._messages = ports.stores, ports.backend, ports.messages
        self._spool, self._ports = ports.spool, ports
        self._queue, self._status, self._routes, self.ping = queue, status, routes, ping
        self._display_filter, self._context, self._members = display_filter, context, members
        self._clock = context.clock
        self._in_progress: set[JobId] = set()
        self.retries: dict[JobId, tuple[int, float]] = {}  # tries, and when the next may be
        self.uncollected_count = 0  # jobs of this process whose images wait in /history
        self._image_refs: dict[JobId, dict[int, str]] = {}

    def record_image_ref(self, job: JobId, index: int, ref: str) -> None:
        """Remember SwarmUI's path of an image for the history."""
        if not ref.startswith("data:"):
            self._image_refs.setdefault(job, {})[index] = ref

    def list_undelivered_jobs(self) -> frozenset[JobId]:
        """Return jobs whose final message failed and waits for a retry."""
        return frozenset(self.retries) - self._in_progress

    def start_delivery(self, job: Job) -> None:
        """Deliver spooled images (DELIVERING), or report the end (FAILED, CANCELLED).

        Nothing happens while it is in progress or just failed on every route.
        """
        tries, again_at = self.retries.get(job.id, (0, 0.0))
        if job.id in self._in_progress or (tries and self._clock.tick() < again_at):
            return
        self._in_progress.add(job.id)
        self._context.tasks.spawn_task(self._run_delivery(job), f"delivery {job.id}")

    async def _run_delivery(self, job: Job) -> None:
        try:
            if job.state is State.DELIVERING:  # by now it may have been delivered, or withdrawn
                job = await self._stores.jobs.find_job(job.id) or job
            if job.state is State.DELIVERING:
                job = await self._members.withdraw_if_left(job)
            if job.state is State.DELIVERING:
                await self._deliver_images(job)
            elif job.state is not State.DONE:
                await self._notify_requester(job)
        finally:
            self._in_progress.discard(job.id)
        await self._queue.refresh_jobs()

    async def count_left_today(self, job: Job) -> int | None:
        """Pictures left today for the requester, or None without a limit."""
        asker = build_job_context(job)
        balance = await self._stores.limits.compute_balance(asker, self._clock.now())
        return balance.pictures_left

    async def _deliver_images(self, job: Job) -> None:
        if (files := await load_images(job, self.record_image_ref, self._ports)) is None:
            await self._postpone_delivery(job)
            return
        if not files:
            log.error("pictures are gone", job=job.id)
            await self._record_delivery(job, ())
            return
        await self._status.wait_for_message(job.id)
        await self._status.stop_updates(job.id)
        left = await self.count_left_today(job)
        shown = replace(self._display_filter.filter_job(job), ready=len(files))
        indices = tuple(file.index for file in files)
        card = job_cards.result_card(shown, _drawing_seconds(job), left, indices)

        async def build_content(limit: int) -> MessageContent:
            current = await self._stores.jobs.find_job(job.id)
            if current is None or current.state is not State.DELIVERING:
                raise _Withdrawn
            fitted, uploads = [], []
            for file in files:
                one = await self._spool.read_within_limit(file, limit)
                alt = job_cards.build_alt_text(shown, file.index, file.kind)
                fitted.append(one)
                uploads.append(FileUpload(one.name, one.data, alt, card.spoiler))
            content = card.content
            if any(one.is_copy for one in fitted):
                content = history_cards.add_smaller_note(content, tuple(fitted), files)
            return MessageContent(replace(card, content=content), tuple(uploads))

        result, unavailable, refused = None, False, False
        try:
            sizes = tuple(file.size for file in files)
            result = await self._routes.deliver(job, build_content, sizes=sizes)
        except DiscordUnavailable:
            unavailable = True
        except MalformedRequest as error:
            log.warning("Discord refuses the result", job=job.id, why=str(error))
            refused = True
        except _Withdrawn:
            await self._take_back(job, None)
            return
        except (BadPicture, OSError) as error:  # the spool was damaged under our hands
            log.warning("pictures cannot be read", job=job.id, why=repr(error))
            await self._postpone_delivery(job)
            return
        if refused:
            try:
                told = await self._notify_refusal(job)
            except DiscordUnavailable:
                await self._postpone_delivery(job)
                return
            if not told:
                await self._record_delivery(job, ())
                return
        elif result is None:
            waits = unavailable and not self._is_expired(job)
            if waits or not self._messages.is_guild_member(job.guild):
                await self._postpone_delivery(job)
                return
            await self._routes.leave_link(job, history_cards.undelivered_card(job))
        ping = await self.ping.record_intent(job, result)
        images = tuple(self._build_stored_image(job, file.index, result) for file in files)
        if not await self._record_delivery(job, images):
            await self._take_back(job, result)
            return
        self.uncollected_count += result is None
        place = DeliveryPlace.UNCOLLECTED if result is None else result.place
        log.info("delivered", job=job.id, pictures=len(files), place=place.value)
        if ping is not None and result is not None:
            await self.ping.send(job, ping, result.message)
        self.ping.forget_job(job.id)

    async def _notify_refusal(self, job: Job) -> bool:
        """Say in one sentence that the pictures wait in /history, and return True if it arrived."""
        card = history_cards.refused_card(job)
        if await self._routes.leave_link(job, card):
            return True

        async def build_content(_limit: int) -> MessageContent:
            return MessageContent(card)

        with suppress(MalformedRequest):
            return await self._routes.deliver(job, build_content) is not None
        return False

    def _build_stored_image(self, job: Job, index: int, result: DeliveredTo | None) -> StoredImage:
        path = self._image_refs.get(job.id, {}).get(index, "")
        seed = job.order.compute_seeds(index)[0]
        if result is None:
            return StoredImage(job.id, index, path, seed, None, DeliveryPlace.UNCOLLECTED)
        return StoredImage(job.id, index, path, seed, result.message, result.place, result.channel)

    async def _take_back(self, job: Job, result: DeliveredTo | None) -> None:
        """Delete the message of a job that was withdrawn while it was sent, and say so."""
        now = await self._stores.jobs.find_job(job.id)
        if now is not None and now.state is not State.CANCELLED:
            return
        log.info("withdrawn while it was delivered", job=job.id)
        if result is not None and result.place is not DeliveryPlace.PRIVATE:
            with suppress(MessageError):
                await self._messages.delete_message(result.channel, result.message)
        if now is not None:
            await self._notify_requester(now)

    async def _record_delivery(self, job: Job, images: tuple[StoredImage, ...]) -> bool:
        """Record what was delivered. If nothing was, return the hold and say so.

        False means that the job was withdrawn meanwhile.
        """
        self._forget(job.id)
        moved = await self._stores.jobs.record_delivery(job.id, images, self._clock.now())
        if moved is not None and moved.job.state is State.FAILED:
            await self._notify_requester(moved.job)
        return moved is not None

    def _forget(self, job: JobId) -> None:
        self.retries.pop(job, None)
        self._image_refs.pop(job, None)

    async def _postpone_delivery(self, job: Job) -> None:
        """Retry after a pause, or return the hold after the deadline."""
        if self._is_expired(job):
            log.error("no place took it", job=job.id, pictures=job.ready)
            await self._record_delivery(job, ())
        else:
            self._schedule_retry(job)

    def _is_expired(self, job: Job) -> bool:
        now = self._clock.now()
        return now - (job.generated_at or now) >= self._context.host.deliver_within

    def _schedule_retry(self, job: Job) -> None:
        tries, _ = self.retries.get(job.id, (0, 0.0))
        pause_s = min(RETRY_DELAY_MIN * 2**tries, RETRY_DELAY_MAX).total_seconds()
        self.retries[job.id] = (tries + 1, self._clock.tick() + pause_s)
        log.warning("no place takes it", job=job.id, again_in_s=pause_s)

    async def _notify_requester(self, job: Job) -> None:
        await self._status.wait_for_message(job.id)
        await self._status.stop_updates(job.id)
        if job.reason == job_cards.MESSAGE_DELETED_REASON and await self._routes.remove_status(job):
            await self.mark_notified(job.id)
            self.ping.forget_job(job.id)
            return
        left = await self.count_left_today(job)
        cancelled = job.state is State.CANCELLED
        build_card = job_cards.cancelled_card if cancelled else job_cards.failed_card
        card = build_card(self._display_filter.filter_job(job), left)

        async def build_content(_limit: int) -> MessageContent:
            return MessageContent(card)

        # A card that nobody reaches any more tells nothing: a private one has no other place.
        is_told = job.order.private and job.reason not in ("", job_cards.LEFT_REASON)
        anew = job.state is State.FAILED or is_told
        result = None
        with suppress(DiscordUnavailable, MalformedRequest):
            result = await self._routes.deliver(job, build_content, anew=anew)
        if result is None and anew:
            self._schedule_retry(job)
            return
        await self.mark_notified(job.id)
        self.ping.forget_job(job.id)
        log.info("told", job=job.id, state=job.state.value)

    async def mark_notified(self, job: JobId) -> None:
        """Record that the requester knows the outcome."""
        await self._stores.jobs.mark_job_notified(job)
        self._forget(job)


def _drawing_seconds(job: Job) -> float:
    if job.started_at is None or job.generated_at is None:
        return 0.0
    return max(0.0, (job.generated_at - job.started_at).total_seconds())
