"""Outages of SwarmUI, announced once each way, with a maximum wait.

SwarmUI is out when it does not answer, when it has no backend, or when its backend broke three jobs
in a row. In the first case a query shows when it is back. In the others only an image does, so one
job at a time is tried. A missing backend is also back when SwarmUI's status has become "running".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import structlog

from bot.core.errors import BackendError, FileRefused, NoBackend
from bot.core.ids import JobId
from bot.core.jobs import outage_notices
from bot.core.jobs.circuit_breaker import Breaker, is_backend_failure
from bot.core.jobs.job import Failed, State
from bot.core.jobs.outage_notices import OutageNotice
from bot.core.jobs.retry import describe_expiry
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.status_line import StatusLine
from bot.flow.ports import FlowPorts
from bot.flow.runtime.clock import Clock

log = structlog.stdlib.get_logger(__name__)
PROBE_PAUSE_MIN_S: Final = 2.0
PROBE_PAUSE_MAX_S: Final = 20.0
BACKEND_RUNS: Final = frozenset({"running", "some_loading"})
TRIAL_PAUSE_MIN_S: Final = 30.0
TRIAL_PAUSE_MAX_S: Final = 300.0
# The same cause is announced once in this time.
ANNOUNCE_PAUSE_S: Final = 600.0


class Outage:
    """Outage state. No jobs start meanwhile. Each waits `host.outage_wait`, then is returned.

    `announce` is called once each way and must not wait. `on_trial` lets one job test the backend.
    """

    def __init__(
        self,
        queue: JobQueue,
        delivery: Delivery,
        announce: Callable[[OutageNotice], None],
        status_line: StatusLine,
        ports: FlowPorts,
        clock: Clock,
    ) -> None:
        self._jobs, self._backend, self._catalog = ports.stores.jobs, ports.backend, ports.catalog
        self._queue, self._delivery = queue, delivery
        self._announce, self._status_line, self._clock = announce, status_line, clock
        self._breaker = Breaker()
        self._backend_failing = False
        self._backend_status = ""
        self._down = asyncio.Event()
        self._announced_at: dict[str, float] = {}
        self._is_announced = False
        self._trial_at, self._trial_pause = 0.0, TRIAL_PAUSE_MIN_S
        self.on_trial = False
        self.available = asyncio.Event()
        self.available.set()

    async def begin_outage(self, error: BackendError) -> None:
        """Start an outage, announce it and update the cards of waiting jobs."""
        await self._start_outage(error, broken=False)

    def report_refused_file(self, error: FileRefused) -> None:
        """Announce that files cannot be fetched. Drawing goes on, so it is no outage."""
        if self._may_announce(error):
            log.warning("SwarmUI does not hand out its files", why=error.report, said=error.detail)
            self._announce(outage_notices.trouble_notice(error))

    def mark_interrupted(self, job: JobId, held: bool) -> None:
        """Record whether a started job waits for SwarmUI."""
        jobs = self._queue.interrupted_jobs
        (jobs.add if held else jobs.discard)(job)

    async def record_success(self) -> None:
        """Record a job that ended with images, which ends an outage."""
        self._breaker = Breaker()
        if self._backend_failing:
            await self._end_outage()

    async def record_failure(self, job: JobId, error: BackendError) -> bool:
        """Record a failed job and return True if the server is to blame."""
        self._breaker = self._breaker.record_failure(job, error)
        if not is_backend_failure(error) or not self._breaker.is_open:
            return False
        await self._start_outage(error, broken=True)
        return True

    async def watch_backend(self) -> None:
        """Loop that polls during an outage and returns jobs that waited too long."""
        while True:
            await self._down.wait()
            pause = PROBE_PAUSE_MIN_S
            while self._down.is_set():
                self._announce_outage()
                await self._fail_expired_jobs()
                await self._clock.sleep(pause)
                pause = min(pause * 1.5, PROBE_PAUSE_MAX_S)
                if not self._down.is_set() or self.on_trial:
                    continue
                if self._backend_status and await self._has_backend_changed():
                    await self._end_outage()
                    continue
                if self._backend_failing and self._clock.tick() < self._trial_at:
                    continue
                if await self._is_backend_up():
                    if self._backend_failing:
                        self._open_trial()
                    else:
                        await self._end_outage()

    async def _start_outage(self, error: BackendError, *, broken: bool) -> None:
        if self._down.is_set():
            self._close_trial()
            return
        self._backend_failing = broken or isinstance(error, NoBackend)
        self._trial_pause = TRIAL_PAUSE_MIN_S
        self._trial_at = self._clock.tick() + TRIAL_PAUSE_MIN_S
        self._queue.down_since = self._clock.now()
        self._queue.down_reason, self._is_announced = error, False
        self._status_line.refresh()
        self._down.set()
        self.available.clear()
        self._backend_status = ""
        if isinstance(error, NoBackend):
            self._backend_status = await self._fetch_backend_status()
        await self._queue.refresh_jobs()
        self._announce_outage()

    def _announce_outage(self) -> None:
        """Announce this outage unless its cause was announced a short time ago."""
        error, since = self._queue.down_reason, self._queue.down_since
        if error is None or since is None or self._is_announced or not self._may_announce(error):
            return
        self._is_announced = True
        notice = outage_notices.outage_notice(since, error)
        what = notice.lead.partition(" <")[0]
        log.warning(what, why=error.report, said=error.detail, fix=error.fix)
        self._announce(notice)

    def _may_announce(self, error: BackendError) -> bool:
        now = self._clock.tick()
        if now < self._announced_at.get(error.report, -ANNOUNCE_PAUSE_S) + ANNOUNCE_PAUSE_S:
            return False
        self._announced_at[error.report] = now
        return True

    async def _end_outage(self) -> None:
        since, self._queue.down_since = self._queue.down_since, None
        self._queue.down_reason = None
        self._status_line.refresh()
        self._backend_failing = self.on_trial = False
        self._down.clear()
        self.available.set()
        was_announced = self._is_announced
        if was_announced:
            log.info("SwarmUI is back")
        await self._queue.refresh_jobs()
        if since is not None and was_announced:
            self._announce(outage_notices.recovery_notice(self._clock.now() - since))

    def _open_trial(self) -> None:
        log.info("trying SwarmUI with one picture")
        self.on_trial = True
        self.available.set()
        self._queue.changed.set()

    def _close_trial(self) -> None:
        if self.on_trial:
            self.on_trial = False
            self.available.clear()
            self._trial_pause = min(self._trial_pause * 1.5, TRIAL_PAUSE_MAX_S)
            self._trial_at = self._clock.tick() + self._trial_pause

    async def _is_backend_up(self) -> bool:
        try:
            await self._backend.verify_login()
            await self._catalog.refresh_catalog()
        except BackendError:
            return False
        return True

    async def _has_backend_changed(self) -> bool:
        status = await self._fetch_backend_status()
        return status in BACKEND_RUNS and status != self._backend_status

    async def _fetch_backend_status(self) -> str:
        with contextlib.suppress(BackendError):
            return await self._backend.fetch_backend_status()
        return "unknown"

    async def _fail_expired_jobs(self) -> None:
        now = self._clock.now()
        for job in self._queue.living_jobs:
            if not self._down.is_set():  # it came back while the one before was returned
                break
            if job.state is State.QUEUED and now >= self._queue.outage_deadline(job):
                event = Failed(0, describe_expiry(self._queue.down_reason))
                if (moved := await self._jobs.apply_job_event(job.id, event, now)) is not None:
                    self._delivery.start_delivery(moved.job)
        await self._queue.refresh_jobs()
