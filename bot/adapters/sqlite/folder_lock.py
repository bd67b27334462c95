"""Lock that a running bot holds on its data folder, in a file beside the database.

The operating system holds the lock and releases it when the process ends, however it ends. A file
that is left behind locks nothing. Each shard of a bot is one byte of the file: bots with different
shards may share the folder, and overlapping ones refuse each other. The first bytes of the file
hold one record for each holder, so that a second start can say who it is.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.adapters.sqlite.errors import DatabaseUnwritable, FolderInUse

ALL_SHARDS: Final = range(2**15)
RECORD_SIZE: Final = 256
LOCK_OFFSET: Final = 2**30  # behind all records, because Windows refuses reads of locked bytes
CONFLICTS: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})

_held: dict[Path, LockHolder] = {}  # closing a second handle would release this process's lock


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Process that holds the lock for a range of shards."""

    pid: int
    host: str
    since: datetime
    shards: range

    def __str__(self) -> str:
        shards = ""
        if self.shards != ALL_SHARDS:
            shards = f" for shards {self.shards.start} to {self.shards.stop - 1}"
        since = f"{self.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"process {self.pid} on {self.host}, since {since}{shards}"


@contextmanager
def lock_data_folder(
    database: Path, now: datetime, shards: range = ALL_SHARDS
) -> Iterator[LockHolder]:
    """Hold the lock of a database's folder for some shards.

    Raises FolderInUse, which names the holder, and DatabaseUnwritable.
    """
    path = database.absolute().with_suffix(".lock")
    if path in _held:
        raise _build_error(database, _held[path])
    holder = LockHolder(os.getpid(), socket.gethostname(), now, shards)
    with _open_file(path, database) as handle:
        try:
            _lock_bytes(handle, LOCK_OFFSET + shards.start, len(shards))
        except OSError as error:
            if error.errno not in CONFLICTS:
                raise DatabaseUnwritable(f"{path} cannot be locked: {error.strerror}") from error
            raise _build_error(database, _find_holder(handle, shards)) from error
        _held[path] = holder
        try:
            _write_record(handle, shards, holder)
            yield holder
        finally:
            _write_record(handle, shards, None)
            del _held[path]


def find_lock_holder(database: Path) -> LockHolder | None:
    """Return the process that runs with this database, or None. Takes no lock.

    Raises DatabaseUnwritable if the lock's file cannot be opened.
    """
    path = database.absolute().with_suffix(".lock")
    if path in _held:
        return _held[path]
    if not path.exists():
        return None
    with _open_file(path, database) as handle:
        return _find_holder(handle, ALL_SHARDS)


def _build_error(database: Path, holder: LockHolder | None) -> FolderInUse:
    who = f" ({holder})" if holder is not None else ""
    return FolderInUse(
        f"Another bot is running with {database}{who}. Stop it first, or give this one a folder "
        "of its own (`storage.database` and `storage.spool`)."
    )


@contextmanager
def _open_file(path: Path, database: Path) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DatabaseUnwritable(f"{database} cannot be written here: {error.strerror}") from error
    try:
        yield handle
    finally:
        os.close(handle)  # which releases the lock


def _write_record(handle: int, shards: range, holder: LockHolder | None) -> None:
    """Write who holds the shards, over the records of holders that died there.

    Errors are ignored, because a full disk is no reason not to start.
    """
    text = ""
    if holder is not None:
        fields = {
            "pid": holder.pid,
            "host": holder.host[:64],
            "since": holder.since.isoformat(),
            "shards": [shards.start, shards.stop],
        }
        text = json.dumps(fields)
    start = shards.start * RECORD_SIZE
    with suppress(OSError):
        size = min(os.fstat(handle).st_size, shards.stop * RECORD_SIZE) - start
        os.lseek(handle, start, os.SEEK_SET)
        os.write(handle, text.encode().ljust(max(RECORD_SIZE, size)))


def _find_holder(handle: int, shards: range) -> LockHolder | None:
    """Return a holder of some of the shards, or None if it left no record."""
    size = os.fstat(handle).st_size
    for offset in reversed(range(0, size, RECORD_SIZE)):  # a wide record may be a dead one's
        os.lseek(handle, offset, os.SEEK_SET)
        holder = _parse_record(os.read(handle, RECORD_SIZE))
        if holder is None:
            continue
        start = max(holder.shards.start, shards.start)
        if start < min(holder.shards.stop, shards.stop) and _is_locked(handle, start):
            return holder
    return None


def _parse_record(data: bytes) -> LockHolder | None:
    try:
        fields = json.loads(data.strip(b"\0 "))
        since = datetime.fromisoformat(fields["since"])
        return LockHolder(int(fields["pid"]), str(fields["host"]), since, range(*fields["shards"]))
    except (ValueError, TypeError, KeyError):
        return None


def _is_locked(handle: int, shard: int) -> bool:
    try:
        _lock_bytes(handle, LOCK_OFFSET + shard, 1)
    except OSError:
        return True
    return False  # the caller closes the handle, which releases the byte


if sys.platform == "win32":
    import msvcrt

    def _lock_bytes(handle: int, start: int, count: int) -> None:
        os.lseek(handle, start, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, count)

else:
    import fcntl

    def _lock_bytes(handle: int, start: int, count: int) -> None:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, count, start, os.SEEK_SET)
