"""The end: nothing new begins, and what is under way is given time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.core.drawing.request import DrawRequest
from bot.core.errors import StoreError
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep
from bot.flow.drawing.requests import DeclinedRequest
from bot.flow.jobs.shutdown import DRAINED_TASK_PREFIXES
from bot.flow.runtime.context import HostSettings
from tests.support.books import MIA
from tests.support.flow import FakePainter, stage


async def test_what_is_drawn_and_sent_comes_to_its_end(tmp_path: Path) -> None:
    gate = asyncio.Event()
    painter = FakePainter(script=lambda _: [gate, ImageReady(0, "View/0.png"), RequestEnded()])
    house = HostSettings(max_in_flight=1)
    async with stage(tmp_path, painter=painter, house=house) as here:
        here.work()
        job, message = await here.ask()
        await here.becomes(job.id, "running")
        waits, _ = await here.ask()
        draining = asyncio.create_task(here.flow.shutdown.drain_tasks(60))
        await asyncio.sleep(0)
        assert not draining.done()
        gate.set()
        await asyncio.wait_for(draining, 60)
        assert await here.state(job.id) == "done"
        assert here.board.messages[message].files
        assert await here.state(waits.id) == "queued"


async def test_what_is_not_ready_in_time_is_left_for_the_next_start(tmp_path: Path) -> None:
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), never])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "running")
        await here.flow.shutdown.drain_tasks(0)
        assert await here.state(job.id) == "running"


async def test_nobody_is_let_in_any_more(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.flow.shutdown.drain_tasks(1)
        answer = await here.flow.requests.submit_request(DrawRequest("interaction:1", "a fox"), MIA)
        assert isinstance(answer, DeclinedRequest)
        assert await here.books.rows("jobs") == []


@pytest.mark.parametrize("prefix", [*DRAINED_TASK_PREFIXES, "something else "])
async def test_only_jobs_and_deliveries_are_waited_for_even_where_the_store_is_down(
    tmp_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path) as here:

        async def fail() -> None:
            raise StoreError("database is locked")

        monkeypatch.setattr(here.flow.queue, "refresh_jobs", fail)
        ended, gate = [], asyncio.Event()

        async def work() -> None:
            await gate.wait()
            ended.append(prefix)

        here.kit.tasks.spawn_task(work(), f"{prefix}x")
        draining = asyncio.create_task(here.flow.shutdown.drain_tasks(60))
        if prefix in DRAINED_TASK_PREFIXES:
            asyncio.get_running_loop().call_soon(gate.set)
        await asyncio.wait_for(draining, 60)
        assert ended == ([prefix] if prefix in DRAINED_TASK_PREFIXES else [])
        assert here.flow.queue.shutting_down
