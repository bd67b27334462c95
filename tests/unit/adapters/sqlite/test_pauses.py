"""Stored pauses: who wrote them, what is logged, and how another process writes the host's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite.errors import DatabaseLocked, NewerDatabase
from bot.adapters.sqlite.pauses import write_host_pause
from bot.core.errors import StoreError
from bot.core.pauses import EVERYWHERE, StoredPause
from tests.support.books import MODERATOR, NOON, Desk, open_desk

HOUR = timedelta(hours=1)


async def test_a_pause_is_set_replaced_and_lifted_with_audit_rows(desk: Desk) -> None:
    pauses = desk.books.pauses
    assert await pauses.list_pauses() == ()
    await pauses.pause_guild(MODERATOR, NOON + HOUR, NOON)
    await pauses.pause_guild(MODERATOR, NOON + 2 * HOUR, NOON)
    await pauses.pause_guild(replace(MODERATOR, guild=8), NOON + HOUR, NOON)
    assert set(await pauses.list_pauses()) == {
        StoredPause(7, NOON + 2 * HOUR),
        StoredPause(8, NOON + HOUR),
    }
    assert await pauses.resume_guild(MODERATOR, NOON)
    assert not await pauses.resume_guild(MODERATOR, NOON)
    assert not await pauses.resume_guild(replace(MODERATOR, guild=8), NOON + HOUR), "it was over"
    assert await pauses.list_pauses() == ()
    told = [
        (row["action"], row["guild"], row["old"], row["new"]) for row in await desk.rows("audit")
    ]
    assert told == [
        ("pause.set", 7, "", "until 2026-11-24 13:00 UTC"),
        ("pause.set", 7, "", "until 2026-11-24 14:00 UTC"),
        ("pause.set", 8, "", "until 2026-11-24 13:00 UTC"),
        ("pause.lifted", 7, "until 2026-11-24 14:00 UTC", ""),
    ]


async def test_the_hosts_is_written_beside_a_running_bot(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    async with open_desk(path) as desk:
        pauses = desk.books.pauses
        for pause in (
            StoredPause(EVERYWHERE, NOON + HOUR),
            StoredPause(EVERYWHERE, NOON + 2 * HOUR, paused=False),
        ):
            write_host_pause(path, pause)
            assert await pauses.list_pauses() == (pause,)
        write_host_pause(path, None)
        write_host_pause(path, None)
        assert await pauses.list_pauses() == ()


async def test_a_pause_that_is_over_is_forgotten(desk: Desk) -> None:
    await desk.books.pauses.pause_guild(MODERATOR, NOON + HOUR, NOON)
    await desk.sweep(NOON + HOUR - timedelta(seconds=1))
    assert len(await desk.books.pauses.list_pauses()) == 1
    await desk.sweep(NOON + HOUR)
    assert await desk.books.pauses.list_pauses() == ()


async def test_without_a_fitting_database_the_host_reads_why(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    with pytest.raises(StoreError, match="is not there"):
        write_host_pause(path, None)
    async with open_desk(path):
        pass
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA user_version = 10")
    with pytest.raises(NewerDatabase, match="Start the bot once"):
        write_host_pause(path, None)


async def test_a_database_that_another_program_writes_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.db"
    async with open_desk(path):
        pass
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **{**k, "timeout": 0.01}))
    with closing(real(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            write_host_pause(path, None)
        other.execute("ROLLBACK")
    write_host_pause(path, None)
