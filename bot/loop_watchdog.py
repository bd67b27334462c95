"""Watchdog thread of the event loop. It logs each stall with the stack that held the loop up.

The loop ticks, and the thread waits until a tick is late. Then it takes the stack of the loop's
thread, while that still does what it does, and logs it when the loop goes on. Of a loop that does
not go on, it logs the stack once.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

STALL_S: Final = 0.1
HANG_S: Final = 30.0  # a loop this late may never go on
LOG_INTERVAL_S: Final = 10.0  # one stall is logged in that time, and the others are counted
_TICK_S: Final = 0.025
_FRAMES_MAX: Final = 20
log = structlog.stdlib.get_logger(__name__)


class LoopWatchdog:
    """Watchdog of the running loop. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._loop, self._clock = asyncio.get_running_loop(), clock
        self._loop_thread = threading.get_ident()
        self._ticked_at = clock()
        self._handle: asyncio.TimerHandle | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="loop watchdog", daemon=True)
        self._next_log_at, self._unlogged = clock(), 0

    def start(self) -> None:
        """Start to tick and to watch."""
        self._tick()
        self._thread.start()

    def stop(self) -> None:
        """End the thread and the ticks."""
        self._stopped.set()
        if self._handle is not None:
            self._handle.cancel()
        self._thread.join()

    def _tick(self) -> None:
        self._ticked_at = self._clock()
        self._handle = self._loop.call_later(_TICK_S, self._tick)

    def _watch(self) -> None:
        while not self._stopped.is_set():
            seen = self._ticked_at
            late_at = seen + STALL_S
            if self._stopped.wait(max(0.0, late_at - self._clock())):
                return
            if self._ticked_at != seen:
                continue
            stack = self._format_stack()
            is_told = False
            while self._ticked_at == seen:
                if self._stopped.wait(_TICK_S):
                    return
                late_s = self._clock() - seen
                if late_s >= HANG_S and self._ticked_at == seen and not is_told:
                    is_told = True
                    log.error("loop hangs", seconds=round(late_s), stack=self._format_stack())
            self.report_stall(self._ticked_at - seen, stack)

    def _format_stack(self) -> str:
        frame = sys._current_frames().get(self._loop_thread)
        return "".join(traceback.format_stack(frame)[-_FRAMES_MAX:]).rstrip()

    def report_stall(self, seconds: float, stack: str) -> None:
        """Log a stall, or count it where another was logged just before."""
        if self._clock() < self._next_log_at:
            self._unlogged += 1
            return
        more, self._unlogged = self._unlogged, 0
        self._next_log_at = self._clock() + LOG_INTERVAL_S
        log.warning("loop stalled", seconds=round(seconds, 3), unlogged=more, stack=stack)


async def run_watched(work: Awaitable[None]) -> None:
    """Run `work` with a watchdog of its loop."""
    watchdog = LoopWatchdog()
    watchdog.start()
    try:
        await work
    finally:
        watchdog.stop()
