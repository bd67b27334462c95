"""How far each server's log channel has come in the record of changes."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from bot.adapters.sqlite.audit import read_audit
from bot.adapters.sqlite.codec import maybe_moment, micros
from bot.adapters.sqlite.database import Database
from bot.core.audit.model import PendingChanges

NEWEST: Final = "SELECT coalesce(max(seq), 0) AS seq FROM audit"
CHANGED: Final = "SELECT DISTINCT guild FROM audit WHERE seq > ?"
# A channel that was chosen after there was none begins with that choice, not with the past; one
# of which nobody knows when it was chosen begins now. Numbers begin anew once every row has had its
# year: then nothing is said of what there is.
_SAID: Final = """
    SELECT max(
        coalesce((SELECT said FROM trails WHERE guild = :guild
            AND said <= (SELECT max(seq) FROM audit)), 0),
        coalesce(
            (SELECT max(seq) - 1 FROM audit WHERE guild = :guild
                AND action = 'settings.log_channel' AND old = 'none'),
            CASE WHEN EXISTS (SELECT 1 FROM trails WHERE guild = :guild)
                THEN 0 ELSE (SELECT max(seq) FROM audit) END,
            0)
    )"""
BEGUN: Final = "SELECT saying, saying_at FROM trails WHERE guild = ? AND saying IS NOT NULL"
# A report is a message of its own, with buttons.
UNSAID: Final = f"""
    SELECT seq, at, actor, action, target, old, new FROM audit
    WHERE guild = :guild AND action <> 'picture.reported'
        AND seq > ({_SAID}) AND seq <= coalesce(:last, seq)
    ORDER BY seq LIMIT :most"""  # noqa: S608 -- no value of anybody's
COUNT: Final = f"""
    SELECT count(*) AS n FROM audit
    WHERE guild = :guild AND action <> 'picture.reported' AND seq > ({_SAID})"""  # noqa: S608 -- as above


class Trail:
    """Part of `SqliteBooks`: the port `AuditStore`."""

    _db: Database

    async def find_changed_guilds(self, seq: int) -> tuple[int, tuple[int, ...]]:
        """The newest change's number, and the guilds in which something changed after `seq`."""
        newest = int((await self._db.read(NEWEST))[0]["seq"])
        if newest == seq:
            return newest, ()
        rows = await self._db.read(CHANGED, (seq if newest > seq else 0,))
        return newest, tuple(row["guild"] for row in rows)

    async def find_pending_changes(self, guild: int, most: int) -> PendingChanges:
        """The next changes that the log channel has not had, at most so many, oldest first.

        Where an earlier process was about to say some, exactly those.
        """
        begun = await self._db.read(BEGUN, (guild,))
        meant = {"guild": guild, "most": -1, "last": begun[0]["saying"]} if begun else {}
        rows = await self._db.read(UNSAID, meant) if meant else ()
        begun_at = maybe_moment(begun[0]["saying_at"]) if rows else None
        if not rows:
            rows = await self._db.read(UNSAID, {"guild": guild, "most": most, "last": None})
        total = int((await self._db.read(COUNT, {"guild": guild}))[0]["n"])
        steps = tuple((row["seq"], read_audit(row)) for row in rows)
        return PendingChanges(steps, max(0, total - len(steps)), begun_at)

    async def mark_changes_sending(self, guild: int, first: int, last: int, now: datetime) -> None:
        """Write that a message with the changes from `first` to `last` is about to go out."""
        await self._db.run(_saying, guild, first, last, now)

    async def mark_changes_sent(self, guild: int, last: int) -> None:
        """Everything up to `last` was said."""
        await self._db.run(_said, guild, last)


def _saying(conn: sqlite3.Connection, guild: int, first: int, last: int, now: datetime) -> None:
    conn.execute(
        "INSERT INTO trails (guild, said, saying, saying_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET said = excluded.said, saying = excluded.saying,"
        " saying_at = excluded.saying_at",
        (guild, first - 1, last, micros(now)),
    )


def _said(conn: sqlite3.Connection, guild: int, last: int) -> None:
    conn.execute(
        "INSERT INTO trails (guild, said) VALUES (?, ?) ON CONFLICT DO UPDATE"
        " SET said = excluded.said, saying = NULL, saying_at = NULL",
        (guild, last),
    )
