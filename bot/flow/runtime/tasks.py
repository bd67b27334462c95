"""Supervision of background tasks, with names, logged failures and cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

import structlog

from bot.core.errors import Refused, StoreError

RESTART_DELAY_S: Final = 5.0
T = TypeVar("T")
log = structlog.stdlib.get_logger(__name__)


class TaskSupervisor:
    """A group in which one task's failure is logged and does not end the others.

    Leaving the block cancels what still runs and waits for it: nothing outlives its owner.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def spawn_task(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start `work` in a task that the caller may cancel but need not await.

        After the supervisor has closed, the task is returned cancelled.
        """
        task = asyncio.create_task(work, name=name)
        if self._closed:
            task.cancel()
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)
        return task

    async def run_shielded(self, work: Coroutine[Any, Any, T], name: str) -> T:
        """Run `work` to its end, even if the caller stops waiting, and return its result.

        A `Refused` or a `StoreError` is for the caller and is not logged.
        """

        async def catch_errors() -> T | Refused | StoreError:
            try:
                return await work
            except (Refused, StoreError) as error:
                return error

        result = await asyncio.shield(self.spawn_task(catch_errors(), name))
        if isinstance(result, Refused | StoreError):
            raise result
        return result

    async def run_logged(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> bool:
        """Run `work` to its end. A failure is logged and answered with False."""
        task = self.spawn_task(work(), name)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        return task.cancelled() or task.exception() is None

    def run_forever(
        self,
        work: Callable[[], Coroutine[Any, Any, None]],
        name: str,
        sleep: Callable[[float], Awaitable[None]],
    ) -> asyncio.Task[Any]:
        """Start work that restarts five seconds after a failure."""

        async def restart_on_failure() -> None:
            while not await self.run_logged(work, name):
                await sleep(RESTART_DELAY_S)

        return self.spawn_task(restart_on_failure(), f"keeper of {name}")

    async def wait_for_tasks(self, prefixes: tuple[str, ...]) -> None:
        """Wait until no present task with such a name prefix is running."""
        while those := {t for t in self._tasks if t.get_name().startswith(prefixes)}:
            await asyncio.wait(those, return_when=asyncio.FIRST_COMPLETED)

    def _on_task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed", task=task.get_name(), exc_info=error)

    async def __aenter__(self) -> TaskSupervisor:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._closed = True
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            # Not gather: where all of them have ended, it returns at once on Python 3.12 and newer,
            # the callbacks that empty the set never run, and this loop never ends.
            await asyncio.wait(self._tasks)
