"""Erasure of a guild's rows in one transaction."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite.codec import to_micros
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
_MEMBERS: Final = " UNION ".join(
    f"SELECT {column} AS user FROM {table} WHERE guild = :guild"  # noqa: S608 -- only constants are inserted
    for table, column in MEMBER_TABLES.items()
)
_REQUEST_ERASURES: Final = f"""
    INSERT INTO erasures (user, guild, asked_at, messages)
    SELECT user, :guild, :now, 0 FROM ({_MEMBERS}) WHERE true
    ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at, erased_at = NULL,
        messages = iif(erased_at IS NULL, messages, 0)"""  # noqa: S608 -- as above
LIST_GUILDS: Final = " UNION ".join(
    f"SELECT guild FROM {table}"  # noqa: S608 -- as above
    for table in (*GUILD_TABLES, *MEMBER_TABLES)
)


def erase_guild_rows(conn: Connection, guild: int, now: datetime) -> None:
    """Delete a guild's own rows and request the erasure of its members' data there."""
    which = {"guild": guild, "now": to_micros(now)}
    with overwrite_deleted(conn):
        conn.execute(_REQUEST_ERASURES, which)
        for table in GUILD_TABLES:
            conn.execute(f"DELETE FROM {table} WHERE guild = :guild", which)  # noqa: S608 -- as above
