"""A look at a database that may be in use changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite import inspection
from bot.adapters.sqlite.errors import DatabaseUnwritable, NewerDatabase, NotOurDatabase
from bot.adapters.sqlite.inspection import inspect_database, list_used_channels, try_wal
from bot.adapters.sqlite.migrate import load_migrations
from bot.core.check_result import ChannelUse, UsedChannel
from bot.core.errors import StoreError
from tests.support.books import MIA, NOON, open_desk

NEWEST = load_migrations()[-1].number


def run_sql(path: Path, *statements: str) -> None:
    """As another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)


async def test_a_database_in_use_is_inspected(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    assert inspect_database(path) == 0
    assert not path.exists()
    async with open_desk(path):
        assert inspect_database(path) == NEWEST
    assert inspect_database(path) == NEWEST


async def test_what_run_would_refuse_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    async with open_desk(path):
        pass
    run_sql(path, f"PRAGMA user_version = {NEWEST + 1}")
    with pytest.raises(NewerDatabase):
        inspect_database(path)
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(NotOurDatabase):
        inspect_database(path)
    with pytest.raises(DatabaseUnwritable, match="is no file"):
        inspect_database(tmp_path)


async def test_an_older_form_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    async with open_desk(path):
        pass
    run_sql(path, "PRAGMA user_version = 3", "DROP TABLE trigger_channels")
    assert inspect_database(path) == 3
    with pytest.raises(StoreError):
        list_used_channels(path, NOON, 9)
    assert inspect_database(path) == 3


def test_a_write_ahead_log_is_tried_and_nothing_is_left(tmp_path: Path) -> None:
    try_wal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_write_ahead_log_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **options: object) -> sqlite3.Connection:
        return sqlite3.connect(":memory:", isolation_level=None)

    monkeypatch.setattr(inspection, "connect", connect)
    with pytest.raises(StoreError, match="network share"):
        try_wal(tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_channels_in_use_are_those_of_settings_triggers_and_recent_jobs(
    tmp_path: Path,
) -> None:
    path = tmp_path / "b.db"
    async with open_desk(path) as desk:
        for channel, days in ((31, 9), (32, 2), (33, 1), (32, 0)):
            asker = replace(MIA, channel=channel, user=channel * 10 + days)
            await desk.ask(asker=asker, now=NOON - timedelta(days=days))
        await desk.books.settings.update_guild_settings(
            MIA, lambda old: replace(old, log_channel=11), NOON
        )
        statement = "INSERT INTO trigger_channels VALUES (7, 21, 1), (7, 22, 0)"
        run_sql(path, statement)
        used = list_used_channels(path, NOON - timedelta(days=7), 9)
        some = list_used_channels(path, NOON - timedelta(days=7), 1)
    assert used == (
        UsedChannel(11, ChannelUse.LOG),
        UsedChannel(21, ChannelUse.TRIGGER),
        UsedChannel(32, ChannelUse.DRAWN),
        UsedChannel(33, ChannelUse.DRAWN),
    )
    assert some == used[:3]


def test_where_nothing_is_there_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        list_used_channels(tmp_path / "b.db", NOON, 9)
    assert list(tmp_path.iterdir()) == []
