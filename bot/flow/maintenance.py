"""Periodic maintenance, which deletes expired data and retries stuck deliveries."""

from __future__ import annotations

from typing import Final

import structlog

from bot.core.errors import BackendError
from bot.core.jobs.job import State
from bot.core.jobs.retry import is_outage
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.orphaned_sessions import OrphanedSessions
from bot.flow.jobs.outage import Outage
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.recovery import NOTIFY_WITHIN
from bot.flow.jobs.worker import Worker
from bot.flow.ports import FlowPorts
from bot.flow.privacy import PrivacyCommands
from bot.flow.runtime.context import FlowContext

log = structlog.stdlib.get_logger(__name__)
ROUND_INTERVAL_S: Final = 60.0
ROUNDS_PER_CLEANUP: Final = 10


class Maintenance:
    """Loop that runs every minute, and refreshes lists and the database less often."""

    def __init__(
        self,
        queue: JobQueue,
        worker: Worker,
        outage: Outage,
        delivery: Delivery,
        privacy: PrivacyCommands,
        orphans: OrphanedSessions,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._stores, self._catalog, self._spool = ports.stores, ports.catalog, ports.spool
        self._context, self._queue, self._worker = context, queue, worker
        self._outage, self._delivery, self._privacy = outage, delivery, privacy
        self._orphans = orphans

    async def run_rounds(self) -> None:
        """Run for ever."""
        rounds, fresh_at = 0, self._choose_refresh_interval()
        while True:
            await self._context.clock.sleep(ROUND_INTERVAL_S)
            rounds += 1
            await self.resume_stuck_jobs()
            await self._orphans.interrupt_all()
            await self._stores.posts.delete_expired_tokens(self._context.clock.now())
            await self._privacy.resume_erasures()
            if rounds >= fresh_at or self._catalog.is_stale():
                fresh_at = rounds + self._choose_refresh_interval()
                await self.refresh_lists()
            if rounds % ROUNDS_PER_CLEANUP == 0:
                await self.delete_expired_data()

    async def resume_stuck_jobs(self) -> None:
        """Retry deliveries, notify requesters and resume jobs without a task."""
        await self._queue.refresh_jobs()
        for job in self._queue.living_jobs:
            if job.state is State.DELIVERING:
                self._delivery.start_delivery(job)
            elif job.state is State.RUNNING:
                self._worker.resume_job(job)
        since = self._context.clock.now() - NOTIFY_WITHIN
        for job in await self._stores.jobs.list_unnotified_jobs(since):
            self._delivery.start_delivery(job)

    async def refresh_lists(self) -> None:
        """Refresh the catalog from SwarmUI."""
        try:
            await self._catalog.refresh_catalog()
        except BackendError as error:
            if is_outage(error):
                await self._outage.begin_outage(error)

    def _choose_refresh_interval(self) -> int:
        """Return rounds until the next refresh, varied between bots."""
        minutes = self._context.host.refresh_minutes
        return minutes + self._context.ids.new_seed() % (minutes // 5 + 1)

    async def delete_expired_data(self) -> None:
        """Erase old drafts and history, and the spool of jobs long over."""
        now = self._context.clock.now()
        wanted = {job.order.image for job in await self._stores.jobs.list_living_jobs()}
        await self._spool.delete_old_init_images(wanted, now - self._context.host.deliver_within)
        over = await self._stores.retention.delete_expired_rows(now)
        for job in over:
            await self._spool.delete_job_files(job)
        if over:
            log.debug("swept", jobs=len(over))
