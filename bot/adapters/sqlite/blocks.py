"""Blocked members, checked in the transaction that creates a job."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.codec import (
    from_optional_micros,
    replace_surrogates,
    to_micros,
    to_optional_micros,
)
from bot.adapters.sqlite.database import Database
from bot.core.blocks import MemberBlock
from bot.core.drawing.request import RequestContext

SELECT_ACTIVE_BLOCKS: Final = """
    SELECT user, until, reason, blocked_by FROM blocks
    WHERE guild = :guild AND (until IS NULL OR until > :now)
    ORDER BY blocked_at DESC"""

SELECT_MEMBER_BLOCK: Final = """
    SELECT user, until, reason, blocked_by FROM blocks
    WHERE guild = :guild AND user = :user AND (until IS NULL OR until > :now)"""

SELECT_RECENT_RESULTS: Final = """
    SELECT posts.channel, posts.message FROM jobs JOIN posts ON posts.job = jobs.id
    WHERE jobs.state = 'done' AND jobs.requester = :user AND jobs.guild = :guild
        AND jobs.ended_at >= :since AND posts.message IS NOT NULL AND posts.purpose <> 'direct'
    ORDER BY jobs.seq DESC LIMIT 200"""


def build_member_params(guild: int, user: int, now: datetime) -> dict[str, object]:
    """Return the parameters of OF_MEMBER."""
    return {"guild": guild, "user": user, "now": to_micros(now)}


def read_block(row: sqlite3.Row) -> MemberBlock:
    """Convert a row of IN_FORCE or OF_MEMBER."""
    return MemberBlock(
        row["user"], from_optional_micros(row["until"]), row["reason"], row["blocked_by"]
    )


def find_block(
    conn: sqlite3.Connection, guild: int, user: int, now: datetime
) -> MemberBlock | None:
    """Return the member's block as this transaction sees it."""
    row = conn.execute(SELECT_MEMBER_BLOCK, build_member_params(guild, user, now)).fetchone()
    return None if row is None else read_block(row)


def block_member(
    conn: sqlite3.Connection,
    asker: RequestContext,
    user: int,
    until: datetime | None,
    reason: str,
    now: datetime,
) -> None:
    """Block a member from drawing, replacing an existing block."""
    conn.execute(
        "INSERT INTO blocks (guild, user, until, reason, blocked_by, blocked_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until,"
        " reason = excluded.reason, blocked_by = excluded.blocked_by,"
        " blocked_at = excluded.blocked_at",
        (
            asker.guild,
            user,
            to_optional_micros(until),
            replace_surrogates(reason),
            asker.user,
            to_micros(now),
        ),
    )
    told = "for good" if until is None else f"until {until:%Y-%m-%d %H:%M} UTC"
    new = f"{told}: {replace_surrogates(reason)}" if reason else told
    insert_audit_row(conn, asker, "block.set", f"member:{user}", "", new, now)


def unblock_member(
    conn: sqlite3.Connection, asker: RequestContext, user: int, now: datetime
) -> bool:
    """Unblock a member, or False if they were not blocked."""
    was = find_block(conn, asker.guild, user, now)
    conn.execute("DELETE FROM blocks WHERE guild = ? AND user = ?", (asker.guild, user))
    if was is None:
        return False
    insert_audit_row(
        conn, asker, "block.lifted", f"member:{user}", was.reason or "blocked", "", now
    )
    return True


class SqliteBlockStore:
    """Blocked members. Implements the port `BlockStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def block_member(
        self, asker: RequestContext, user: int, until: datetime | None, reason: str, now: datetime
    ) -> None:
        await self._db.run_transaction(block_member, asker, user, until, reason, now)

    async def unblock_member(self, asker: RequestContext, user: int, now: datetime) -> bool:
        return await self._db.run_transaction(unblock_member, asker, user, now)

    async def list_blocks(self, guild: int, now: datetime) -> tuple[MemberBlock, ...]:
        rows = await self._db.read_rows(
            SELECT_ACTIVE_BLOCKS, {"guild": guild, "now": to_micros(now)}
        )
        return tuple(map(read_block, rows))

    async def find_block(self, guild: int, user: int, now: datetime) -> MemberBlock | None:
        rows = await self._db.read_rows(SELECT_MEMBER_BLOCK, build_member_params(guild, user, now))
        return read_block(rows[0]) if rows else None
