"""Old files become new ones, whole or not at all; files from the future stay as they are."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.adapters.sqlite import Database, StoreError
from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.errors import DatabaseUnwritable, NewerDatabase
from bot.adapters.sqlite.migrate import (
    APPLICATION_ID,
    SchemaMigration,
    load_migrations,
    migrate_schema,
)
from bot.core.drawing.request import DrawRequest
from bot.core.history.model import Draft
from bot.core.ids import JobId
from tests.support.books import NOON, open_desk

KNOWN = len(load_migrations())
NEXT = KNOWN + 1
MARKS = SchemaMigration(
    NEXT, "marks", "-- why: a test; with a semicolon\nCREATE TABLE marks (text TEXT DEFAULT ';');"
    "CREATE TRIGGER t AFTER INSERT ON marks BEGIN SELECT 1; END;\nINSERT INTO marks VALUES ('a')",
)  # fmt: skip
TORN = SchemaMigration(NEXT, "torn", "CREATE TABLE marks (n);\nINSERT INTO nowhere VALUES (1);")


def look(path: Path, sql: str) -> object:
    """The one value of a query, from outside."""
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(sql).fetchone()[0]


def copies(path: Path) -> list[Path]:
    """The copies made before migrations."""
    return sorted(path.parent.glob("*.bak"))


def files(folder: Path) -> list[Path]:
    """All files in a folder."""
    return sorted(folder.iterdir())


def modes(paths: list[Path]) -> list[int]:
    """Their permissions."""
    return [stat.S_IMODE(path.stat().st_mode) for path in paths]


def test_the_shipped_ones_are_numbered_without_a_gap() -> None:
    """And each says why it is there."""
    assert [migration.number for migration in load_migrations()] == list(
        range(1, len(load_migrations()) + 1)
    )
    assert all("why:" in migration.sql for migration in load_migrations())


async def test_a_new_file_is_ours_and_needs_no_copy(tmp_path: Path) -> None:
    """It says whose it is and which form it has."""
    path = tmp_path / "b.db"
    for _ in range(2):
        async with Database.open(path, clock=lambda: NOON):
            pass
        assert look(path, "PRAGMA application_id") == APPLICATION_ID
        assert look(path, "PRAGMA user_version") == len(load_migrations())
        assert copies(path) == []


async def test_an_old_file_is_copied_then_migrated(tmp_path: Path) -> None:
    """The copy has everything and is its owner's alone."""
    path = tmp_path / "b.db"
    async with open_desk(path) as desk:
        await desk.ask()
    async with Database.open(
        path, clock=lambda: NOON, migrations=(*load_migrations(), MARKS)
    ) as db:
        assert [tuple(row) for row in await db.read_rows("SELECT text FROM marks")] == [("a",)]
    (copy,) = copies(path)
    assert copy.name == f"b.db.form{KNOWN}-20261124T120000000000.bak"
    assert look(copy, "PRAGMA user_version") == KNOWN
    assert look(copy, "SELECT count(*) FROM jobs") == 1
    assert modes([copy]) == [0o600]


@pytest.mark.parametrize("form", range(1, KNOWN))
async def test_every_older_form_comes_up_with_what_it_held(tmp_path: Path, form: int) -> None:
    """A host who skipped releases loses nothing, and the copy is of the form that was there."""
    path = tmp_path / "b.db"
    async with Database.open(path, clock=lambda: NOON, migrations=load_migrations()[:form]) as db:
        await db.run_transaction(
            lambda conn: conn.execute(
                "INSERT INTO guild_settings (guild, time_zone) VALUES (7, 'UTC')"
            )
        )
    async with Database.open(path, clock=lambda: NOON) as db:
        rows = await db.read_rows("SELECT guild, time_zone FROM guild_settings")
        assert [tuple(row) for row in rows] == [(7, "UTC")]
    assert look(path, "PRAGMA user_version") == KNOWN
    assert [look(copy, "PRAGMA user_version") for copy in copies(path)] == [form]


