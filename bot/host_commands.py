"""Commands of the host that back up, restore and repair the data folder."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.adapters.sqlite import Database, build_stores
from bot.adapters.sqlite.backup import back_up_database, restore_database
from bot.adapters.sqlite.folder_lock import lock_data_folder
from bot.adapters.sqlite.pauses import write_host_pause
from bot.config import Settings
from bot.core.errors import StoreError
from bot.core.pauses import (
    EVERYWHERE,
    StoredPause,
    find_window_end,
    parse_pause_end,
    parse_window,
)
from bot.core.text.format import format_count
from bot.views import find_pause_zone

STAMP: Final = "%Y%m%dT%H%M%SZ"
FOLLOWS: Final = "A running bot follows within seconds."
STAMP_PATTERN: Final = r"\d{8}T\d{6}Z"


def back_up(settings: Settings, file: Path, keep: int | None, now: datetime) -> str:
    """Write a backup and return a sentence about it.

    With `keep`, the file's name gets the time, and only the newest `keep` files of that name stay.
    The bot may run meanwhile. Raises StoreError.
    """
    storage = settings.storage
    target = file if keep is None else _add_stamp(file, now)
    if target.exists():
        raise StoreError(
            f"{target} exists already. Choose another name, or use --keep 7: then each backup has "
            "the time in its name, and the oldest are deleted."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        pictures = back_up_database(storage.database, storage.spool, target)
        if keep is not None:
            for old in _list_stamped(file)[:-keep]:
                old.unlink(missing_ok=True)
        size = target.stat().st_size / 1024**2
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    return f"Saved {target} ({size:.1f} MB, {format_count(pictures, 'picture')})."


def restore(settings: Settings, file: Path, now: datetime) -> str:
    """Put a backup in the place of the data and return a sentence about it.

    Raises StoreError, which is FolderInUse while a bot runs.
    """
    storage = settings.storage
    aside = storage.database.with_name(f"replaced-{now.astimezone(UTC):{STAMP}}")
    try:
        storage.database.parent.mkdir(parents=True, exist_ok=True)
        with lock_data_folder(storage.database, now):
            pictures = restore_database(file, storage.database, storage.spool, aside)
    except OSError as error:
        where = error.filename or storage.database.parent
        raise StoreError(f"{where} cannot be written: {error.strerror}") from error
    before = f" What was there is in {aside}." if aside.exists() else ""
    said = f"Restored {file} ({format_count(pictures, 'picture')}).{before}"
    return f"{said} Start the bot: `swarmbot run`."


def repair_totals(settings: Settings, now: datetime) -> str:
    """Compute what members have used from the charges again and return a sentence about it.

    Raises StoreError, which is FolderInUse while a bot runs.
    """
    database = settings.storage.database
    if not database.is_file():
        raise StoreError(f"{database} is not there.")
    with lock_data_folder(database, now):
        wrong = asyncio.run(_rebuild_totals(database))
    if not wrong:
        return "All totals were right."
    return f"Corrected {format_count(wrong, 'total')}. Start the bot: `swarmbot run`."


def forget_server(settings: Settings, guild: int, now: datetime) -> str:
    """Delete everything of a guild and return a sentence about it.

    Raises StoreError, which is FolderInUse while a bot runs.
    """
    database = settings.storage.database
    if not database.is_file():
        raise StoreError(f"{database} is not there.")
    with lock_data_folder(database, now):
        if not asyncio.run(_erase_guild(database, guild, now)):
            return f"Nothing is stored of the server {guild}."
    return (
        f"Deleted the settings, limits and records of the server {guild}. Start the bot: `swarmbot "
        "run`. It then deletes its requests and their files, which takes a minute or two."
    )


def pause(settings: Settings, span: str, now: datetime) -> str:
    """Pause drawing everywhere, also in a running bot, and return a sentence about it.

    Raises StoreError, and Refused for a span that cannot be read.
    """
    zone = find_pause_zone(settings)
    until = parse_pause_end(span, zone, now)
    write_host_pause(settings.storage.database, StoredPause(EVERYWHERE, until))
    return (
        f"Drawing is paused until {_format_local(until, zone)}. {FOLLOWS} Everybody keeps their "
        "place, and running pictures finish. To continue earlier: `swarmbot resume`."
    )


def resume(settings: Settings, now: datetime) -> str:
    """End the host's pause, also one of the schedule, and return a sentence about it.

    Raises StoreError.
    """
    zone = find_pause_zone(settings)
    windows = tuple(map(parse_window, settings.pause.schedule))
    end = find_window_end(windows, zone, now)
    row = None if end is None else StoredPause(EVERYWHERE, end, paused=False)
    write_host_pause(settings.storage.database, row)
    over = ""
    if end is not None:
        over = f" The schedule's present pause is left out until {_format_local(end, zone)}."
    return f"Drawing continues.{over} {FOLLOWS} Pauses of single servers stay: `/resume` there."


def _format_local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


async def _rebuild_totals(database: Path) -> int:
    async with Database.open(database, clock=lambda: datetime.now(UTC)) as opened:
        return await build_stores(opened).limits.rebuild_totals()


async def _erase_guild(database: Path, guild: int, now: datetime) -> bool:
    async with Database.open(database, clock=lambda: now) as opened:
        retention = build_stores(opened).retention
        if guild not in await retention.list_stored_guilds():
            return False
        await retention.erase_guild(guild, now)
    return True


def _add_stamp(file: Path, now: datetime) -> Path:
    return file.with_name(f"{file.stem}-{now.astimezone(UTC):{STAMP}}{file.suffix}")


def _list_stamped(file: Path) -> list[Path]:
    name = re.compile(f"{re.escape(file.stem)}-{STAMP_PATTERN}{re.escape(file.suffix)}")
    return sorted(path for path in file.parent.iterdir() if name.fullmatch(path.name))
