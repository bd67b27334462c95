"""Who may not draw here for a while: asked at the gate, in the transaction that lets a job in."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from bot.adapters.sqlite.audit import audit
from bot.adapters.sqlite.codec import clean, maybe_micros, maybe_moment, micros
from bot.adapters.sqlite.database import Database
from bot.core.blocks import MemberBlock
from bot.core.drawing.request import RequestContext

IN_FORCE: Final = """
    SELECT user, until, reason, blocked_by FROM blocks
    WHERE guild = :guild AND (until IS NULL OR until > :now)
    ORDER BY blocked_at DESC"""

OF_MEMBER: Final = """
    SELECT user, until, reason, blocked_by FROM blocks
    WHERE guild = :guild AND user = :user AND (until IS NULL OR until > :now)"""

LATEST_POSTS: Final = """
    SELECT posts.channel, posts.message FROM jobs JOIN posts ON posts.job = jobs.id
    WHERE jobs.state = 'done' AND jobs.requester = :user AND jobs.guild = :guild
        AND jobs.ended_at >= :since AND posts.message IS NOT NULL AND posts.purpose <> 'direct'
    ORDER BY jobs.seq DESC LIMIT 200"""


def asked(guild: int, user: int, now: datetime) -> dict[str, object]:
    """The parameters of OF_MEMBER."""
    return {"guild": guild, "user": user, "now": micros(now)}


def read_block(row: sqlite3.Row) -> MemberBlock:
    """A row of IN_FORCE or OF_MEMBER."""
    return MemberBlock(row["user"], maybe_moment(row["until"]), row["reason"], row["blocked_by"])


def in_force(conn: sqlite3.Connection, guild: int, user: int, now: datetime) -> MemberBlock | None:
    """The block of that member, as this transaction sees it."""
    row = conn.execute(OF_MEMBER, asked(guild, user, now)).fetchone()
    return None if row is None else read_block(row)


def block(
    conn: sqlite3.Connection,
    asker: RequestContext,
    user: int,
    until: datetime | None,
    reason: str,
    now: datetime,
) -> None:
    """Keep a member from drawing; a block that they have already is replaced."""
    conn.execute(
        "INSERT INTO blocks (guild, user, until, reason, blocked_by, blocked_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until,"
        " reason = excluded.reason, blocked_by = excluded.blocked_by,"
        " blocked_at = excluded.blocked_at",
        (asker.guild, user, maybe_micros(until), clean(reason), asker.user, micros(now)),
    )
    told = "for good" if until is None else f"until {until:%Y-%m-%d %H:%M} UTC"
    new = f"{told}: {clean(reason)}" if reason else told
    audit(conn, asker, "block.set", f"member:{user}", "", new, now)


def unblock(conn: sqlite3.Connection, asker: RequestContext, user: int, now: datetime) -> bool:
    """Let a member draw again; False if they were not blocked."""
    was = in_force(conn, asker.guild, user, now)
    conn.execute("DELETE FROM blocks WHERE guild = ? AND user = ?", (asker.guild, user))
    if was is None:
        return False
    audit(conn, asker, "block.lifted", f"member:{user}", was.reason or "blocked", "", now)
    return True


class SqliteBlockStore:
    """Blocked members. Implements the port `BlockStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def block_member(
        self, asker: RequestContext, user: int, until: datetime | None, reason: str, now: datetime
    ) -> None:
        await self._db.run(block, asker, user, until, reason, now)

    async def unblock_member(self, asker: RequestContext, user: int, now: datetime) -> bool:
        return await self._db.run(unblock, asker, user, now)

    async def list_blocks(self, guild: int, now: datetime) -> tuple[MemberBlock, ...]:
        rows = await self._db.read(IN_FORCE, {"guild": guild, "now": micros(now)})
        return tuple(map(read_block, rows))

    async def find_block(self, guild: int, user: int, now: datetime) -> MemberBlock | None:
        rows = await self._db.read(OF_MEMBER, asked(guild, user, now))
        return read_block(rows[0]) if rows else None
