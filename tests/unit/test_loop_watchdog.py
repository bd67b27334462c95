"""A loop that stands still is logged with the stack that held it up."""

from __future__ import annotations

import asyncio
import threading
import time

from structlog.testing import capture_logs

from bot.loop_watchdog import HANG_S, LOG_INTERVAL_S, LoopWatchdog, run_watched


async def test_a_stall_is_logged_with_the_code_that_stalls() -> None:
    seen, loop, told = threading.Event(), asyncio.get_running_loop(), asyncio.Event()

    class Noticing(LoopWatchdog):
        def _format_stack(self) -> str:
            stack = super()._format_stack()
            seen.set()
            return stack

        def report_stall(self, seconds: float, stack: str) -> None:
            super().report_stall(seconds, stack)
            loop.call_soon_threadsafe(told.set)

    with capture_logs() as lines:
        watchdog = Noticing()
        watchdog.start()
        _stand_still(seen)
        await told.wait()
        watchdog.stop()
    assert lines[0]["event"] == "loop stalled"
    assert lines[0]["seconds"] >= 0.1
    assert "_stand_still" in lines[0]["stack"]
    assert "structlog" not in lines[0]["stack"]


def _stand_still(until: threading.Event) -> None:
    assert until.wait(60)


async def test_a_loop_that_does_not_go_on_is_logged_once_with_its_stack() -> None:
    stacks, rounds, seen = 0, 0, threading.Event()

    class Hurried(LoopWatchdog):
        def _format_stack(self) -> str:
            nonlocal stacks
            stacks += 1
            return super()._format_stack()

    def read_clock() -> float:
        nonlocal rounds
        rounds += stacks > 1
        if rounds > 5:
            seen.set()
        return time.monotonic() + (HANG_S if stacks else 0)

    with capture_logs() as lines:
        watchdog = Hurried(read_clock)
        watchdog.start()
        _stand_still(seen)
        watchdog.stop()
    [line] = [line for line in lines if line["event"] == "loop hangs"]
    assert line["seconds"] >= HANG_S
    assert "_stand_still" in line["stack"]


async def test_one_stall_is_logged_in_ten_seconds_and_the_others_are_counted() -> None:
    now = 100.0
    watchdog = LoopWatchdog(lambda: now)
    with capture_logs() as lines:
        for _ in range(4):
            watchdog.report_stall(0.2, "")
        now += LOG_INTERVAL_S
        watchdog.report_stall(0.3, "")
    assert [(line["seconds"], line["unlogged"]) for line in lines] == [(0.2, 0), (0.3, 3)]


async def test_the_thread_ends_with_the_work() -> None:
    async def work() -> None:
        assert "loop watchdog" in {thread.name for thread in threading.enumerate()}

    await run_watched(work())
    assert "loop watchdog" not in {thread.name for thread in threading.enumerate()}
