"""The host's commands for the data folder: their sentences, names and refusals."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.adapters.sqlite.errors import FolderInUse
from bot.adapters.sqlite.folder_lock import lock_data_folder
from bot.config import Settings
from bot.core.errors import Refused, StoreError
from bot.core.pauses import EVERYWHERE, StoredPause
from bot.host_commands import back_up, forget_server, pause, repair_totals, restore, resume
from tests.support.books import NOON, open_desk
from tests.support.program import build_settings


def settings_in(folder: Path) -> Settings:
    """The host's settings with all data in that folder."""
    storage = {"database": folder / "swarmbot.db", "spool": folder / "spool"}
    return build_settings(storage=storage)


async def make_data(folder: Path) -> Settings:
    """A folder with one job."""
    settings = settings_in(folder)
    async with open_desk(settings.storage.database) as desk:
        await desk.ask()
    return settings


async def test_a_backup_and_a_restore_say_what_they_did(tmp_path: Path) -> None:
    settings = await make_data(tmp_path / "data")
    file = tmp_path / "safe" / "copy.db"
    assert back_up(settings, file, None, NOON) == f"Saved {file} (0.2 MB, 0 pictures)."
    aside = tmp_path / "data" / "replaced-20261124T120000Z"
    assert restore(settings, file, NOON) == (
        f"Restored {file} (0 pictures). What was there is in {aside}. "
        "Start the bot: `swarmbot run`."
    )
    assert (aside / "swarmbot.db").exists()
    fresh = settings_in(tmp_path / "fresh")
    assert "What was there" not in restore(fresh, file, NOON)


async def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    settings = await make_data(tmp_path)
    file = tmp_path / "copy.db"
    file.write_text("precious")
    with pytest.raises(StoreError, match="exists already"):
        back_up(settings, file, None, NOON)
    assert file.read_text() == "precious"


async def test_keep_leaves_only_the_newest_of_that_name(tmp_path: Path) -> None:
    settings = await make_data(tmp_path / "data")
    folder = tmp_path / "safe"
    folder.mkdir()
    others = {"copy.db", "copy-old.db", "copy-20261101T120000Z.db.gz", "x-20261101T120000Z.db"}
    for name in others:
        (folder / name).touch()
    for day in range(5):
        back_up(settings, folder / "copy.db", 2, NOON + timedelta(days=day))
    made = {"copy-20261127T120000Z.db", "copy-20261128T120000Z.db"}
    assert {path.name for path in folder.iterdir()} == others | made


async def test_a_backup_that_fails_deletes_no_older_one(tmp_path: Path) -> None:
    settings = await make_data(tmp_path / "data")
    folder = tmp_path / "safe"
    back_up(settings, folder / "copy.db", 1, NOON)
    settings.storage.database.write_text("damaged" * 999)
    with pytest.raises(StoreError, match="damaged"):
        back_up(settings, folder / "copy.db", 1, NOON + timedelta(days=1))
    assert [path.name for path in folder.iterdir()] == ["copy-20261124T120000Z.db"]


async def test_a_restore_waits_for_nobody_who_runs(tmp_path: Path) -> None:
    settings = await make_data(tmp_path)
    file = tmp_path / "copy.db"
    with lock_data_folder(settings.storage.database, NOON):
        back_up(settings, file, None, NOON)
        before = settings.storage.database.read_bytes()
        with pytest.raises(FolderInUse, match="Stop it first"):
            restore(settings, file, NOON)
    assert settings.storage.database.read_bytes() == before


async def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    settings = await make_data(tmp_path / "data")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"copy\.db cannot be written: "):
        back_up(settings, tmp_path / "file" / "copy.db", None, NOON)


def at(settings: Settings) -> tuple[StoredPause, ...]:
    """The stored pauses."""

    async def read() -> tuple[StoredPause, ...]:
        async with open_desk(settings.storage.database) as desk:
            return await desk.books.pauses.list_pauses()

    return asyncio.run(read())


def test_the_host_pauses_and_continues(tmp_path: Path) -> None:
    """Also while a bot holds the folder."""
    settings = asyncio.run(make_data(tmp_path))
    with lock_data_folder(settings.storage.database, NOON):
        said = pause(settings, "2h", NOON)
        assert said == (
            "Drawing is paused until 2026-11-24 14:00 (UTC). A running bot follows within seconds. "
            "Everybody keeps their place, and running pictures finish. To continue earlier: "
            "`swarmbot resume`."
        )
    assert at(settings) == (StoredPause(EVERYWHERE, NOON + timedelta(hours=2)),)
    assert resume(settings, NOON) == (
        "Drawing continues. A running bot follows within seconds. Pauses of single servers stay: "
        "`/resume` there."
    )
    assert at(settings) == ()
    with pytest.raises(Refused, match=r"soon is no span\."):
        pause(settings, "soon", NOON)


