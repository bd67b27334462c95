"""A disk that is full, a file that is held or damaged: a clear error, and never half a fact."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.sqlite import Database, build_stores
from bot.adapters.sqlite.errors import (
    DatabaseLocked,
    DatabaseUnwritable,
    NotOurDatabase,
    translate_error,
)
from bot.core.errors import StoreError
from bot.core.history.model import StoredImage
from bot.core.jobs.job import Generated
from bot.core.limits.quota import Limits
from tests.support.books import MIA, NOON, Desk, open_desk
from tests.support.table import AddRow

TITLE = "Faults of the database"
FACTS = ("jobs", "holds", "charges", "totals", "images", "audit")


async def facts(desk: Desk) -> dict[str, list[dict[str, object]]]:
    """Everything that the books know."""
    return {table: await desk.rows(table) for table in FACTS}


async def pages(desk: Desk, most: int | None) -> int:
    """Let the file grow no more (or, with None, as it likes); returns the pages it has."""

    def bound(conn: sqlite3.Connection) -> int:
        count: int = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {most if most is not None else 2**30}")
        return count

    return await desk.db.run_transaction(bound)


async def fill(desk: Desk) -> None:
    """Ask for pictures until the disk has no room for another; the last one leaves no trace."""
    while True:
        kept = await facts(desk)
        try:
            await desk.ask()
        except StoreError as error:
            met = str(error)
            break
    assert "full" in met
    assert await facts(desk) == kept


async def test_a_full_disk_refuses_whole_transactions_and_later_goes_on(
    tmp_path: Path, row: AddRow
) -> None:
    """SQLite's own SQLITE_FULL: births are refused until there is room; nothing is half done."""
    async with open_desk(tmp_path / "b.db", Limits(None, None, 4, None), 10_000) as desk:
        await desk.ask(images=2)
        await pages(desk, await pages(desk, None))
        await fill(desk)
        await pages(desk, None)
        job = (await desk.ask(images=3)).job.id
        await desk.finish(job, 3)
        assert len([charge for charge in await desk.rows("charges") if charge["job"] == job]) == 3
        kept = await facts(desk)
        await desk.books.limits.rebuild_totals()
        assert await facts(desk) == kept
        row(
            TITLE,
            met_by="a birth",
            fault="SQLITE_FULL",
            ended="refused whole",
            told="at once",
            hold="none",
        )


async def test_a_hold_that_cannot_be_written_leaves_no_job(tmp_path: Path, row: AddRow) -> None:
    """A job without a hold would be drawn for nothing."""

    def no_holds(action: int, table: str | None, *_: str | None) -> int:
        refused = action == sqlite3.SQLITE_INSERT and table == "holds"
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    async with open_desk(tmp_path / "b.db") as desk:
        before = await facts(desk)
        await desk.db.run_transaction(lambda conn: conn.set_authorizer(no_holds))
        with pytest.raises(StoreError, match="not authorized"):
            await desk.ask()
        assert await facts(desk) == before
        await desk.db.run_transaction(lambda conn: conn.set_authorizer(None))
        assert (await desk.ask()).created
        row(
            TITLE,
            met_by="a hold",
            fault="refused by SQLite",
            ended="refused whole",
            told="at once",
            hold="none",
        )


async def test_a_settlement_that_finds_no_room_is_made_later_whole(
    tmp_path: Path, row: AddRow
) -> None:
    """Delivered, but not to be written down: still owed, then charged, once."""
    async with open_desk(tmp_path / "b.db", Limits(None, None, 4, None), 10_000) as desk:
        job = (await desk.ask(images=4)).job.id
        await desk.run(job)
        assert await desk.books.jobs.apply_job_event(job, Generated(4), NOON)
        await pages(desk, await pages(desk, None))
        await fill(desk)
        paths = tuple(StoredImage(job, i, "x" * 4000, i, None) for i in range(4))
        before = await facts(desk)
        with pytest.raises(StoreError, match="full"):
            await desk.books.jobs.record_delivery(job, paths, NOON)
        assert await facts(desk) == before
        await pages(desk, None)
        assert await desk.books.jobs.record_delivery(job, paths, NOON)
        assert len([charge for charge in await desk.rows("charges") if charge["job"] == job]) == 4
        assert job not in {hold["job"] for hold in await desk.rows("holds")}
        row(
            TITLE,
            met_by="deliver",
            fault="SQLITE_FULL",
            ended="charged later",
            told="by the picture",
            hold="closed",
        )


async def test_a_file_held_by_another_program_says_so_and_takes_the_next(
    tmp_path: Path, row: AddRow
) -> None:
    path = tmp_path / "b.db"
    async with Database.open(path, clock=lambda: NOON, wait_s=0.01) as db:
        books = build_stores(db, defaults=Limits(), queue_max=100, time_zone="UTC")
        desk = Desk(books, db)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseLocked, match="running twice"):
                await desk.ask()
            other.execute("ROLLBACK")
        await desk.ask()
        assert await desk.used(MIA) == (1, 1)
        row(
            TITLE,
            met_by="a birth",
            fault="SQLITE_BUSY",
            ended="refused whole",
            told="at once",
            hold="none",
        )


async def test_a_damaged_file_is_named_and_not_written_over(tmp_path: Path, row: AddRow) -> None:
    """The pages after the header are garbage: the start stops with the file's name."""
    path = tmp_path / "b.db"
    async with open_desk(path) as desk:
        await desk.ask()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xa5" * (len(whole) - 100))
    damaged = path.read_bytes()
    with pytest.raises(NotOurDatabase, match=r"b\.db is not a database, or it is damaged"):
        async with open_desk(path) as desk:
            await desk.books.jobs.list_living_jobs()
    assert path.read_bytes() == damaged
    row(
        TITLE,
        met_by="the start",
        fault="SQLITE_CORRUPT",
        ended="a clear stop",
        told="the host",
        hold="kept",
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_NOTADB, NotOurDatabase),
        (sqlite3.SQLITE_CORRUPT, NotOurDatabase),
        (sqlite3.SQLITE_BUSY, DatabaseLocked),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseLocked),  # an extended code
        (sqlite3.SQLITE_LOCKED, DatabaseLocked),
        (sqlite3.SQLITE_READONLY, DatabaseUnwritable),
        (sqlite3.SQLITE_CANTOPEN, DatabaseUnwritable),
        (sqlite3.SQLITE_PERM, DatabaseUnwritable),
        (sqlite3.SQLITE_FULL, StoreError),
        (sqlite3.SQLITE_CONSTRAINT, StoreError),
    ],
)
def test_each_code_of_sqlite_has_its_kind_of_error(
    tmp_path: Path, code: int, kind: type[StoreError]
) -> None:
    """And each error names the file."""
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    translated = translate_error(error, tmp_path / "b.db")
    assert type(translated) is kind
    assert str(tmp_path / "b.db") in str(translated)


def test_an_error_without_a_code_keeps_its_words(tmp_path: Path) -> None:
    """Python's own complaints, as of a wrong number of parameters, carry no code."""
    translated = translate_error(sqlite3.ProgrammingError("Cannot operate"), tmp_path / "b.db")
    assert type(translated) is StoreError
    assert "Cannot operate" in str(translated)
