"""Stop signals. The first one asks for a graceful shutdown, a second one ends at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

log = structlog.stdlib.get_logger(__name__)


class StopSignals:
    """Received stop signals, first graceful, then at once."""

    def __init__(self) -> None:
        self.first, self.second = asyncio.Event(), asyncio.Event()

    def record_signal(self) -> None:
        """One more signal has come."""
        (self.second if self.first.is_set() else self.first).set()


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
    """Run `work` until it ends or a signal comes, then drain unless a second one comes."""
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
        await asyncio.gather(*tasks, return_exceptions=True)
    if ended:
        working.result()
    log.info("stopped")


@asynccontextmanager
async def catch_stop_signals() -> AsyncIterator[StopSignals]:
    """Install plain handlers, which also work on Windows, and restore the old ones."""
    loop, stop = asyncio.get_running_loop(), StopSignals()
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.record_signal))
        for number in numbers
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
