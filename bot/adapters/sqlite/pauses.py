"""Pauses of guilds and of the host.

The host's pause is written by another process while the bot runs, so this store caches nothing.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.codec import from_micros, to_micros
from bot.adapters.sqlite.database import SqliteStore, open_existing, transaction
from bot.adapters.sqlite.errors import NewerDatabase
from bot.adapters.sqlite.migrate import begin, load_migrations, read_version
from bot.core.drawing.request import RequestContext
from bot.core.errors import StoreError
from bot.core.pauses import EVERYWHERE, StoredPause

_SELECT_PAUSES: Final = "SELECT guild, until, paused FROM pauses"
_SELECT_ACTIVE: Final = "SELECT until FROM pauses WHERE guild = ? AND until > ? AND paused"


class SqlitePauseStore(SqliteStore):
    """Pauses. Implements the port `PauseStore`."""

    async def list_pauses(self) -> tuple[StoredPause, ...]:
        rows = await self._db.read_rows(_SELECT_PAUSES)
        return tuple(
            StoredPause(row["guild"], from_micros(row["until"]), bool(row["paused"]))
            for row in rows
        )

    @transaction
    def pause_guild(
        self, conn: Connection, asker: RequestContext, until: datetime, now: datetime
    ) -> None:
        _write_pause(conn, StoredPause(asker.guild, until))
        new = f"until {until:%Y-%m-%d %H:%M} UTC"
        insert_audit_row(conn, asker, "pause.set", f"guild:{asker.guild}", "", new, now)

    @transaction
    def resume_guild(self, conn: Connection, asker: RequestContext, now: datetime) -> bool:
        was = conn.execute(_SELECT_ACTIVE, (asker.guild, to_micros(now))).fetchone()
        conn.execute("DELETE FROM pauses WHERE guild = ?", (asker.guild,))
        if was is None:
            return False
        old = f"until {from_micros(was[0]):%Y-%m-%d %H:%M} UTC"
        insert_audit_row(conn, asker, "pause.lifted", f"guild:{asker.guild}", old, "", now)
        return True


def write_host_pause(database: Path, pause: StoredPause | None) -> None:
    """Write the host's pause, or none, into the database of a bot that may be running.

    Raises StoreError.
    """
    if not database.is_file():
        raise StoreError(f"{database} is not there.")
    with open_existing(database) as conn:
        version, newest = read_version(conn, database), load_migrations()[-1].number
        if version != newest:
            raise NewerDatabase(
                f"{database} is of form {version}, and this program needs {newest}. Start the bot "
                "once with this version."
            )
        with begin(conn):
            if pause is None:
                conn.execute("DELETE FROM pauses WHERE guild = ?", (EVERYWHERE,))
            else:
                _write_pause(conn, pause)


def _write_pause(conn: Connection, pause: StoredPause) -> None:
    conn.execute(
        "INSERT OR REPLACE INTO pauses (guild, until, paused) VALUES (?, ?, ?)",
        (pause.guild, to_micros(pause.until), pause.paused),
    )
