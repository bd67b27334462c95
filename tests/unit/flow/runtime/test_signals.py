"""Told to stop: the first signal asks for a polite end, a second one ends it at once."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from bot.flow.runtime import signals
from bot.flow.runtime.signals import (
    StopSignals,
    catch_stop_signals,
    run_unless_stopped,
    run_until_stopped,
)


class Work:
    """Work that goes on until it is let go; what became of it is in `log`."""

    def __init__(self, log: list[str], name: str) -> None:
        self.begun, self.let_go, self._log, self._name = asyncio.Event(), asyncio.Event(), log, name

    async def run(self) -> None:
        self.begun.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self._log.append(f"{self._name} cancelled")
            raise
        self._log.append(f"{self._name} ended")


async def fail() -> None:
    raise ZeroDivisionError


def test_the_first_signal_is_told_from_those_after_it() -> None:
    stop = StopSignals()
    stop.record_signal()
    assert (stop.first.is_set(), stop.second.is_set()) == (True, False)
    stop.record_signal()
    stop.record_signal()
    assert stop.second.is_set()


async def test_a_start_runs_to_its_end_unless_it_is_told_to_stop() -> None:
    log: list[str] = []
    told, work = asyncio.Event(), Work(log, "start")
    work.let_go.set()
    assert await run_unless_stopped(told, work.run())
    never = Work(log, "start")
    told.set()
    assert not await run_unless_stopped(told, never.run())
    assert log == ["start ended", "start cancelled"]


async def test_a_failure_of_the_work_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await run_unless_stopped(asyncio.Event(), fail())
    with pytest.raises(ZeroDivisionError):
        await run_until_stopped(StopSignals(), fail(), lambda: Work([], "drain").run())


async def test_work_that_ends_by_itself_drains_nothing() -> None:
    log: list[str] = []
    work, drain = Work(log, "work"), Work(log, "drain")
    work.let_go.set()
    await run_until_stopped(StopSignals(), work.run(), drain.run)
    assert log == ["work ended"]


async def test_after_the_first_signal_the_work_goes_on_until_it_is_drained() -> None:
    log: list[str] = []
    stop, work, drain = StopSignals(), Work(log, "work"), Work(log, "drain")
    running = asyncio.create_task(run_until_stopped(stop, work.run(), drain.run))
    await work.begun.wait()
    stop.record_signal()
    await drain.begun.wait()
    assert log == []
    drain.let_go.set()
    await asyncio.wait_for(running, 10)
    assert log == ["drain ended", "work cancelled"]


async def test_a_second_signal_waits_for_nothing() -> None:
    log: list[str] = []
    stop, work, drain = StopSignals(), Work(log, "work"), Work(log, "drain")
    running = asyncio.create_task(run_until_stopped(stop, work.run(), drain.run))
    await work.begun.wait()
    stop.record_signal()
    await drain.begun.wait()
    stop.record_signal()
    await asyncio.wait_for(running, 10)
    assert sorted(log) == ["drain cancelled", "work cancelled"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_are_caught_and_the_former_handlers_come_back(number: int) -> None:
    before = signal.getsignal(number)
    async with catch_stop_signals() as stop:
        signal.raise_signal(number)
        await asyncio.wait_for(stop.first.wait(), 10)
        assert not stop.second.is_set()
        signal.raise_signal(number)
        await asyncio.wait_for(stop.second.wait(), 10)
    assert signal.getsignal(number) == before


class Stubborn(Work):
    """Work that swallows its cancellation."""

    def __init__(self, log: list[str], name: str) -> None:
        super().__init__(log, name)
        self.swallowed = asyncio.Event()

    async def run(self) -> None:
        self.begun.set()
        while not self.let_go.is_set():
            try:
                await self.let_go.wait()
            except asyncio.CancelledError:
                self._log.append("swallowed")
                self.swallowed.set()


async def test_work_that_swallows_its_cancellation_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signals, "CLOSE_LIMIT_S", 0.1)
    monkeypatch.setattr(signals, "HURRY_LIMIT_S", 0.05)
    monkeypatch.setattr(signals, "FORCE_AFTER_S", 0.05)
    log: list[str] = []
    ended = threading.Event()
    stop, work, drain = StopSignals(lambda _: ended.set()), Stubborn(log, "work"), Work(log, "d")
    drain.let_go.set()
    running = asyncio.create_task(run_until_stopped(stop, work.run(), drain.run))
    await work.begun.wait()
    stop.record_signal()
    await asyncio.wait_for(running, 10)
    assert log == ["d ended", "swallowed"]
    assert await asyncio.to_thread(ended.wait, 10), "what is left may not hold up the process"
    work.let_go.set()


async def test_a_second_signal_is_heard_while_the_work_is_being_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signals, "CLOSE_LIMIT_S", 3600.0)
    monkeypatch.setattr(signals, "HURRY_LIMIT_S", 0.05)
    log: list[str] = []
    stop, work, drain = StopSignals(lambda _: None), Stubborn(log, "work"), Work(log, "drain")
    drain.let_go.set()
    running = asyncio.create_task(run_until_stopped(stop, work.run(), drain.run))
    await work.begun.wait()
    stop.record_signal()
    await work.swallowed.wait()
    stop.record_signal()
    await asyncio.wait_for(running, 10)
    work.let_go.set()


@pytest.mark.parametrize("may_force", [True, False])
async def test_a_second_signal_ends_a_process_whose_loop_hangs(
    monkeypatch: pytest.MonkeyPatch, may_force: bool
) -> None:
    """But not while a migration runs, which is always finished."""
    monkeypatch.setattr(signals, "FORCE_AFTER_S", 0.05)
    codes: list[int] = []
    ended = threading.Event()

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    stop = StopSignals(end)
    stop.may_force = may_force
    stop.count_signal()
    assert not ended.wait(0.2)
    stop.count_signal()
    assert ended.wait(10 if may_force else 0.2) == may_force
    assert codes == ([1] if may_force else [])
