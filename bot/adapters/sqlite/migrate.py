"""Numbered SQL migrations. The schema number and its change are one transaction."""

from __future__ import annotations

import filecmp
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

from bot.adapters.sqlite.errors import DatabaseUnwritable, NewerDatabase, NotOurDatabase

APPLICATION_ID: Final = 0x53574D42  # "SWMB": `file` and our next start know whose file this is


@dataclass(frozen=True, slots=True)
class SchemaMigration:
    """SQL that leads from `number` - 1 to `number`."""

    number: int
    name: str
    sql: str


def load_migrations() -> tuple[SchemaMigration, ...]:
    """Load the migrations of this version in order."""
    folder = files("bot.adapters.sqlite") / "migrations"
    scripts = {item.name: item for item in folder.iterdir() if item.name.endswith(".sql")}
    return tuple(
        SchemaMigration(int(name[:4]), name[:-4], scripts[name].read_text(encoding="utf-8"))
        for name in sorted(scripts)
    )


def migrate_schema(
    conn: sqlite3.Connection,
    path: Path,
    migrations: tuple[SchemaMigration, ...],
    clock: Callable[[], datetime],
) -> None:
    """Bring the file up to date after copying an existing one.

    Where the newest copy of that form has the same content, no other is made. So a migration that
    fails at each start does not fill the disk.

    `conn` is in autocommit mode. Raises NotOurDatabase for another program's file and NewerDatabase
    for one of a later version; both leave the file unchanged.
    """
    newest = migrations[-1].number if migrations else 0
    version = read_known_version(conn, path, newest)
    if 0 < version < newest:
        _back_up_file(conn, path, version, clock())
    for migration in migrations[version:]:
        _apply_migration(conn, migration)


def read_version(conn: sqlite3.Connection, path: Path) -> int:
    """Return the form of the file, 0 for a new one. Raises NotOurDatabase."""
    owner = conn.execute("PRAGMA application_id").fetchone()[0]
    version: int = conn.execute("PRAGMA user_version").fetchone()[0]
    tables = conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if owner != APPLICATION_ID and (owner or version or tables):
        raise NotOurDatabase(f"{path} is another program's database. Change `storage.database`.")
    return version


def read_known_version(conn: sqlite3.Connection, path: Path, newest: int) -> int:
    """Return the form of the file. Raises NotOurDatabase, and NewerDatabase beyond `newest`."""
    version = read_version(conn, path)
    if version > newest:
        raise NewerDatabase(
            f"{path} was written by a newer version of this program (form {version}, this one "
            f"knows {newest}). Update the program, or take the copy it made before."
        )
    return version


def _back_up_file(conn: sqlite3.Connection, path: Path, version: int, now: datetime) -> None:
    stem = f"{path.name}.form{version}"
    part = path.with_name(f"{stem}.bak.part")
    try:
        part.unlink(missing_ok=True)  # of a start that was killed
        part.touch(mode=0o600, exist_ok=False)  # an empty file may be filled, and is ours alone
        conn.execute("VACUUM INTO ?", (str(part),))
        older = sorted(one for one in path.parent.iterdir() if _is_copy(one.name, stem))
        if not older or not filecmp.cmp(older[-1], part, shallow=False):
            part.replace(path.with_name(f"{stem}-{now:%Y%m%dT%H%M%S%f}.bak"))
    except OSError as error:
        raise DatabaseUnwritable(
            f"{path} cannot be copied before its update: {error.strerror}"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _is_copy(name: str, stem: str) -> bool:
    return name.startswith(f"{stem}-") and name.endswith(".bak")


@contextmanager
def begin(conn: sqlite3.Connection) -> Iterator[None]:
    """Make the block one transaction, which is undone if it raises."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:  # SQLite itself may have rolled back, as on a full disk
            conn.execute("ROLLBACK")
        raise


def _apply_migration(conn: sqlite3.Connection, migration: SchemaMigration) -> None:
    with begin(conn):
        if conn.execute("PRAGMA user_version").fetchone()[0] < migration.number:
            for statement in _split_statements(migration.sql):
                conn.execute(statement)
            conn.execute(f"PRAGMA user_version = {migration.number:d}")
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")


def _split_statements(script: str) -> Iterator[str]:
    """Yield statements one by one, because `executescript` would commit the transaction."""
    pending = ""
    for piece in script.split(";"):
        pending += piece
        if sqlite3.complete_statement(f"{pending};"):  # not within a string, comment or trigger
            yield pending
            pending = ""
        else:
            pending += ";"
    if pending.strip("; \n"):
        yield pending
