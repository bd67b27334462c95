"""Periodic maintenance, which deletes expired data and retries stuck deliveries."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.default_model import describe_missing_default
from bot.core.errors import BackendError
from bot.core.jobs.job import State
from bot.core.jobs.retry import stops_drawing
from bot.flow.departures import Departures
from bot.flow.jobs.delivery import Delivery
from bot.flow.jobs.image_removal import ImageRemoval
from bot.flow.jobs.orphaned_sessions import OrphanedSessions
from bot.flow.jobs.outage import Outage
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.recovery import NOTIFY_WITHIN
from bot.flow.jobs.worker import Worker
from bot.flow.kept_files import KeptFiles
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
        removal: ImageRemoval,
        departures: Departures,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._stores, self._catalog, self._spool = ports.stores, ports.catalog, ports.spool
        self._context, self._queue, self._worker = context, queue, worker
        self._outage, self._delivery, self._privacy = outage, delivery, privacy
        self._orphans, self._removal, self._departures = orphans, removal, departures
        self._kept_files = KeptFiles(ports, context)
        # Counted here, because a loop that starts again goes on counting.
        self._rounds, self._refresh_at = 0, self._choose_refresh_interval()
        self._checked_lists: CatalogSnapshot | None = None
        self._default_trouble = ""

    async def run_rounds(self) -> None:
        """Run for ever. A step that fails is logged and stops no other.

        Files go first, because a full disk lets nothing else succeed.
        """
        while True:
            await self._context.clock.sleep(ROUND_INTERVAL_S)
            self._rounds += 1
            cleans_up = self._rounds % ROUNDS_PER_CLEANUP == 0
            if cleans_up:
                await self._run_step(self.delete_expired_files, "files")
            await self._run_step(self.resume_stuck_jobs, "jobs")
            await self._run_step(self._orphans.interrupt_all, "orphans")
            await self._run_step(self._delete_expired_tokens, "tokens")
            await self._run_step(self._privacy.resume_erasures, "erasures")
            await self._run_step(self._removal.delete_removed_files, "removed files")
            if self._rounds >= self._refresh_at or self._catalog.is_stale():
                self._refresh_at = self._rounds + self._choose_refresh_interval()
                await self._run_step(self.refresh_lists, "lists")
            await self._run_step(self.check_default_model, "default model")
            if cleans_up:
                await self._run_step(self._departures.forget_departed, "departed servers")
                await self._run_step(self._delete_expired_rows, "rows")
                await self._run_step(self._kept_files.review_files, "kept files")

    async def _run_step(self, step: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        await self._context.tasks.run_logged(step, f"maintenance of {name}")

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
            if stops_drawing(error):
                await self._outage.begin_outage(error)

    async def check_default_model(self) -> None:
        """Log once that the host's default model can't be used, and once when it can again."""
        snapshot, before = self._catalog.get_snapshot(), self._default_trouble
        if snapshot is self._checked_lists or not snapshot.models:
            return
        self._checked_lists, wished = snapshot, self._context.host.bounds.default_model
        self._default_trouble = describe_missing_default(wished, snapshot.models)
        if self._default_trouble and self._default_trouble != before:
            fix = "Correct swarmui.model. Until then another model is used."
            log.warning("the default model can't be used", why=self._default_trouble, fix=fix)
        elif before and not self._default_trouble:
            log.info("the default model can be used again", model=wished)

    def _choose_refresh_interval(self) -> int:
        """Return rounds until the next refresh, varied between bots."""
        minutes = self._context.host.refresh_minutes
        return minutes + self._context.ids.new_seed() % (minutes // 5 + 1)

    async def delete_expired_files(self) -> None:
        """Delete the spool of jobs long over, files of no known job and old init images."""
        now, retention = self._context.clock.now(), self._stores.retention
        before = now - self._context.host.deliver_within
        wanted = {job.order.image for job in await self._stores.jobs.list_living_jobs()}
        await self._spool.delete_old_init_images(wanted, before)
        left = set(await self._spool.list_old_job_folders(before))
        for job in left - await retention.find_spooled_jobs(left):
            await self._spool.delete_job_files(job)
        while over := await retention.list_expired_spools(now):
            for job in over:
                await self._spool.delete_job_files(job)
            await retention.mark_spools_deleted(over)
            log.debug("swept", jobs=len(over))

    async def _delete_expired_tokens(self) -> None:
        await self._stores.posts.delete_expired_tokens(self._context.clock.now())

    async def _delete_expired_rows(self) -> None:
        await self._stores.retention.delete_expired_rows(self._context.clock.now())
