"""The package of the database: what a host's program needs of it, by its public names."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite import Database, Retention, StoreError, build_stores
from bot.adapters.sqlite.errors import (
    DatabaseLocked,
    DatabaseUnwritable,
    NewerDatabase,
    NotOurDatabase,
)
from tests.support.books import MIA, NOON, Desk


async def test_a_job_outlives_the_program(tmp_path: Path) -> None:
    """Opened, filled, closed and opened again, by the public names alone."""
    path = tmp_path / "books.db"
    async with Database.open(path, clock=lambda: NOON) as db:
        job = (await Desk(build_stores(db), db).ask(2)).job
    async with Database.open(path, clock=lambda: NOON) as db:
        stores = build_stores(db)
        assert await stores.jobs.list_living_jobs() == (job,)
        assert (await stores.limits.compute_balance(MIA, NOON)).day_used == 2


@pytest.mark.parametrize(
    "error", [DatabaseLocked, DatabaseUnwritable, NewerDatabase, NotOurDatabase]
)
def test_every_error_of_the_database_is_caught_as_one(error: type[StoreError]) -> None:
    """The program stops with its sentence, so one handler must see all of them."""
    with pytest.raises(StoreError, match="what to do"):
        raise error("what to do")


async def test_a_file_of_another_program_is_refused_by_its_public_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 200)
    with pytest.raises(NotOurDatabase):
        async with Database.open(path, clock=lambda: NOON):
            pass


async def test_the_usual_times_keep_history_longer_than_files(tmp_path: Path) -> None:
    keep = Retention()
    assert keep.spool < keep.history < keep.audit
    async with Database.open(tmp_path / "b.db", clock=lambda: NOON) as db:
        desk = Desk(build_stores(db, retention=keep), db)
        job = (await desk.ask()).job.id
        await desk.finish(job)
        assert await desk.sweep(NOON + keep.spool) == (job,)
        await desk.sweep(NOON + keep.history - timedelta(seconds=1))
        assert await desk.books.jobs.find_job(job) is not None
