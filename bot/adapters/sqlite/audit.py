"""Audit log rows, which record who changed what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Final

from bot.adapters.sqlite.codec import from_micros, from_optional_micros, to_micros
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.core.audit.model import AuditRow, PendingChanges
from bot.core.drawing.request import RequestContext

_SELECT_ROWS: Final = """
    SELECT at, actor, action, target, old, new FROM audit
    WHERE guild = :guild AND target = coalesce(:target, target)
    ORDER BY seq DESC LIMIT :most OFFSET :skip"""
_COUNT_ROWS: Final = """
    SELECT count(*) FROM audit WHERE guild = :guild AND target = coalesce(:target, target)"""
_SELECT_NEWEST: Final = "SELECT coalesce(max(seq), 0) AS seq FROM audit"
_SELECT_CHANGED: Final = "SELECT DISTINCT guild FROM audit WHERE seq > ?"
# The first log channel of a guild begins with the row that chose it. A channel without such a row
# begins now. Row numbers start again once all rows have expired; a larger `said` is then ignored.
_LAST_SENT: Final = """
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
_SELECT_SENDING: Final = "SELECT saying, saying_at, message FROM trails WHERE guild = ?"
# A report is a message of its own, with buttons.
_SELECT_PENDING: Final = f"""
    SELECT seq, at, actor, action, target, old, new FROM audit
    WHERE guild = :guild AND action <> 'picture.reported'
        AND seq > ({_LAST_SENT}) AND seq <= coalesce(:last, seq)
    ORDER BY seq LIMIT :most"""  # noqa: S608 -- only constants are inserted
_COUNT_PENDING: Final = f"""
    SELECT count(*) AS n, coalesce(sum(at <= coalesce(:until, at)), 0) AS n_then FROM audit
    WHERE guild = :guild AND action <> 'picture.reported' AND seq > ({_LAST_SENT})"""  # noqa: S608 -- as above


def insert_audit_row(
    conn: Connection,
    asker: RequestContext,
    action: str,
    target: str,
    old: str,
    new: str,
    now: datetime,
) -> None:
    """Record a change. `old` or `new` is empty where nothing is set."""
    conn.execute(
        "INSERT INTO audit (at, guild, actor, action, target, old, new)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (to_micros(now), asker.guild, asker.user, action, target, old, new),
    )


class SqliteAuditStore(SqliteStore):
    """The audit log and what its channel has seen. Implements the port `AuditStore`."""

    async def list_audit_rows(
        self, guild: int, skip: int, most: int, target: str = ""
    ) -> tuple[tuple[AuditRow, ...], int]:
        which = {"guild": guild, "target": target or None, "most": most, "skip": skip}
        rows = await self._db.read_rows(_SELECT_ROWS, which)
        total = (await self._db.read_rows(_COUNT_ROWS, which))[0][0]
        return tuple(map(_read_audit_row, rows)), total

    async def find_changed_guilds(self, seq: int) -> tuple[int, tuple[int, ...]]:
        newest = int((await self._db.read_rows(_SELECT_NEWEST))[0]["seq"])
        if newest == seq:
            return newest, ()
        rows = await self._db.read_rows(_SELECT_CHANGED, (seq if newest > seq else 0,))
        return newest, tuple(row["guild"] for row in rows)

    async def find_pending_changes(self, guild: int, most: int) -> PendingChanges:
        trail = next(iter(await self._db.read_rows(_SELECT_SENDING, (guild,))), None)
        rows: Sequence[Row] = ()
        until: int | None = None
        if trail is not None and trail["saying"] is not None:
            meant = {"guild": guild, "most": -1, "last": trail["saying"]}
            if rows := await self._db.read_rows(_SELECT_PENDING, meant):
                until = trail["saying_at"]
        if not rows:
            which = {"guild": guild, "most": most, "last": None}
            rows = await self._db.read_rows(_SELECT_PENDING, which)
        counted = {"guild": guild, "until": until}
        total = (await self._db.read_rows(_COUNT_PENDING, counted))[0]
        steps = tuple((row["seq"], _read_audit_row(row)) for row in rows)
        message = 0 if trail is None else trail["message"] or 0
        later, later_then = (max(0, total[name] - len(steps)) for name in ("n", "n_then"))
        return PendingChanges(steps, later, later_then, from_optional_micros(until), message)

    @transaction
    def mark_changes_sending(
        self, conn: Connection, guild: int, first: int, last: int, now: datetime
    ) -> None:
        conn.execute(
            "INSERT INTO trails (guild, said, saying, saying_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET said = excluded.said, saying = excluded.saying,"
            " saying_at = excluded.saying_at",
            (guild, first - 1, last, to_micros(now)),
        )

    @transaction
    def mark_changes_sent(self, conn: Connection, guild: int, last: int, message: int) -> None:
        conn.execute(
            "INSERT INTO trails (guild, said, message) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET said = excluded.said, message = excluded.message, saying = NULL,"
            " saying_at = NULL",
            (guild, last, message),
        )


def _read_audit_row(row: Row) -> AuditRow:
    names = ("actor", "action", "target", "old", "new")
    return AuditRow(from_micros(row["at"]), *(row[name] for name in names))
