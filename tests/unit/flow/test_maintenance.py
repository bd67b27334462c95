"""The rounds of the janitor: lists are read anew, and what has had its time is forgotten."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import DrawingBounds, DrawRequest, Model
from bot.core.errors import MissingPermission, StoreError
from bot.core.ids import JobId
from bot.core.jobs.job import Generated, Started
from bot.core.jobs.progress import ImageReady, RequestEnded, StatusFrame
from bot.core.ui.card import MessageContent
from bot.flow.maintenance import ROUND_INTERVAL_S, ROUNDS_PER_CLEANUP
from bot.flow.ports import Stores
from bot.flow.runtime.context import HostSettings
from tests.support.books import MIA, job_id, wrap_stores
from tests.support.flow import MODEL, FakeBoard, FakePainter, Hands, Stage, png, stage


async def test_the_lists_are_read_anew_in_their_time_and_after_a_restart(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        read: list[float] = []
        stale = [False]
        enough = asyncio.Event()

        async def refresh() -> None:
            read.append((here.hands.now - start).total_seconds() / 60)
            stale[0] = len(read) == 2  # the server is restarted right after the second
            if len(read) == 4:
                enough.set()

        here.painter.refresh_catalog = refresh  # type: ignore[method-assign]  # only when it is asked
        here.painter.is_stale = lambda: stale[0]  # type: ignore[method-assign]
        start = here.hands.now
        task = asyncio.create_task(here.flow.maintenance.run_rounds())
        await asyncio.wait_for(enough.wait(), 20)
        task.cancel()
    first, second, restarted, after = read[:4]
    assert 10 <= first <= 13
    assert 10 <= second - first <= 13
    assert restarted - second == 1
    assert 10 <= after - restarted <= 13


async def test_the_first_round_comes_after_a_minute_and_old_files_go_with_the_tenth(
    tmp_path: Path,
) -> None:
    slept: list[float] = []
    swept = asyncio.Event()

    class Counted(Hands):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            await super().sleep(seconds)

    house = HostSettings(deliver_within=timedelta(minutes=1))
    async with stage(tmp_path, hands=Counted(), house=house) as here:

        async def delete_old(keep: object, before: object) -> None:
            assert before == here.hands.now - house.deliver_within
            swept.set()

        here.kit.spool.delete_old_init_images = delete_old  # type: ignore[method-assign]
        task = asyncio.create_task(here.flow.maintenance.run_rounds())
        await asyncio.wait_for(swept.wait(), 20)
        task.cancel()
    assert slept == [ROUND_INTERVAL_S] * ROUNDS_PER_CLEANUP


async def test_a_default_model_that_is_missing_is_told_once_and_again_when_it_vanishes(
    tmp_path: Path,
) -> None:
    house = HostSettings(bounds=DrawingBounds(default_model="flux/dev"))
    others, flux = (MODEL,), Model("flux/dev", "Flux Dev")
    async with stage(tmp_path, house=house) as here:

        async def look(models: tuple[Model, ...]) -> list[str]:
            here.painter.catalog = CatalogSnapshot(models=models)
            with capture_logs() as logs:
                await here.flow.maintenance.check_default_model()
                await here.flow.maintenance.check_default_model()
            return [f"{line['log_level']}: {line.get('why', line['event'])}" for line in logs]

        missing = "warning: SwarmUI has no model named flux/dev. It has SDXL."
        back = "info: the default model can be used again"
        assert await look(()) == []
        assert await look(others) == [missing]
        assert await look((*others,)) == []
        assert await look((*others, flux)) == [back]
        assert await look(()) == []
        assert await look(others) == [missing]


async def test_each_round_looks_for_the_default_model(tmp_path: Path) -> None:
    house = HostSettings(bounds=DrawingBounds(default_model="flux/dev"))
    async with stage(tmp_path, house=house) as here:
        looked = asyncio.Event()

        async def look() -> None:
            looked.set()

        here.flow.maintenance.check_default_model = look  # type: ignore[method-assign]
        task = asyncio.create_task(here.flow.maintenance.run_rounds())
        await asyncio.wait_for(looked.wait(), 20)
        task.cancel()


async def test_what_nobody_is_at_is_taken_up_again(tmp_path: Path) -> None:
    """A job whose pictures are on the disk, and nobody brings them."""
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        jobs = here.books.books.jobs
        await jobs.apply_job_event(job.id, Started("s", f"f/{job.id}/1"), here.hands.now)
        await here.kit.spool.save_image(job.id, 0, png())
        await jobs.apply_job_event(job.id, Generated(1), here.hands.now)
        assert here.board.messages[message].files == ()
        await here.flow.maintenance.resume_stuck_jobs()
        await here.becomes(job.id, "done")
        assert here.board.messages[message].files
        await here.balanced()


async def test_a_picture_to_begin_from_is_kept_while_a_living_job_wants_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        wanted = await here.kit.spool.save_init_image(here.kit.ids.new_job_id(), png(side=40))
        other = await here.kit.spool.save_init_image(here.kit.ids.new_job_id(), png(side=40))
        wish = DrawRequest("interaction:1", "a fox", image=wanted.name)
        await here.flow.requests.submit_request(wish, MIA)
        old = (here.hands.now - 2 * HostSettings().deliver_within).timestamp()
        for path in (tmp_path / "spool" / "inputs").iterdir():
            os.utime(path, (old, old))
        await here.flow.maintenance.delete_expired_files()
        kept = [one.stem for one in (tmp_path / "spool" / "inputs").iterdir()]
        assert wanted.name in kept
        assert other.name not in kept


class FullDisk:
    """Stores on a disk that takes no row more while it is `full`. Reading works."""

    def __init__(self) -> None:
        self.full = False

    def wrap(self, stores: Stores) -> Stores:
        return wrap_stores(stores, lambda store: _StoreOnFullDisk(store, self))


class _StoreOnFullDisk:
    def __init__(self, store: Any, disk: FullDisk) -> None:
        self._store, self._disk = store, disk

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name.startswith(("list_", "find_", "load_", "get_", "compute_")):
            return method

        async def call(*args: Any) -> Any:
            if self._disk.full:
                raise StoreError("database or disk is full")
            return await method(*args)

        return call


def pictures(folder: Path) -> list[str]:
    """The pictures in the spool, each with its folder. A folder may go meanwhile."""
    spool = folder / "spool"
    files = (Path(root, name) for root, _, names in os.walk(spool) for name in names)
    return sorted(path.relative_to(spool).as_posix() for path in files)


async def drawn(here: Stage, prompt: str = "a fox") -> JobId:
    """A job that is done, with nobody at it any more."""
    job, _ = await here.ask(prompt)
    await here.becomes(job.id, "done")
    await here.kit.tasks.wait_for_tasks(("delivery ",))
    return job.id


async def test_a_full_disk_is_freed_of_what_has_had_its_time(tmp_path: Path) -> None:
    """No row can be written, so files go before rows, and each failure stops itself only."""
    disk = FullDisk()
    with structlog.testing.capture_logs() as logs:
        async with stage(tmp_path, around=disk.wrap) as here:
            here.work()
            for _ in range(3):
                await drawn(here)
            assert len(pictures(tmp_path)) == 3
            here.hands.now += timedelta(hours=30)
            disk.full = True
            rounds = here.kit.tasks.spawn_task(here.flow.maintenance.run_rounds(), "rounds")

            async def freed() -> bool:
                return pictures(tmp_path) == []

            await here.until(freed)
            disk.full = False
            here.hands.now += timedelta(days=91)

            async def forgotten() -> bool:
                return not await here.books.rows("jobs")

            await here.until(forgotten)
            rounds.cancel()
    failed = {line["task"] for line in logs if line["event"] == "task failed"}
    assert "maintenance of tokens" in failed
    assert "rounds" not in failed


async def test_every_step_comes_in_its_round_however_many_others_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[str] = Counter()

    def broken(name: str) -> Callable[[], Awaitable[None]]:
        async def step() -> None:
            calls[name] += 1
            raise RuntimeError(name)

        return step

    async with stage(tmp_path) as here:
        maintenance = here.flow.maintenance
        steps = (
            (maintenance, "delete_expired_files"),
            (maintenance, "resume_stuck_jobs"),
            (maintenance._orphans, "interrupt_all"),
            (maintenance, "_delete_expired_tokens"),
            (maintenance._privacy, "resume_erasures"),
            (maintenance, "refresh_lists"),
            (maintenance, "_delete_expired_rows"),
        )
        for owner, name in steps:
            monkeypatch.setattr(owner, name, broken(name))
        rounds = here.kit.tasks.spawn_task(maintenance.run_rounds(), "rounds")

        async def twice() -> bool:
            return calls["_delete_expired_rows"] == 2

        await here.until(twice)
        rounds.cancel()
    assert calls.pop("delete_expired_files") == calls.pop("_delete_expired_rows") == 2
    assert 1 <= calls.pop("refresh_lists") <= 2
    assert set(calls.values()) == {2 * ROUNDS_PER_CLEANUP}


async def test_a_loop_that_is_begun_anew_goes_on_counting(tmp_path: Path) -> None:
    """Where it counted from nothing, it might never come to the tenth round."""
    async with stage(tmp_path) as here:
        swept = []

        async def files() -> None:
            swept.append(here.hands.now)

        here.flow.maintenance.delete_expired_files = files  # type: ignore[method-assign]
        start = here.hands.now
        while not swept and here.hands.now - start < timedelta(minutes=20):
            task = here.kit.tasks.spawn_task(here.flow.maintenance.run_rounds(), "rounds")
            seen = here.hands.now

            async def a_few_rounds(seen: datetime = seen) -> bool:
                return here.hands.now - seen >= timedelta(minutes=3)

            await here.until(a_few_rounds)
            task.cancel()
        assert swept


async def test_a_picture_that_nobody_has_seen_is_not_thrown_away(tmp_path: Path) -> None:
    """No place took it, and SwarmUI keeps no files (its setting SaveFiles is off)."""
    board, painter = FakeBoard(), FakePainter()
    inline = ImageReady(0, "data:image/png;base64,xx")
    painter.script = lambda _: [StatusFrame(1, 0, 0, 1), inline, RequestEnded()]
    ways = ("token", "bot", "post", "direct", "fill")
    async with stage(tmp_path, painter=painter, board=board) as here:
        job, _ = await here.ask(token=False)
        board.trouble = {way: [MissingPermission("no")] for way in ways}
        here.work()
        await here.becomes(job.id, "done")
        await here.kit.tasks.wait_for_tasks(("delivery ",))
        painter.saved.clear()
        history = here.books.books.history
        assert [one.id for one in await history.list_uncollected_jobs(MIA.user)] == [job.id]
        here.hands.now += timedelta(days=80)
        await here.flow.maintenance.delete_expired_files()
        sent: list[MessageContent] = []

        async def send(content: MessageContent) -> None:
            sent.append(content)

        assert await here.flow.history.resend_files(MIA, job.id, 10**7, send) is None
        assert [len(content.files) for content in sent] == [1]
        await here.balanced()
        await here.flow.maintenance.delete_expired_files()
        assert pictures(tmp_path) == [], "collected: it goes as all others"


async def test_files_that_no_row_knows_go_after_a_day(tmp_path: Path) -> None:
    """Killed while /history had fetched a picture again, or the database is an older one."""
    async with stage(tmp_path) as here:
        here.work()
        borrowed = await drawn(here)
        here.hands.now += timedelta(hours=25)
        await here.flow.maintenance.delete_expired_files()
        assert pictures(tmp_path) == []
    async with stage(tmp_path) as here:
        here.books.numbers = count(50)
        living, _ = await here.ask()
        for job in (borrowed, job_id(999), living.id):
            await here.kit.spool.save_image(job, 0, png())
        (tmp_path / "spool" / job_id(998)).mkdir()
        foreign = tmp_path / "spool" / "holiday" / "beach.png"
        foreign.parent.mkdir()
        foreign.write_bytes(png())
        here.hands.now = datetime.now(UTC)
        await here.flow.maintenance.delete_expired_files()
        assert len(pictures(tmp_path)) == 4, "one that is being sent right now stays"
        here.hands.now += timedelta(days=2)
        await here.flow.maintenance.delete_expired_files()
        assert pictures(tmp_path) == sorted([f"{living.id}/0.png", "holiday/beach.png"])
        assert not (tmp_path / "spool" / job_id(998)).exists()
