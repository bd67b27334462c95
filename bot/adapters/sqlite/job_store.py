"""Jobs in SQLite. Each write is one transaction."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.sqlite import history, jobs
from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.jobs import HostDefaults
from bot.core.history.model import StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Event, Job, Move
from bot.core.jobs.model import AcceptedJob, NewJob


class SqliteJobStore:
    """Jobs and their settlement. Implements the port `JobStore`."""

    def __init__(self, db: Database, terms: HostDefaults) -> None:
        self._db, self._terms = db, terms

    async def create_job(self, new: NewJob) -> AcceptedJob:
        return await self._db.run_transaction(jobs.create_job, new, self._terms)

    async def check_new_job(self, new: NewJob) -> AcceptedJob:
        return await self._db.run_transaction(jobs.check_new_job, new, self._terms)

    async def apply_job_event(self, job: JobId, event: Event, now: datetime) -> Move | None:
        return await self._db.run_transaction(jobs.apply_job_event, job, event, now)

    async def record_delivery(
        self, job: JobId, images: tuple[StoredImage, ...], now: datetime
    ) -> Move | None:
        return await self._db.run_transaction(jobs.record_delivery, job, images, now)

    async def update_job_session(self, job: JobId, session: str) -> None:
        await self._db.run_transaction(jobs.update_job_session, job, session)

    async def find_job(self, job: JobId) -> Job | None:
        rows = await self._db.read_rows(jobs.SELECT_BY_ID, (job,))
        return jobs.read_job(rows[0]) if rows else None

    async def list_living_jobs(self) -> tuple[Job, ...]:
        return tuple(map(jobs.read_job, await self._db.read_rows(jobs.SELECT_LIVING)))

    async def mark_job_notified(self, job: JobId) -> None:
        await self._db.run_transaction(jobs.mark_job_notified, job)

    async def list_unnotified_jobs(self, since: datetime) -> tuple[Job, ...]:
        rows = await self._db.read_rows(jobs.SELECT_UNNOTIFIED, (to_micros(since),))
        return tuple(map(jobs.read_job, rows))

    async def list_orphaned_sessions(self) -> tuple[str, ...]:
        return tuple(row["session"] for row in await self._db.read_rows(history.SELECT_ORPHANS))

    async def mark_session_stopped(self, session: str) -> None:
        await self._db.run_transaction(history.mark_session_stopped, session)