def test_the_hosts_clock_decides_and_a_resume_leaves_the_schedule_out_once(tmp_path: Path) -> None:
    asyncio.run(make_data(tmp_path))
    storage = {"database": tmp_path / "swarmbot.db", "spool": tmp_path / "spool"}
    settings = build_settings(
        storage=storage,
        quota={"time_zone": "Europe/Berlin"},
        pause={"schedule": ["12:00-15:00"], "time_zone": "Asia/Tokyo"},
    )
    tokyo = datetime(2026, 11, 24, 14, tzinfo=ZoneInfo("Asia/Tokyo"))
    said = resume(settings, tokyo)
    assert "The schedule's present pause is left out until 2026-11-24 15:00 (Asia/Tokyo)." in said
    row = StoredPause(EVERYWHERE, tokyo + timedelta(hours=1), paused=False)
    assert at(settings) == (row,)
    assert "until 2026-11-24 23:30 (Asia/Tokyo)" in pause(settings, "23:30", tokyo)
    berlin = build_settings(storage=storage, quota={"time_zone": "Europe/Berlin"})
    assert "(Europe/Berlin)" in pause(berlin, "1h", tokyo)


def test_a_span_that_cannot_be_read_ends_the_command_with_a_sentence(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.touch()
    result = CliRunner().invoke(cli, ["pause", "soon", "--config", str(config)])
    assert result.exit_code == 1
    assert "soon is no span." in result.output
    assert "Traceback" not in result.output


def test_totals_that_were_changed_by_hand_are_counted_again(tmp_path: Path) -> None:
    settings = asyncio.run(make_data(tmp_path))
    database = settings.storage.database
    assert repair_totals(settings, NOON) == "All totals were right."
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("UPDATE totals SET used = 99")
    said = "Corrected 2 totals. Start the bot: `swarmbot run`."
    with lock_data_folder(database, NOON), pytest.raises(FolderInUse):
        repair_totals(settings, NOON)
    assert repair_totals(settings, NOON) == said
    with closing(sqlite3.connect(database)) as conn:
        assert conn.execute("SELECT DISTINCT used FROM totals").fetchall() == [(1,)]
    with pytest.raises(StoreError, match="is not there"):
        repair_totals(settings_in(tmp_path / "nowhere"), NOON)


def test_a_server_is_forgotten_at_once(tmp_path: Path) -> None:
    settings = asyncio.run(make_data(tmp_path))
    database = settings.storage.database
    with lock_data_folder(database, NOON), pytest.raises(FolderInUse):
        forget_server(settings, 7, NOON)
    assert forget_server(settings, 8, NOON) == "Nothing is stored of the server 8."
    assert forget_server(settings, 7, NOON) == (
        "Deleted the settings, limits and records of the server 7. Start the bot: `swarmbot run`. "
        "It then deletes its requests and their files, which takes a minute or two."
    )
    with closing(sqlite3.connect(database)) as conn:
        assert conn.execute("SELECT count(*) FROM totals").fetchall() == [(0,)]
        assert conn.execute("SELECT user, guild FROM erasures").fetchall() == [(101, 7)]
    with pytest.raises(StoreError, match="is not there"):
        forget_server(settings_in(tmp_path / "nowhere"), 7, NOON)


async def test_without_a_database_there_is_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"swarmbot\.db is not there"):
        back_up(settings_in(tmp_path), tmp_path / "copy.db", None, NOON)


async def test_the_commands_need_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer does not know the bot's secrets. A copied example is good enough as well."""
    monkeypatch.delenv("SWARMBOT_DISCORD__TOKEN", raising=False)
    await make_data(tmp_path)
    config = tmp_path / "config.toml"
    database, spool = tmp_path / "swarmbot.db", tmp_path / "spool"
    config.write_text(
        f'[discord]\ntoken = "your-token-here"\n[storage]\n'
        f'database = "{database.as_posix()}"\nspool = "{spool.as_posix()}"\n'
    )
    file = str(tmp_path / "copy.db")
    for command in ("backup", "restore"):
        result = CliRunner().invoke(cli, [command, file, "--config", str(config)])
        assert result.exit_code == 0, result.output
        assert file in result.output.replace("\n", "")
    result = CliRunner().invoke(cli, ["backup", file, "--config", str(config)])
    assert result.exit_code == 1
    assert "exists already" in result.output