async def test_an_old_draft_that_said_nothing_of_being_private_says_nothing(
    tmp_path: Path,
) -> None:
    """Form 5 wrote "no" for it; the server's own choice is to hold. A yes stays a yes."""
    path = tmp_path / "b.db"
    asked = {"source": "s", "prompt": "a \ud800 fox", "seed": 7, "private": False}
    wishes = {"a": asked, "b": {**asked, "private": True}}
    async with Database.open(path, clock=lambda: NOON, migrations=load_migrations()[:5]) as db:
        for draft, wish in wishes.items():
            row = (draft, json.dumps(wish), to_micros(NOON))
            await db.run_transaction(
                lambda conn, row: conn.execute("INSERT INTO drafts VALUES (?, 1, 7, ?, ?)", row),
                row,
            )
    async with open_desk(path) as desk:
        (one, other) = [await desk.books.history.find_draft(JobId(draft)) for draft in wishes]
        assert one is not None
        assert one.request == DrawRequest("s", "a \ud800 fox", seed=7, private=None)
        assert other is not None
        assert other.request.private is True
        told = DrawRequest("s", "a fox", private=False)
        await desk.books.history.save_draft(Draft(JobId("c"), 1, 7, told), NOON)
    async with open_desk(path) as desk:
        again = await desk.books.history.find_draft(JobId("c"))
        assert again is not None
        assert again.request.private is False


async def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither its first half nor its number; the program of before still opens the file."""
    path = tmp_path / "b.db"
    async with open_desk(path) as desk:
        await desk.ask()
    with pytest.raises(StoreError, match="nowhere"):
        async with Database.open(path, clock=lambda: NOON, migrations=(*load_migrations(), TORN)):
            pass
    assert look(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'marks'") == 0
    async with open_desk(path) as desk:
        assert len(await desk.books.jobs.list_living_jobs()) == 1


async def test_a_migration_that_fails_at_each_start_makes_one_copy(tmp_path: Path) -> None:
    """A service manager starts the program every few seconds, until the disk would be full."""
    path = tmp_path / "b.db"
    async with open_desk(path) as desk:
        await desk.ask()

    async def start(minute: int) -> None:
        moment = NOON + timedelta(minutes=minute)
        steps = (*load_migrations(), TORN)
        with pytest.raises(StoreError, match="nowhere"):
            async with Database.open(path, clock=lambda: moment, migrations=steps):
                pass

    for minute in range(5):
        await start(minute)
    (copy,) = copies(path)
    assert look(copy, "SELECT count(*) FROM jobs") == 1
    async with open_desk(path) as desk:  # the program of before, for a while
        desk.numbers = count(2)
        await desk.ask()
    for minute in range(5, 10):
        await start(minute)
    assert [look(copy, "SELECT count(*) FROM jobs") for copy in copies(path)] == [1, 2]
    assert {one.suffix for one in files(tmp_path)} == {".db", ".bak"}


async def test_a_full_disk_leaves_no_half_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it touch the one of before, or the file itself."""
    path = tmp_path / "b.db"
    async with open_desk(path) as desk:
        await desk.ask()

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    steps = (*load_migrations(), MARKS)
    for _ in range(3):
        with pytest.raises(DatabaseUnwritable, match="cannot be copied before its update"):
            async with Database.open(path, clock=lambda: NOON, migrations=steps):
                pass
    assert [one.name for one in files(tmp_path)] == ["b.db"]
    assert look(path, "PRAGMA user_version") == KNOWN


async def test_a_number_that_cannot_be_written_undoes_its_change(tmp_path: Path) -> None:
    """As a death between the two would: a table that is there already could never be made."""
    path = tmp_path / "b.db"
    async with open_desk(path):
        pass

    def no_number(action: int, name: str | None, value: str | None, *_: str | None) -> int:
        refused = action == sqlite3.SQLITE_PRAGMA and name == "user_version" and value is not None
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.set_authorizer(no_number)
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            migrate_schema(conn, path, (*load_migrations(), MARKS), lambda: NOON)
    assert look(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'marks'") == 0
    assert look(path, "PRAGMA user_version") == KNOWN


async def test_a_file_from_the_future_is_refused(tmp_path: Path) -> None:
    """Untouched, with both numbers."""
    path = tmp_path / "b.db"
    async with Database.open(path, clock=lambda: NOON, migrations=(*load_migrations(), MARKS)):
        pass
    with pytest.raises(NewerDatabase, match=f"form {NEXT}, this one knows {KNOWN}"):
        async with open_desk(path):
            pass
    assert look(path, "PRAGMA user_version") == NEXT
