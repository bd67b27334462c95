"""Told to stop: the first signal asks for a polite end, a second one ends it at once."""

from __future__ import annotations

import asyncio
import signal

import pytest

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
