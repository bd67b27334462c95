"""The file: who may open it, and what a transaction promises."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.adapters.sqlite.database import Database, turn_on_wal
from bot.adapters.sqlite.errors import DatabaseLocked, DatabaseUnwritable, NotOurDatabase
from bot.core.errors import StoreError
from tests.support.books import NOON, open_desk

ROOT = Path(__file__).resolve().parents[4]


def make_table(conn: sqlite3.Connection) -> None:
    """A table to play with."""
    conn.execute("CREATE TABLE IF NOT EXISTS marks (n INTEGER PRIMARY KEY)")


def put(conn: sqlite3.Connection, n: int) -> int:
    """Write a mark."""
    conn.execute("INSERT INTO marks VALUES (?)", (n,))
    return n


async def marks(db: Database) -> list[int]:
    """The marks, by the reader."""
    return [row["n"] for row in await db.read_rows("SELECT n FROM marks ORDER BY n")]


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return [path.name for path in folder.iterdir()]


async def test_a_transaction_is_read_after_it_returned(tmp_path: Path) -> None:
    """Read your own writes, over two connections."""
    async with Database.open(tmp_path / "b.db", clock=lambda: NOON) as db:
        await db.run_transaction(make_table)
        for n in range(50):
            assert await db.run_transaction(put, n) == n
            assert len(await marks(db)) == n + 1


async def test_what_raises_is_undone(tmp_path: Path) -> None:
    """Whole or not at all, and the next one finds a clean connection."""

    def half(conn: sqlite3.Connection) -> None:
        put(conn, 1)
        raise KeyError("our own")

    def doubled(conn: sqlite3.Connection) -> None:
        put(conn, 2)
        put(conn, 2)

    async with Database.open(tmp_path / "b.db", clock=lambda: NOON) as db:
        await db.run_transaction(make_table)
        with pytest.raises(KeyError):
            await db.run_transaction(half)
        with pytest.raises(StoreError, match="UNIQUE"):
            await db.run_transaction(doubled)
        await db.run_transaction(put, 3)
        assert await marks(db) == [3]


async def test_a_cancelled_caller_leaves_the_transaction_whole(tmp_path: Path) -> None:
    """Cancelled in its middle and before its beginning: both are written."""
    inside, go_on = threading.Event(), threading.Event()

    def slow(conn: sqlite3.Connection) -> None:
        put(conn, 1)
        inside.set()
        assert go_on.wait(30)
        put(conn, 2)

    async with Database.open(tmp_path / "b.db", clock=lambda: NOON) as db:
        await db.run_transaction(make_table)
        running = asyncio.create_task(db.run_transaction(slow))
        await asyncio.to_thread(inside.wait, 30)
        waiting = asyncio.create_task(db.run_transaction(put, 3))
        await asyncio.sleep(0)  # one turn of the loop, for the task to begin
        assert await marks(db) == []  # the reader neither waits nor sees a half
        for task in (running, waiting):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        go_on.set()
        await db.run_transaction(put, 4)
        assert await marks(db) == [1, 2, 3, 4]


async def test_leaving_waits_for_the_transaction(tmp_path: Path) -> None:
    """Whoever closes the books does not tear the last page."""

    def slow(conn: sqlite3.Connection, inside: threading.Event) -> None:
        put(conn, 1)
        inside.set()
        put(conn, 2)

    path = tmp_path / "b.db"
    inside = threading.Event()
    async with Database.open(path, clock=lambda: NOON) as db:
        await db.run_transaction(make_table)
        task = asyncio.create_task(db.run_transaction(slow, inside))
        await asyncio.to_thread(inside.wait, 30)
    await task
    async with Database.open(path, clock=lambda: NOON) as db:
        assert await marks(db) == [1, 2]


async def test_no_thread_and_no_side_file_stays(tmp_path: Path) -> None:
    """Closed is closed: the WAL is folded in."""
    before = set(threading.enumerate())
    async with Database.open(tmp_path / "b.db", clock=lambda: NOON) as db:
        await db.run_transaction(make_table)
    assert names(tmp_path) == ["b.db"]
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


async def test_the_settings_that_money_needs(tmp_path: Path) -> None:
    """WAL, a sync at every commit, foreign keys; a reader that cannot write."""

    def settings(conn: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [conn.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    async with Database.open(tmp_path / "b.db", clock=lambda: NOON) as db:
        # "PRAGMA synchronous" is 2 for FULL.
        assert await db.run_transaction(settings) == ["wal", 2, 1]
        with pytest.raises(DatabaseUnwritable):
            await db.read_rows("DELETE FROM jobs")


@pytest.mark.skipif(os.name != "posix", reason="a file system of POSIX")
def test_a_disk_without_a_write_ahead_log_is_told(tmp_path: Path) -> None:
    """Locks by files, as on some network shares: SQLite answers, but with another mode."""
    path = tmp_path / "b.db"
    uri = f"{path.as_uri()}?vfs=unix-dotfile"
    with capture_logs() as logs, closing(sqlite3.connect(uri, uri=True)) as conn:
        turn_on_wal(conn, path)
    [line] = logs
    assert (line["event"], line["mode"]) == ("no write-ahead log on this disk", "delete")
    assert "a disk of this computer" in line["fix"]
    with capture_logs() as logs, closing(sqlite3.connect(path)) as conn:
        turn_on_wal(conn, path)
    assert logs == []


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """New or found open to all: the file and what SQLite puts beside it."""
    path = tmp_path / "data" / "b.db"
    path.parent.mkdir()
    path.touch(mode=0o644)
    for _ in range(2):
        async with Database.open(path, clock=lambda: NOON) as db:
            await db.run_transaction(make_table)
            modes = {stat.S_IMODE(item.stat().st_mode) for item in path.parent.iterdir()}
            assert len(list(path.parent.iterdir())) == 3
            assert modes == {0o600}
        path.unlink()


async def test_the_folder_is_made(tmp_path: Path) -> None:
    """The first start finds no data folder."""
    async with Database.open(tmp_path / "a" / "b ? #%.db", clock=lambda: NOON) as db:
        await db.run_transaction(make_table)
        assert await marks(db) == []


@pytest.mark.parametrize(
    "content", [b"this is no database " * 100, b"SQLite format 3\0" + b"x" * 9000]
)
async def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    """Is named as such and left as it is."""
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(NotOurDatabase, match=r"notes\.txt"):
        async with Database.open(path, clock=lambda: NOON):
            pass
    assert path.read_bytes() == content


async def test_another_programs_database(tmp_path: Path) -> None:
    """Is not taken over, though SQLite could read it."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE theirs (x)")
        conn.commit()
    with pytest.raises(NotOurDatabase, match="another program"):
        async with Database.open(path, clock=lambda: NOON):
            pass


