"""Worker that takes jobs from the queue and generates several at once, each in its own task.

A slot is free when SwarmUI has finished a job (`RequestEnded`), not when Discord has the message.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Final

import structlog

from bot.core.drawing.request import GenerationParams
from bot.core.errors import (
    BackendError,
    BackendStalled,
    GenerationNotStarted,
    HostMustAct,
    ModelGone,
    NoBackend,
    Refused,
    StoreError,
)
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs import fair_queue, retry
from bot.core.jobs import refusals as job_refusals
from bot.core.jobs.circuit_breaker import is_backend_failure
from bot.core.jobs.eta import JobTimer
from bot.core.jobs.job import Event, Failed, Generated, Job, Lost, Started, State
from bot.core.jobs.progress import (
    ImageReady,
    PreviewFrame,
    Progress,
    RequestEnded,
    SessionRenewed,
)
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.image_fetcher import ImageFetcher
from bot.flow.jobs.membership import MembershipCheck
from bot.flow.jobs.outage import Outage
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.status_message import StatusMessages
from bot.flow.jobs.stream_recovery import StreamRecovery
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.ports import FlowPorts, Lease
from bot.flow.runtime.context import FlowContext

STORE_RETRY_DELAY_S: Final = 5.0
log = structlog.stdlib.get_logger(__name__)


class Worker:
    """Loop that keeps SwarmUI busy. `stop_drawing` writes no job state, so write it first."""

    def __init__(
        self,
        queue: JobQueue,
        status: StatusMessages,
        delivery: Delivery,
        outage: Outage,
        members: MembershipCheck,
        display_filter: DisplayFilter,
        prepare_job: Callable[[Job], Awaitable[tuple[GenerationParams, bytes | None]]],
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._jobs, self._backend, self._spool = ports.stores.jobs, ports.backend, ports.spool
        self._ports, self._context, self._display_filter = ports, context, display_filter
        self._queue, self._status, self._members = queue, status, members
        self._delivery, self._outage, self._prepare_job = delivery, outage, prepare_job
        self._stream_recovery = StreamRecovery(
            outage,
            status,
            display_filter,
            delivery.record_image_ref,
            self._free_slot,
            ports,
            context,
        )
        self._tasks, self._slots = dict[JobId, asyncio.Task[None]](), set[JobId]()

    async def process_queue(self) -> None:
        """Loop that fills free slots whenever the queue changes."""
        while True:
            await self._queue.changed.wait()
            self._queue.changed.clear()
            await self._outage.available.wait()
            while self._outage.available.is_set() and (job := self._choose_next_job()) is not None:
                self._start_task(job, self._draw_job(job))

    def resume_job(self, job: Job) -> None:
        """Resume a running job without a task. Find its images or generate again."""
        if not self.has_job(job.id):
            self._start_task(job, self._recover_job(job))

    def has_job(self, job: JobId) -> bool:
        """Return True if a task works on this job."""
        return job in self._tasks

    def stop_drawing(self, job: JobId) -> None:
        """Stop generating a job. The end of its stream tells SwarmUI."""
        if (task := self._tasks.get(job)) is not None:
            task.cancel()

    def _choose_next_job(self) -> Job | None:
        most = 1 if self._outage.on_trial else self._context.host.max_in_flight
        free = most - len(self._slots)
        if free < 1 or self._queue.shutting_down:
            return None
        living = tuple(
            replace(job, state=State.RUNNING)
            if job.id in self._tasks and job.state is State.QUEUED
            else job
            for job in self._queue.exclude_paused(self._queue.living_jobs)
        )
        queue, per_member = self._queue, self._context.host.running_per_member
        chosen = fair_queue.choose_next(
            living, per_member, free, queue.last_served, queue.running_limits
        )
        return next((job for job in living if job.id == chosen), None)

    def _start_task(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        self._slots.add(job.id)
        task = self._context.tasks.spawn_task(self._run_job(job, work), f"job {job.id}")
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._on_task_done(job.id, work))

    def _on_task_done(self, job: JobId, work: Coroutine[Any, Any, None]) -> None:
        work.close()
        self._tasks.pop(job, None)
        self._free_slot(job)

    async def _run_job(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreError:
            # Nothing was written: it stays as it is, and is taken up again where it stands.
            log.exception("books closed", job=job.id)
            await self._context.clock.sleep(STORE_RETRY_DELAY_S)
        except Exception:
            ref = self._context.ids.new_error_ref()
            log.exception("job broke", job=job.id, ref=ref)
            k = len(await self._spool.list_spooled_files(job.id))
            await self._end_job(job, Failed(k, job_refusals.INTERNAL_ERROR_REASON, ref))
        finally:
            self._free_slot(job.id)
            await self._queue.refresh_jobs()

    def _free_slot(self, job: JobId) -> None:
        self._slots.discard(job)
        self._queue.changed.set()

    async def _draw_job(self, job: Job) -> None:
        if (job := await self._members.withdraw_if_left(job)).state is not State.QUEUED:
            self._delivery.start_delivery(job)
            return
        on_trial = self._outage.on_trial
        try:
            order, image = await self._prepare_job(job)
        except Refused as refused:
            await self._end_job(job, Failed(0, refused.sentence))
            return
        async with AsyncExitStack() as stack:
            try:
                lease = await stack.enter_async_context(self._backend.lease_session())
            except BackendError as error:
                if retry.decide_retry(error, submitted=False) is retry.Next.WAIT:
                    await self._outage.begin_outage(error)
                    return
                ref = self._context.ids.new_error_ref()
                log.warning("not drawn", job=job.id, ref=ref, why=error.sentence, said=error.detail)
                await self._end_job(job, Failed(0, error.sentence, ref))
                return
            now = self._context.clock.now()
            folder = f"swarmbot/{job.created_at:%Y-%m-%d}/{job.id}-{job.attempt + 1}"
            started = Started(lease.session, folder, order)
            moved = await self._jobs.apply_job_event(job.id, started, now)
            if moved is None:
                return
            job = moved.job
            self._queue.last_served = self._queue.last_served.record_start(job, now)
            await self._queue.refresh_jobs()
            log.info("drawing", job=job.id, attempt=job.attempt)
            lost = None
            try:
                event = await self._stream_images(job, lease, image)
            except BackendError as error:
                lost = error
            else:
                await self._end_job(job, event)
            # Without its slot the job is drawn, and another may have its session by now.
            job = replace(job, session=lease.session if job.id in self._slots else "")
        if lost is None:
            return
        log.warning("stream lost", job=job.id, why=lost.report, said=lost.detail)
        if isinstance(lost, NoBackend | HostMustAct):  # it can draw for nobody now
            await self._outage.begin_outage(lost)
        await self._recover_job(job, lost, on_trial=on_trial)

    async def _stream_images(self, job: Job, lease: Lease, image: bytes | None) -> Event:
        """Show progress, keep the images and return how it ended.

        Raises the BackendError after which the saved images must be looked for.
        """
        timer = JobTimer(job.order)
        progress = Progress.for_order(job.order, self._queue.estimate_drawing(job.order))
        fetcher = ImageFetcher(job, self._delivery.record_image_ref, self._ports)
        fetches: list[asyncio.Task[None]] = []
        discarded: tuple[int, ...] = ()
        trouble: BackendError | None = None
        try:
            async with aclosing(lease.generate_images(job.order, job.folder, image)) as events:
                async for event in events:
                    match event:
                        case SessionRenewed(session=session):
                            await self._jobs.update_job_session(job.id, session)
                        case PreviewFrame(data=data):
                            self._status.offer_preview(job.id, data)
                        case ImageReady(index=index, ref=ref):
                            fetches.append(fetcher.start_fetch(index, ref))
                        case RequestEnded(discarded=discarded):
                            self._free_slot(job.id)
                    now = self._context.clock.tick()
                    progress = progress.apply_event(event, now)
                    timer.record_progress(progress, now)
                    self._offer_progress(job, progress)
        except BackendError as error:
            trouble = error
        except BaseException:
            for task in fetches:
                task.cancel()
            await asyncio.gather(*fetches, return_exceptions=True)
            raise
        results = await asyncio.gather(*fetches, return_exceptions=True)
        for index in discarded:  # only now: a fetch may still have been under way
            await self._spool.delete_spooled_file(job.id, index)
        k = len(await self._spool.list_spooled_files(job.id))
        for result in results:
            if isinstance(result, BackendError):
                trouble = trouble or result
            elif isinstance(result, BaseException):
                raise result
        if isinstance(trouble, ModelGone):
            self._context.tasks.spawn_task(self._rescan_catalog(), "lists without a lost model")
        if trouble is not None and k < job.order.images:
            to_blame = not k and await self._outage.record_failure(job.id, trouble)
            step = retry.decide_retry(trouble, job.attempt, submitted=True, pictures=k)
            if to_blame or step is retry.Next.CHECK_FOLDER:
                raise trouble
            k = await self._stream_recovery.collect_remaining(job, k)
        if k >= 1:
            await self._outage.record_success()
        if trouble is None and k >= 1:
            self._queue.pace = timer.update_pace(self._queue.pace)
            return Generated(k)
        trouble = trouble or BackendError()
        why, ref = trouble.sentence, self._context.ids.new_error_ref()
        log.info("drawing failed", job=job.id, ref=ref, why=why, said=trouble.detail, pictures=k)
        return Failed(k, why, ref)

    async def _rescan_catalog(self) -> None:
        with contextlib.suppress(BackendError):
            await self._ports.catalog.rescan_folders()

    def _offer_progress(self, job: Job, progress: Progress) -> None:
        job = self._display_filter.filter_job(job)
        self._status.offer_card(job.id, partial(job_cards.progress_card, job, progress))

    async def _recover_job(
        self, job: Job, lost: BackendError | None = None, *, on_trial: bool = False
    ) -> None:
        """Find out how a job ended whose stream was `lost`, by a restart of ours if None.

        A try that a server without a backend or a trial cost does not count. One that met a lost
        login or a proxy does, or a job would circle where only the drawing is refused.
        """
        why = job_refusals.RESTARTED_REASON if lost is None else lost.sentence
        event = await self._stream_recovery.determine_outcome(
            job, why, stopped=isinstance(lost, BackendStalled | GenerationNotStarted)
        )
        failed = lost is not None and is_backend_failure(lost)
        if isinstance(event, Lost) and (isinstance(lost, NoBackend) or (on_trial and failed)):
            event = Lost(event.reason, costs_attempt=False)
        if isinstance(event, Generated):
            await self._outage.record_success()
        await self._end_job(job, event)

    async def _end_job(self, job: Job, event: Event) -> None:
        moved = await self._jobs.apply_job_event(job.id, event, self._context.clock.now())
        if moved is None or moved.job.state is State.QUEUED:
            return
        await self._queue.refresh_jobs()
        if moved.job.state is not State.RUNNING:
            self._delivery.start_delivery(moved.job)
