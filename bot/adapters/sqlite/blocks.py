"""Blocked members, checked in the transaction that creates a job."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection, Row
from typing import Final

from bot.adapters.sqlite import codec
from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.core.blocks import MemberBlock
from bot.core.drawing.request import RequestContext

_SELECT_ACTIVE: Final = """
    SELECT user, until, reason, blocked_by FROM blocks
    WHERE guild = :guild AND (until IS NULL OR until > :now)
    ORDER BY blocked_at DESC"""
_SELECT_OF_MEMBER: Final = """
    SELECT user, until, reason, blocked_by FROM blocks
    WHERE guild = :guild AND user = :user AND (until IS NULL OR until > :now)"""


def find_block(conn: Connection, guild: int, user: int, now: datetime) -> MemberBlock | None:
    """Return the member's block as this transaction sees it."""
    which = {"guild": guild, "user": user, "now": codec.to_micros(now)}
    row = conn.execute(_SELECT_OF_MEMBER, which).fetchone()
    return None if row is None else _read_block(row)


class SqliteBlockStore(SqliteStore):
    """Blocked members. Implements the port `BlockStore`."""

    @transaction
    def block_member(
        self,
        conn: Connection,
        asker: RequestContext,
        user: int,
        until: datetime | None,
        reason: str,
        now: datetime,
    ) -> None:
        clean, ends, at = (
            codec.replace_surrogates(reason),
            codec.to_optional_micros(until),
            codec.to_micros(now),
        )
        conn.execute(
            "INSERT INTO blocks (guild, user, until, reason, blocked_by, blocked_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until,"
            " reason = excluded.reason, blocked_by = excluded.blocked_by,"
            " blocked_at = excluded.blocked_at",
            (asker.guild, user, ends, clean, asker.user, at),
        )
        told = "for good" if until is None else f"until {until:%Y-%m-%d %H:%M} UTC"
        new = f"{told}: {clean}" if reason else told
        insert_audit_row(conn, asker, "block.set", f"member:{user}", "", new, now)

    @transaction
    def unblock_member(
        self, conn: Connection, asker: RequestContext, user: int, now: datetime
    ) -> bool:
        was = find_block(conn, asker.guild, user, now)
        conn.execute("DELETE FROM blocks WHERE guild = ? AND user = ?", (asker.guild, user))
        if was is None:
            return False
        old = was.reason or "blocked"
        insert_audit_row(conn, asker, "block.lifted", f"member:{user}", old, "", now)
        return True

    async def list_blocks(self, guild: int, now: datetime) -> tuple[MemberBlock, ...]:
        which = {"guild": guild, "now": codec.to_micros(now)}
        return tuple(map(_read_block, await self._db.read_rows(_SELECT_ACTIVE, which)))

    async def find_block(self, guild: int, user: int, now: datetime) -> MemberBlock | None:
        which = {"guild": guild, "user": user, "now": codec.to_micros(now)}
        rows = await self._db.read_rows(_SELECT_OF_MEMBER, which)
        return _read_block(rows[0]) if rows else None


def _read_block(row: Row) -> MemberBlock:
    until = codec.from_optional_micros(row["until"])
    return MemberBlock(row["user"], until, row["reason"], row["blocked_by"])
