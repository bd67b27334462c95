"""Jobs in SQLite. Each write is one transaction."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.sqlite import history, jobs
from bot.adapters.sqlite.codec import micros
from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.jobs import Terms
from bot.core.history.model import StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Event, Job, Move
from bot.core.jobs.model import AcceptedJob, NewJob


class SqliteJobStore:
    """Jobs and their settlement. Implements the port `JobStore`."""

    def __init__(self, db: Database, terms: Terms) -> None:
        self._db, self._terms = db, terms

    async def create_job(self, new: NewJob) -> AcceptedJob:
        return await self._db.run(jobs.submit, new, self._terms)

    async def check_new_job(self, new: NewJob) -> AcceptedJob:
        return await self._db.run(jobs.rehearse, new, self._terms)

    async def apply_job_event(self, job: JobId, event: Event, now: datetime) -> Move | None:
        return await self._db.run(jobs.move, job, event, now)

    async def record_delivery(
        self, job: JobId, images: tuple[StoredImage, ...], now: datetime
    ) -> Move | None:
        return await self._db.run(jobs.deliver, job, images, now)

    async def update_job_session(self, job: JobId, session: str) -> None:
        await self._db.run(jobs.note_session, job, session)

    async def find_job(self, job: JobId) -> Job | None:
        rows = await self._db.read(jobs.BY_ID, (job,))
        return jobs.read_job(rows[0]) if rows else None

    async def list_living_jobs(self) -> tuple[Job, ...]:
        return tuple(map(jobs.read_job, await self._db.read(jobs.BY_LIFE)))

    async def mark_job_notified(self, job: JobId) -> None:
        await self._db.run(jobs.told, job)

    async def list_unnotified_jobs(self, since: datetime) -> tuple[Job, ...]:
        rows = await self._db.read(jobs.UNTOLD, (micros(since),))
        return tuple(map(jobs.read_job, rows))

    async def list_orphaned_sessions(self) -> tuple[str, ...]:
        return tuple(row["session"] for row in await self._db.read(history.ORPHANS))

    async def mark_session_stopped(self, session: str) -> None:
        await self._db.run(history.stopped, session)
