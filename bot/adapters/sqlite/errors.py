"""Database errors, all of them a `StoreError`. Each message tells the host what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.core.errors import StoreError


class NotOurDatabase(StoreError):
    """The file does not hold this program's database."""


class NewerDatabase(StoreError):
    """The file was written by a later version."""


class DatabaseLocked(StoreError):
    """Another process held the file for longer than we wait."""


class FolderInUse(StoreError):
    """Another process runs a bot with the same database."""


class DatabaseUnwritable(StoreError):
    """We may not open or write the file, or make new ones beside it."""


class NoWriteAheadLog(StoreError):
    """The disk does not support SQLite's write-ahead log, as many network shares."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"SQLite's write-ahead log (WAL) doesn't work in {path}: {why}. Set "
            "`storage.database` to a file on a disk of this computer, not on a network share."
        )


def translate_error(error: sqlite3.Error, path: Path) -> StoreError:
    """Convert SQLite's error, with the file's name."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # primary code
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return NotOurDatabase(f"{path} is not a database, or it is damaged: {error}")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseLocked(f"{path} is held by another program. Is the bot running twice?")
    if code == sqlite3.SQLITE_PROTOCOL:  # the locks of the write-ahead log
        return NoWriteAheadLog(path, str(error))
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return DatabaseUnwritable(f"{path} cannot be written here: {error}")
    return StoreError(f"{path}: {error}")
