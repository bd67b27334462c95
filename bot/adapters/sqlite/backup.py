"""Backup of a database that is in use, and its way back.

A backup is one SQLite file. It holds all tables, and in the table `sqlar` (SQLite's own archive
format) the pictures that exist nowhere else for certain: those of unfinished jobs, those that wait
in `/history`, and the pictures that queued jobs start from.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from bot.adapters.sqlite.database import create_private_file, open_existing
from bot.adapters.sqlite.errors import NotOurDatabase
from bot.adapters.sqlite.migrate import load_migrations, read_version
from bot.core.errors import StoreError
from bot.core.ids import ID_PATTERN

INIT_IMAGES_FOLDER: Final = "inputs"
PART_SUFFIX: Final = ".part"
_NAME: Final = re.compile(rf"{ID_PATTERN}/\d{{1,6}}\.[a-z0-9]{{1,5}}|inputs/{ID_PATTERN}")
_CREATE_ARCHIVE: Final = (
    "CREATE TABLE sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)"
)
_SELECT_JOBS_WITH_FILES: Final = """
    SELECT id FROM jobs WHERE ended_at IS NULL
    UNION SELECT job FROM images WHERE place = 'waiting'"""
_SELECT_INIT_IMAGES: Final = """
    SELECT DISTINCT json_extract("order", '$.image') FROM jobs
    WHERE ended_at IS NULL AND coalesce(json_extract("order", '$.image'), '') <> ''"""


def back_up_database(database: Path, spool: Path, target: Path) -> int:
    """Write a consistent copy to `target`, whole or not at all, and return its pictures.

    The copy is of one moment, while the bot goes on. Interaction tokens are left out, because they
    are secrets and die within minutes. Raises StoreError and OSError.
    """
    part = target.with_name(target.name + PART_SUFFIX)
    with _delete_on_error(part):
        _copy_database(database, part)
        with open_existing(part) as conn:
            conn.execute("PRAGMA secure_delete = ON")
            conn.execute("UPDATE posts SET token = NULL WHERE token IS NOT NULL")
            count = _pack_files(conn, spool)
        _sync_file(part)
        part.replace(target)
    return count


def restore_database(backup: Path, database: Path, spool: Path, aside: Path) -> int:
    """Put a backup in the place of the database and the spool, and return its pictures.

    What was there moves to the folder `aside`. Until the backup is known to be whole, nothing is
    touched. The caller holds the folder's lock. Raises StoreError and OSError.
    """
    part = database.with_name(database.name + PART_SUFFIX)
    unpacked = spool / f".restored{PART_SUFFIX}"
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir(parents=True)
    with _delete_on_error(part):
        _copy_database(backup, part)
        with open_existing(part) as conn:
            if (answer := conn.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise NotOurDatabase(f"{backup} is damaged: {answer}")
            count = _unpack_files(conn, unpacked)
        _sync_file(part)
        _move_aside(database, spool, aside)
        part.replace(database)
    for path in unpacked.iterdir():
        path.replace(spool / path.name)
    unpacked.rmdir()
    return count


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database of this program, of this form or an older one."""
    if not source.is_file():
        raise StoreError(f"{source} is not there.")
    target.unlink(missing_ok=True)  # of a process that was killed
    with open_existing(source) as conn:
        version, newest = read_version(conn, source), load_migrations()[-1].number
        if not 0 < version <= newest:
            raise NotOurDatabase(
                f"{source} is no database of this program, or of a newer version (form {version}, "
                f"this one knows 1 to {newest})."
            )
        create_private_file(target)
        conn.execute("VACUUM INTO ?", (str(target),))


def _pack_files(conn: sqlite3.Connection, spool: Path) -> int:
    conn.execute("PRAGMA synchronous = OFF")  # the whole file is synced at the end
    conn.execute(_CREATE_ARCHIVE)
    folders = [spool / row[0] for row in conn.execute(_SELECT_JOBS_WITH_FILES).fetchall()]
    paths = [path for folder in folders for path in folder.glob("*")]
    for (name,) in conn.execute(_SELECT_INIT_IMAGES).fetchall():
        paths.append(spool / INIT_IMAGES_FOLDER / name)
    count = 0
    for path in paths:
        name = path.relative_to(spool).as_posix()
        if not _NAME.fullmatch(name):
            continue
        try:
            data, mtime = path.read_bytes(), int(path.stat().st_mtime)
        except FileNotFoundError:
            continue  # delivered meanwhile
        # An archive's entry whose `sz` is the length of `data` is not compressed.
        row = (name, 0o100600, mtime, len(data), data)
        conn.execute("INSERT INTO sqlar VALUES (?, ?, ?, ?, ?)", row)
        count += 1
    return count


def _unpack_files(conn: sqlite3.Connection, folder: Path) -> int:
    """Write the pictures of a backup into a folder and take them out of the database."""
    count = 0
    found = conn.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlar'").fetchone()
    if not found:
        return 0  # a copy that was made before an update
    for name, data in conn.execute("SELECT name, data FROM sqlar"):
        if not _NAME.fullmatch(name):
            continue  # never a way out of the folder
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        count += 1
    conn.execute("DROP TABLE sqlar")
    conn.execute("VACUUM")
    return count


def _move_aside(database: Path, spool: Path, aside: Path) -> None:
    with suppress(StoreError), open_existing(database) as conn:  # a damaged one moves as it is
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    old = [database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal", "")]
    old = [path for path in old if path.exists()]
    files = [path for path in spool.iterdir() if not path.name.endswith(PART_SUFFIX)]
    if not old and not files:
        return
    (aside / spool.name).mkdir(parents=True)
    for path in files:  # one by one, because the spool may be a volume of its own
        shutil.move(path, aside / spool.name / path.name)
    for path in old:
        shutil.move(path, aside / path.name)


@contextmanager
def _delete_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for end in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        raise


def _sync_file(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())
