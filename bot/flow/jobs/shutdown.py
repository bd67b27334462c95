"""Graceful shutdown, which accepts no new jobs and waits for running ones."""

from __future__ import annotations

import asyncio

import structlog

from bot.core.errors import StoreError
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.status_line import StatusLine
from bot.flow.runtime.tasks import TaskSupervisor

DRAINED_TASK_PREFIXES = ("job ", "delivery ")
log = structlog.stdlib.get_logger(__name__)


class Shutdown:
    """Graceful shutdown. Unfinished work resumes at the next start."""

    def __init__(self, tasks: TaskSupervisor, queue: JobQueue, status_line: StatusLine) -> None:
        self._tasks, self._queue, self._status_line = tasks, queue, status_line

    async def drain_tasks(self, seconds: float) -> None:
        """Accept no more jobs, and wait at most `seconds` for running work."""
        self._queue.shutting_down = True
        self._status_line.refresh()
        try:
            await self._queue.refresh_jobs()
        except StoreError as error:
            log.warning("cards do not say that we stop", why=str(error))
        try:
            async with asyncio.timeout(seconds):
                await self._tasks.wait_for_tasks(DRAINED_TASK_PREFIXES)
        except TimeoutError:
            log.info("parked", jobs=len(self._queue.living_jobs))
