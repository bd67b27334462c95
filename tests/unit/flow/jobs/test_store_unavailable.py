"""The database fails for a while, at each step of a job: nothing is lost, doubled or miscounted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.core.drawing.request import DrawRequest
from bot.core.errors import StoreError
from bot.core.ids import JobId
from bot.core.jobs.job import Cancelled, Generated, Started
from bot.core.jobs.progress import SamplingStep, StatusFrame
from bot.flow.drawing.requests import DeclinedRequest
from bot.flow.ports import Stores
from tests.support.books import MIA, wrap_stores
from tests.support.flow import FakePainter, Stage, stage
from tests.support.table import AddRow

TITLE = "Faults of the database"


class Failing:
    """Books that fail: `trouble` maps a method to how often, each time before or after it acts.

    "move" may be narrowed to an event: "move Generated". `after` means that the work was done and
    only its answer was lost, as when the process that wrote it was too slow.
    """

    def __init__(self, store: Any, trouble: dict[str, int], met: list[str]) -> None:
        self._store, self.trouble, self.met = store, trouble, met

    def __getattr__(self, name: str) -> Callable[..., Any]:
        real: Callable[..., Any] = getattr(self._store, name)
        if not asyncio.iscoroutinefunction(real):
            return real

        async def guarded(*args: Any, **kwargs: Any) -> Any:
            for way in (name, f"{name} {type(args[1]).__name__ if len(args) > 1 else ''}"):
                if self.trouble.get(way, 0) > 0:
                    self.trouble[way] -= 1
                    self.met.append(way)
                    raise StoreError("database or disk is full")
            return await real(*args, **kwargs)

        return guarded


class Wrapped:
    """Keeps hold of the wrapper that the stage is built around."""

    def __init__(self) -> None:
        self.trouble: dict[str, int] = {}
        self.met: list[str] = []

    def __call__(self, stores: Stores) -> Stores:
        return wrap_stores(stores, lambda store: Failing(store, self.trouble, self.met))


async def in_time(here: Stage, job: JobId, state: str) -> None:
    """Minutes pass, and with each the janitor's round, until the job is in that state."""

    async def is_so() -> bool:
        if await here.state(job) == state:
            return True
        with contextlib.suppress(StoreError):
            await here.flow.maintenance.resume_stuck_jobs()
        return False

    await here.until(is_so)
    await here.kit.tasks.wait_for_tasks((f"delivery {job}",))


@pytest.mark.parametrize(
    "step",
    [
        f"apply_job_event {Started.__name__}",
        f"apply_job_event {Generated.__name__}",
        "record_delivery",
        "list_job_posts",
        "list_living_jobs",
        "compute_balance",
        "find_job",
    ],
)
async def test_a_disk_that_is_full_for_a_while_costs_no_picture(
    tmp_path: Path, step: str, row: AddRow
) -> None:
    wrapped = Wrapped()
    painter = FakePainter()
    async with stage(tmp_path, painter=painter, around=wrapped) as here:
        job, _message = await here.ask(images=2)
        wrapped.trouble[step] = 3
        here.work()
        await in_time(here, job.id, "done")
        shown = [one for one in here.board.messages.values() if one.files]
        assert [len(one.files) for one in shown] == [2]
        assert len(painter.drawn) == 1
        assert await here.books.used() == (2, 2)
        await here.balanced()
        if step not in ("find_job", "compute_balance"):
            assert wrapped.met
            row(
                TITLE,
                met_by=step,
                fault="full, three times",
                ended="picture once",
                told="by it",
                hold="closed",
            )


async def unasked() -> bytes:
    """Nothing is fetched for somebody who may be blocked."""
    raise AssertionError


async def test_who_asks_while_the_books_are_closed_hears_it_and_owes_nothing(
    tmp_path: Path, row: AddRow
) -> None:
    wrapped = Wrapped()
    async with stage(tmp_path, around=wrapped) as here:
        wrapped.trouble["create_job"] = 1
        answer = await here.flow.requests.submit_request(DrawRequest("interaction:1", "a fox"), MIA)
        assert isinstance(answer, DeclinedRequest)
        assert "Nothing was charged. Try again in a minute. Ref K7Q2" in answer.card.content
        wrapped.trouble["check_new_job"] = 1
        begun = await here.flow.requests.submit_with_image(
            DrawRequest("interaction:2", "a fox"), unasked, MIA
        )
        assert begun == answer
        assert await here.books.rows("holds") == []
        row(
            TITLE, met_by="create_job", fault="full", ended="refused", told="privately", hold="none"
        )


async def test_a_cancel_that_could_not_be_written_cancels_nothing(
    tmp_path: Path, row: AddRow
) -> None:
    """State first, then the signal: the drawing goes on, and the next press works."""
    wrapped = Wrapped()
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [StatusFrame(1, 0, 0, 1), SamplingStep(0, 0.5), never])
    async with stage(tmp_path, painter=painter, around=wrapped) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "Drawing")
        wrapped.trouble[f"apply_job_event {Cancelled.__name__}"] = 1
        with pytest.raises(StoreError):
            await here.flow.cancellation.cancel_job(job.id, MIA)
        for _ in range(100):
            await asyncio.sleep(0)  # a signal would arrive meanwhile
        assert painter.interrupted == []
        assert await here.state(job.id) == "running"
        assert await here.flow.cancellation.cancel_job(job.id, MIA) is None
        await here.says(message, "Cancelled. 1 picture returned")
        await here.balanced()
        row(
            TITLE,
            met_by="apply_job_event Cancelled",
            fault="full",
            ended="returned",
            told="in its card",
            hold="closed",
        )
