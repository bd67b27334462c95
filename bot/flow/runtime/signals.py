"""Stop signals. The first one asks for a graceful shutdown, a second one ends at once.

Nothing can hold up the end. Work that does not let itself be cancelled is left behind, and after a
second signal a thread ends the process if the event loop does not.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog

log = structlog.stdlib.get_logger(__name__)


CLOSE_LIMIT_S: Final = 10.0
HURRY_LIMIT_S: Final = 2.0
FORCE_AFTER_S: Final = 10.0
"""Longer than a client and a database need to close."""


class StopSignals:
    """Received stop signals, first graceful, then at once.

    `may_force` is True when nothing runs any more that has to be finished, such as a migration.
    """

    def __init__(self, end_process: Callable[[int], None] = os._exit) -> None:
        self.first, self.second = asyncio.Event(), asyncio.Event()
        self.may_force = False
        self._end_process, self._received = end_process, 0

    def record_signal(self) -> None:
        """One more signal has come."""
        (self.second if self.first.is_set() else self.first).set()

    def count_signal(self) -> None:
        """Count one in the signal handler itself, which also runs if the event loop does not."""
        self._received += 1
        if self._received > 1 and self.may_force:
            self.force_end()

    def force_end(self) -> None:
        """End the process in some seconds, whatever it does."""
        timer = threading.Timer(FORCE_AFTER_S, self._end_process, (1,))
        timer.daemon = True
        timer.start()


async def run_unless_stopped(signal_event: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Run `work` to its end, or False if a signal cancelled it."""
    working = asyncio.create_task(work, name="prepare")
    waiting = asyncio.create_task(signal_event.wait(), name="signal")
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = working.done()
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)
    if ended:
        working.result()
    return ended


async def run_until_stopped(
    stop: StopSignals,
    work: Coroutine[Any, Any, None],
    drain: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """Run `work` until it ends or a signal comes, then drain unless a second one comes.

    Work that has not ended ten seconds after it was cancelled is left behind, or two seconds after
    a second signal.
    """
    stop.may_force = True
    working = asyncio.create_task(work, name="client")
    first = asyncio.create_task(stop.first.wait(), name="first signal")
    tasks = [working, first]
    try:
        await asyncio.wait({working, first}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            log.info("stopping", how="what is under way may end; a second signal ends it now")
            draining = asyncio.create_task(drain(), name="drain")
            second = asyncio.create_task(stop.second.wait(), name="second signal")
            tasks += [draining, second]
            await asyncio.wait(tasks[:1] + tasks[2:], return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = working.done()
        for task in tasks:
            task.cancel()
        await _wait_until_ended(stop, tasks)
    if ended:
        working.result()
    log.info("stopped")


async def _wait_until_ended(stop: StopSignals, tasks: list[asyncio.Task[Any]]) -> None:
    """Wait for cancelled tasks, but no longer than the limits."""
    ending = asyncio.ensure_future(asyncio.wait(tasks))
    hurry = asyncio.create_task(stop.second.wait(), name="second signal")
    try:
        await asyncio.wait(
            {ending, hurry}, timeout=CLOSE_LIMIT_S, return_when=asyncio.FIRST_COMPLETED
        )
        await asyncio.wait({ending}, timeout=HURRY_LIMIT_S)
    finally:
        ending.cancel()
        hurry.cancel()
    if left := [task.get_name() for task in tasks if not task.done()]:
        log.warning("left behind", tasks=left)
        if stop.first.is_set():
            stop.force_end()
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # the work's is raised by who asked for it, the others are let go


@asynccontextmanager
async def catch_stop_signals() -> AsyncIterator[StopSignals]:
    """Install plain handlers, which also work on Windows, and restore the old ones."""
    loop, stop = asyncio.get_running_loop(), StopSignals()
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {
        number: signal.signal(number, lambda *_: _handle_signal(loop, stop)) for number in numbers
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _handle_signal(loop: asyncio.AbstractEventLoop, stop: StopSignals) -> None:
    stop.count_signal()
    loop.call_soon_threadsafe(stop.record_signal)