async def test_a_file_that_another_process_holds(tmp_path: Path) -> None:
    """Locked, after the time that we wait; and a transaction says the same."""
    path = tmp_path / "b.db"
    async with open_desk(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked, match="running twice"):
            async with Database.open(path, clock=lambda: NOON, wait_s=0.01):
                pass
        other.execute("ROLLBACK")
        async with Database.open(path, clock=lambda: NOON, wait_s=0.01) as db:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseLocked):
                await db.run_transaction(make_table)
            other.execute("ROLLBACK")
            await db.run_transaction(make_table)


async def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    """Cannot be written."""
    with pytest.raises(DatabaseUnwritable):
        async with Database.open(tmp_path, clock=lambda: NOON):
            pass


OPEN_AS_NOBODY = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.adapters.sqlite import StoreError, Database
from bot.adapters.sqlite.migrate import load_migrations
steps = load_migrations()  # read while the interpreter's own files can still be
async def main():
    path = Path(sys.argv[1])
    try:
        async with Database.open(path, clock=lambda: datetime.now(UTC), migrations=steps):
            print("opened")
    except StoreError as error:
        print(type(error).__name__)
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)  # root may write anything
asyncio.run(main())
"""


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(("file", "folder"), [(0o444, 0o777), (0o666, 0o555)])
def test_what_may_only_be_read(file: int, folder: int) -> None:
    """A read-only file, and a file in a folder where no WAL can be made."""

    async def make(path: Path) -> None:
        async with open_desk(path):
            pass

    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        path = Path(name) / "b.db"
        asyncio.run(make(path))
        path.chmod(file)
        path.parent.chmod(folder)
        ran = subprocess.run(
            [sys.executable, "-c", OPEN_AS_NOBODY, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
        )
        path.parent.chmod(0o700)
    assert ran.stdout.strip() == "DatabaseUnwritable", ran.stderr
