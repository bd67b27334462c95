"""The lock of the data folder: who is refused, what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.adapters.sqlite.errors import DatabaseUnwritable, FolderInUse
from bot.adapters.sqlite.folder_lock import (
    ALL_SHARDS,
    RECORD_SIZE,
    find_lock_holder,
    lock_data_folder,
)
from tests.support.books import NOON

ROOT = Path(__file__).resolve().parents[4]
HOLD = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from bot.adapters.sqlite.folder_lock import lock_data_folder
from bot.core.errors import StoreError
path, first, stop = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
try:
    with lock_data_folder(path, datetime(2026, 11, 24, 12, tzinfo=UTC), range(first, stop)):
        print("held", flush=True)
        sys.stdin.readline()
except StoreError as error:
    print(error, flush=True)
"""


@contextmanager
def other_process(
    database: Path, shards: range = ALL_SHARDS
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Another process that tries to hold the lock, and the first line that it prints."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database), str(shards.start), str(shards.stop)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.stdin.close()
            process.wait()


def test_a_second_process_is_refused_and_reads_who_holds_the_folder(tmp_path: Path) -> None:
    database = tmp_path / "b.db"
    with lock_data_folder(database, NOON), other_process(database) as (said, _):
        assert said == (
            f"Another bot is running with {database} (process {os.getpid()} on "
            f"{socket.gethostname()}, since 2026-11-24 12:00 UTC). Stop it first, or give this "
            "one a folder of its own (`storage.database` and `storage.spool`)."
        )
    with other_process(database) as (said, _):
        assert said == "held", "the lock ends with the block"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    database = tmp_path / "b.db"
    with other_process(database) as (said, process):
        assert said == "held"
        with pytest.raises(FolderInUse, match=f"process {process.pid} on"):
            lock_data_folder(database, NOON).__enter__()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (tmp_path / "b.lock").exists(), "the file stays and locks nothing"
    with lock_data_folder(database, NOON):
        pass


def test_a_second_hold_in_the_same_process_is_refused_and_leaves_the_first(tmp_path: Path) -> None:
    """POSIX drops all locks of a process on a file when it closes any handle of it."""
    database = tmp_path / "b.db"
    with lock_data_folder(database, NOON):
        with pytest.raises(FolderInUse, match=f"process {os.getpid()} on"):
            lock_data_folder(database, NOON).__enter__()
        with other_process(database) as (said, _):
            assert said.startswith("Another bot is running")


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (range(4), range(4, 8), True),
        (range(4, 8), range(4), True),
        (range(1), range(1, 2), True),
        (range(4), range(3, 8), False),
        (range(2, 3), range(8), False),
        (range(8), range(2, 3), False),
        (ALL_SHARDS, range(7, 8), False),
        (range(7, 8), ALL_SHARDS, False),
    ],
)
def test_only_overlapping_shards_refuse_each_other(
    tmp_path: Path, first: range, second: range, shared: bool
) -> None:
    database = tmp_path / "b.db"
    with lock_data_folder(database, NOON, first), other_process(database, second) as (said, _):
        if shared:
            assert said == "held"
        else:
            assert f"process {os.getpid()} on" in said
            names = f"for shards {first.start} to {first.stop - 1})" in said
            assert names is (first != ALL_SHARDS)


def test_the_holder_is_named_and_not_one_that_died_there(tmp_path: Path) -> None:
    """Records of killed processes with other ranges are left behind, around and within."""
    database = tmp_path / "b.db"
    for dead in (range(100), range(52, 54)):
        with other_process(database, dead) as (said, process):
            assert said == "held"
            process.kill()
    with other_process(database, range(50, 60)) as (said, living):
        assert said == "held"
        with pytest.raises(FolderInUse, match=f"process {living.pid} on"):
            lock_data_folder(database, NOON, range(52, 55)).__enter__()


def test_a_folder_shared_by_two_names_both_to_a_third(tmp_path: Path) -> None:
    database = tmp_path / "b.db"
    with (
        lock_data_folder(database, NOON, range(4)),
        other_process(database, range(4, 8)) as (said, neighbour),
    ):
        assert said == "held"
        with other_process(database, range(6, 7)) as (third, _):
            assert f"process {neighbour.pid} on" in third
            assert "for shards 4 to 7" in third


@pytest.mark.parametrize("garbage", [b"", b"\0" * 999, b"[1, 2]", b'{"pid": "x"}', b"\xff" * 300])
def test_a_record_that_cannot_be_read_is_left_out(tmp_path: Path, garbage: bytes) -> None:
    database = tmp_path / "b.db"
    code = f"open({str(tmp_path / 'b.lock')!r}, 'r+b').write({garbage.ljust(RECORD_SIZE)!r})"
    with lock_data_folder(database, NOON):
        # From another process: closing the file in this one would release its lock.
        subprocess.run([sys.executable, "-c", code], check=True)
        with other_process(database) as (said, _):
            assert said.startswith(f"Another bot is running with {database}. Stop it first")


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "b.lock").mkdir()
    with pytest.raises(DatabaseUnwritable, match=r"b\.db cannot be written here: "):
        lock_data_folder(tmp_path / "b.db", NOON).__enter__()


def test_the_holder_is_found_without_a_lock(tmp_path: Path) -> None:
    database = tmp_path / "b.db"
    assert find_lock_holder(database) is None
    assert list(tmp_path.iterdir()) == [], "it makes no file"
    with other_process(database) as (_, other):
        holder = find_lock_holder(database)
        assert holder is not None
        assert holder.pid == other.pid
    assert find_lock_holder(database) is None
    with lock_data_folder(database, NOON) as own:
        assert find_lock_holder(database) == own
        with other_process(database) as (said, _):
            assert said.startswith("Another bot is running"), "looking released nothing"
