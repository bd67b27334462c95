"""Erasure of a guild's rows, in small transactions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Final

from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.limits import subtract_charges
from bot.adapters.sqlite.privacy.erase import overwrite_deleted

GUILD_TABLES: Final = (
    "limits",
    "grants",
    "charges",
    "totals",
    "blocks",
    "audit",
    "trails",
    "guild_settings",
    "trigger_lists",
    "trigger_channels",
    "pauses",
    "greetings",
    "departures",
)
MEMBER_TABLES: Final = {
    "jobs": "requester",
    "drafts": "user",
    "personal": "user",
    "kept_files": "user",
}
"""Tables whose rows go by an erasure of each member, with the files, and their member's column."""
LIST_MEMBERS: Final = " UNION ".join(
    f"SELECT {column} AS user FROM {table} WHERE guild = ?1"  # noqa: S608 -- only constants are inserted
    for table, column in MEMBER_TABLES.items()
)
_REQUEST_ERASURE: Final = """
    INSERT INTO erasures (user, guild, asked_at, messages) VALUES (?, ?, ?, 0)
    ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at, erased_at = NULL,
        messages = iif(erased_at IS NULL, messages, 0)"""
LIST_GUILDS: Final = " UNION ".join(
    f"SELECT guild FROM {table}"  # noqa: S608 -- as above
    for table in (*GUILD_TABLES, *MEMBER_TABLES)
)


def request_erasures(conn: Connection, guild: int, members: Collection[int], now: datetime) -> None:
    """Request the erasure of some members' data in a guild."""
    asked = to_micros(now)
    conn.executemany(_REQUEST_ERASURE, [(member, guild, asked) for member in members])


def _delete_charges(conn: Connection, rows: Sequence[Row]) -> None:
    with overwrite_deleted(conn):
        subtract_charges(conn, rows)
        conn.executemany("DELETE FROM charges WHERE seq = ?", [(row["seq"],) for row in rows])


def _delete_audit(conn: Connection, rows: Sequence[Row]) -> None:
    with overwrite_deleted(conn):
        conn.executemany("DELETE FROM audit WHERE seq = ?", [(row["seq"],) for row in rows])


def erase_guild_rows(conn: Connection, guild: int) -> None:
    """Delete what is left of a guild's own rows, also the note that it is gone."""
    with overwrite_deleted(conn):
        for table in GUILD_TABLES:
            conn.execute(f"DELETE FROM {table} WHERE guild = ?", (guild,))  # noqa: S608 -- as above


LARGE_TABLES: Final = (
    (
        "SELECT seq, guild, user, day, month FROM charges"
        " WHERE guild = ? AND seq > ? ORDER BY seq LIMIT ?",
        _delete_charges,
    ),
    ("SELECT seq FROM audit WHERE guild = ? AND seq > ? ORDER BY seq LIMIT ?", _delete_audit),
)
"""Tables whose rows are deleted in batches: how some are found after a `seq`, and deleted."""
