"""Recovery of a running job whose stream broke.

SwarmUI may continue without the bot. So the job's files are looked for before anything is submitted
again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core.errors import BackendDown, BackendError, FileRefused
from bot.core.ids import JobId
from bot.core.jobs import cards as job_cards
from bot.core.jobs import refusals as job_refusals
from bot.core.jobs.job import Event, Failed, Generated, Job, Lost
from bot.core.jobs.retry import describe_expiry, stops_drawing
from bot.flow.jobs.image_fetcher import ImageFetcher
from bot.flow.jobs.outage import Outage
from bot.flow.jobs.status_message import StatusMessages
from bot.flow.moderation.display_filter import DisplayFilter
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext

log = structlog.stdlib.get_logger(__name__)
POLL_INTERVAL_S: Final = 2.0
FILE_POLL_INTERVAL_S: Final = 10.0
# SwarmUI counts a picture as done before it has written the file (Session.SaveImage).
WRITE_TIME_S: Final = 3.0
# How long SwarmUI has to end what it was told to stop.
STOP_WAIT: Final = timedelta(minutes=1)


class StreamRecovery:
    """Finds out how a lost job ended."""

    def __init__(
        self,
        outage: Outage,
        status: StatusMessages,
        display_filter: DisplayFilter,
        record_image_ref: Callable[[JobId, int, str], None],
        free_slot: Callable[[JobId], None],
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._backend, self._spool, self._ports = ports.backend, ports.spool, ports
        self._outage, self._status = outage, status
        self._record_image_ref, self._free_slot = record_image_ref, free_slot
        self._display_filter, self._context = display_filter, context

    async def determine_outcome(
        self, job: Job, why: str = job_refusals.RESTARTED_REASON, *, stopped: bool = False
    ) -> Event:
        """Return Generated with the found images, or Lost (because of `why`).

        While SwarmUI's counters show work for the job it is waited for, at most
        `host.lost_stream`, or a minute if it was `stopped` before. Returns Failed if SwarmUI stays
        down or refuses its files for too long. If this is cancelled, SwarmUI is told to stop. A job
        without a session is drawn, and only its files are missing.
        """
        try:
            return await self._await_outcome(job, why, stopped)
        except asyncio.CancelledError:
            if job.session:
                work = self._backend.interrupt_session(job.session)
                self._context.tasks.spawn_task(work, f"stop {job.id}")
            raise
        finally:
            self._outage.mark_interrupted(job.id, False)

    async def collect_remaining(self, job: Job, have: int) -> int:
        """Return how many images of a failed batch exist.

        Over HTTP the error hides what was saved before it. `have` are kept already; a server that
        does not answer has no more.
        """
        if job.order.images > max(1, have):
            with contextlib.suppress(BackendError):
                await self._collect_images(job)
        return await self._count_files(job)

    async def _count_files(self, job: Job) -> int:
        return len(await self._spool.list_spooled_files(job.id))

    async def _await_outcome(self, job: Job, why: str, stopped: bool) -> Event:
        clock, host = self._context.clock, self._context.host
        work_max, patience = (STOP_WAIT if stopped else host.lost_stream), host.outage_wait
        began, away_since, until = clock.tick(), None, clock.now()
        while True:
            waited = timedelta(seconds=clock.tick() - began)
            try:
                if job.session:
                    busy = waited < work_max and await self._backend.is_session_busy(job.session)
                    if busy:
                        away_since = None
                        self._offer_card(job, None)
                        await clock.sleep(POLL_INTERVAL_S)
                        continue
                    await self._backend.interrupt_session(job.session)
                await self._collect_images(job)
                if await self._count_files(job) < job.order.images:
                    await clock.sleep(WRITE_TIME_S)
                    await self._collect_images(job)
                break
            except BackendError as error:
                refused = isinstance(error, FileRefused)
                if not refused and not stops_drawing(error):
                    return await self._build_failure(job, error)
                if away_since is None:
                    away_since, until = clock.tick(), clock.now() + patience
                if timedelta(seconds=clock.tick() - away_since) > patience:
                    if not isinstance(error, BackendDown):
                        return await self._build_failure(job, error)
                    return Failed(await self._count_files(job), describe_expiry(error))
                if isinstance(error, FileRefused):
                    self._outage.report_refused_file(error)
                    self._free_slot(job.id)  # it is drawn, and others need not wait for its file
                else:
                    await self._outage.begin_outage(error)
                self._offer_card(job, until, error)
                await clock.sleep(FILE_POLL_INTERVAL_S if refused else POLL_INTERVAL_S)
        k = await self._count_files(job)
        log.info("salvaged", job=job.id, pictures=k)
        return Generated(k) if k else Lost(why)

    async def _build_failure(self, job: Job, error: BackendError) -> Event:
        k = await self._count_files(job)
        ref = self._context.ids.new_error_ref()
        why, said = error.sentence, error.detail
        log.warning("not salvaged", job=job.id, ref=ref, why=why, said=said, pictures=k)
        return Failed(k, error.sentence, ref)

    def _offer_card(
        self, job: Job, down_until: datetime | None, error: BackendError | None = None
    ) -> None:
        self._outage.mark_interrupted(job.id, down_until is not None)
        job = self._display_filter.filter_job(job)
        if down_until is not None:
            card = job_cards.held_card(job, down_until, error)
        else:
            card = job_cards.recovering_card(job)
        self._status.offer_card(job.id, lambda _: card)

    async def _collect_images(self, job: Job) -> None:
        """Fetch into the spool what is saved under the job's path, if that is more."""
        have = await self._count_files(job)
        refs = await self._backend.list_saved_images(job.folder)
        if len(refs) > have:
            await ImageFetcher(job, self._record_image_ref, self._ports).replace_images(refs)
