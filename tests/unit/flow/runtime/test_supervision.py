"""What breaks is begun anew and said once; the work of the others goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.core.jobs import fair_queue
from bot.flow.runtime.tasks import TaskSupervisor
from tests.support.flow import FakePainter, Hands, Stage, stage


class Broken(Exception):
    """Nobody has thought of this one."""


def once(real: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but the first call breaks."""
    calls = 0

    def broken(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise Broken
        return real(*args, **kwargs)

    return broken


def _failures(logs: list[Any]) -> list[str]:
    return [line["task"] for line in logs if line["event"] == "task failed"]


def _work(here: Stage, hands: Hands) -> None:
    """As `app.run` keeps them."""

    async def worker() -> None:
        await here.flow.recovery.resume_jobs()
        await here.flow.worker.process_queue()

    here.kit.tasks.run_forever(here.flow.outage.watch_backend, "outage", hands.sleep)
    here.kit.tasks.run_forever(here.flow.maintenance.run_rounds, "janitor", hands.sleep)
    here.kit.tasks.run_forever(worker, "worker", hands.sleep)


async def test_work_that_fails_is_begun_anew_and_work_that_ends_is_not() -> None:
    runs, hands = 0, Hands()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise Broken

    with structlog.testing.capture_logs() as logs:
        async with TaskSupervisor() as crew:
            await crew.run_forever(work, "work", hands.sleep)
    assert runs == 3
    assert _failures(logs) == ["work", "work"]


async def test_a_worker_that_throws_draws_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands()
    monkeypatch.setattr(fair_queue, "choose_next", once(fair_queue.choose_next))
    with structlog.testing.capture_logs() as logs:
        async with stage(tmp_path, hands=hands) as here:
            _work(here, hands)
            job, _ = await here.ask()
            await here.becomes(job.id, "done")
            await here.balanced()
    assert _failures(logs) == ["worker"]


async def test_a_janitor_that_throws_comes_again(tmp_path: Path) -> None:
    """Afterwards it still finds the job that nobody is at."""
    hands = Hands()
    with structlog.testing.capture_logs() as logs:
        async with stage(tmp_path, hands=hands) as here:
            here.painter.is_stale = once(here.painter.is_stale)  # type: ignore[method-assign]
            _work(here, hands)

            async def failed() -> bool:
                return "janitor" in _failures(logs)

            await here.until(failed)
            job, _ = await here.ask()
            await here.becomes(job.id, "done")
            await here.balanced()
    assert _failures(logs) == ["janitor"]


async def test_a_job_that_breaks_is_returned_and_the_next_one_drawn(tmp_path: Path) -> None:
    painter, hands = FakePainter(), Hands()
    painter.script = once(painter.script)
    async with stage(tmp_path, painter=painter, hands=hands) as here:
        _work(here, hands)
        first, message = await here.ask()
        await here.becomes(first.id, "failed")
        await here.says(message, "on our side")
        second, _ = await here.ask()
        await here.becomes(second.id, "done")
        await here.balanced()
