"""Look at a database that may be in use, without changing it."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from sqlite3 import connect
from typing import Final

from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.database import ask_for_wal, open_existing, translate_errors
from bot.adapters.sqlite.errors import DatabaseUnwritable, NoWriteAheadLog
from bot.adapters.sqlite.migrate import load_migrations, read_known_version
from bot.core.check_result import ChannelUse, UsedChannel

_SELECT_TRIGGERS: Final = """
    SELECT channel FROM trigger_channels WHERE listens
    UNION SELECT channel FROM trigger_phrases WHERE channel <> 0"""
_SELECT_POLICIES: Final = "SELECT policy FROM guild_settings"
_SELECT_DRAWN: Final = """
    SELECT channel FROM jobs
    WHERE seq > (SELECT max(seq) FROM jobs) - 5000 AND guild <> 0 AND created_at >= ?
    GROUP BY channel ORDER BY max(seq) DESC LIMIT ?"""


def inspect_database(path: Path) -> int:
    """Return the form of the file, 0 where `run` will make a new one.

    Raises StoreError for what `run` would refuse.
    """
    if not path.exists():
        return 0
    if not path.is_file():
        raise DatabaseUnwritable(f"{path} is no file.")
    if not os.access(path, os.R_OK | os.W_OK):
        raise DatabaseUnwritable(f"{path} cannot be written here: Permission denied")
    with open_existing(path) as conn:
        return read_known_version(conn, path, load_migrations()[-1].number)


def try_wal(folder: Path) -> None:
    """Write a small database with a write-ahead log into the folder and delete it.

    Raises StoreError and OSError.
    """
    with tempfile.TemporaryDirectory(prefix=".swarmbot-check-", dir=folder) as own:
        path = Path(own) / "check.db"
        with (
            translate_errors(path),
            closing(connect(path, timeout=1.0, isolation_level=None)) as conn,
        ):
            if (mode := ask_for_wal(conn)) != "wal":
                raise NoWriteAheadLog(folder, f"SQLite answers {mode!r}")
            conn.execute("CREATE TABLE tried (n INTEGER)")


def list_used_channels(path: Path, since: datetime, most: int) -> tuple[UsedChannel, ...]:
    """List the channels of moderators' settings, then those that were drawn in since then.

    Raises StoreError, also for a database of an older form.
    """
    with open_existing(path) as conn:
        policies = [json.loads(text) for (text,) in conn.execute(_SELECT_POLICIES).fetchall()]
        logs = [int(policy.get("log_channel") or 0) for policy in policies]
        triggers = [int(channel) for (channel,) in conn.execute(_SELECT_TRIGGERS).fetchall()]
        recent = (to_micros(since), most)
        drawn = [int(channel) for (channel,) in conn.execute(_SELECT_DRAWN, recent).fetchall()]
    return (
        *(UsedChannel(channel, ChannelUse.LOG) for channel in logs if channel),
        *(UsedChannel(channel, ChannelUse.TRIGGER) for channel in triggers),
        *(UsedChannel(channel, ChannelUse.DRAWN) for channel in drawn),
    )
