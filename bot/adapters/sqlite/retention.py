"""Deletion of expired rows, in small transactions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite.codec import pack_json, to_micros
from bot.adapters.sqlite.database import Database, SqliteStore, transaction
from bot.adapters.sqlite.limits import subtract_charges
from bot.adapters.sqlite.privacy.erase import HAS_UNNAMED_FILES, JOB_PATH
from bot.adapters.sqlite.privacy.erase_guild import (
    LARGE_TABLES,
    LIST_GUILDS,
    LIST_MEMBERS,
    erase_guild_rows,
    request_erasures,
)
from bot.core.ids import JobId
from bot.core.notices import SEND_WITHIN

BATCH_SIZE: Final = 500  # rows a transaction: a gate that waits behind one does not notice
TOKEN_LIFETIME: Final = timedelta(minutes=15)
ORPHAN_LIFETIME: Final = timedelta(days=1)
# A picture that waits in /history is nowhere else for certain, so it stays with its row.
SELECT_EXPIRED_SPOOLS: Final = """
    SELECT id FROM jobs WHERE spooled = 1 AND ended_at <= :spool AND (
        ended_at <= :history
        OR NOT EXISTS (SELECT 1 FROM images WHERE images.job = jobs.id AND place = 'waiting'))
    ORDER BY ended_at LIMIT :limit"""
SELECT_SPOOLED_JOBS: Final = (
    "SELECT id FROM jobs WHERE spooled = 1 AND id IN (SELECT value FROM json_each(?))"
)
_CHOSEN: Final = "seq IN (SELECT value FROM json_each(?))"
KEPT_FILE_QUERIES: Final = (
    f"""SELECT requester, guild, 'file', path FROM jobs JOIN images ON images.job = jobs.id
        WHERE path <> '' AND {_CHOSEN}""",  # noqa: S608 -- only constants are inserted
    f"""SELECT requester, guild, 'server', {JOB_PATH} FROM jobs
        WHERE {_CHOSEN} AND {HAS_UNNAMED_FILES}""",  # noqa: S608 -- as above
)


@dataclass(frozen=True, slots=True)
class Retention:
    """Retention periods. `history` covers jobs, prompts, images and posts.

    `departed` is how long everything of a guild stays that removed the bot.
    """

    spool: timedelta = timedelta(hours=24)
    drafts: timedelta = timedelta(hours=24)
    history: timedelta = timedelta(days=90)
    audit: timedelta = timedelta(days=365)
    charges_months: int = 13
    departed: timedelta = timedelta(days=30)


def delete_expired_tokens(conn: Connection, now: datetime) -> None:
    """Delete interaction tokens that no longer work, because they are secrets."""
    conn.execute(
        "UPDATE posts SET token = NULL"
        " WHERE token IS NOT NULL AND coalesce(token_until, created_at + ?) <= ?",
        (TOKEN_LIFETIME // timedelta(microseconds=1), to_micros(now)),
    )


class SqliteRetentionStore(SqliteStore):
    """Deletion of expired rows. Implements the port `RetentionStore`."""

    def __init__(self, db: Database, keep: Retention) -> None:
        super().__init__(db)
        self._keep = keep

    async def list_expired_spools(self, now: datetime) -> tuple[JobId, ...]:
        keep = self._keep
        periods = {"spool": now - keep.spool, "history": now - keep.history}
        params = {name: to_micros(moment) for name, moment in periods.items()}
        rows = await self._db.read_rows(SELECT_EXPIRED_SPOOLS, {**params, "limit": BATCH_SIZE})
        return tuple(JobId(row["id"]) for row in rows)

    async def find_spooled_jobs(self, jobs: Collection[JobId]) -> set[JobId]:
        rows = await self._db.read_rows(SELECT_SPOOLED_JOBS, (pack_json(tuple(jobs)),))
        return {JobId(row["id"]) for row in rows}

    async def list_stored_guilds(self) -> frozenset[int]:
        rows = await self._db.read_rows(LIST_GUILDS)
        return frozenset(row["guild"] for row in rows if row["guild"])

    async def list_departed_guilds(self) -> frozenset[int]:
        rows = await self._db.read_rows("SELECT guild FROM departures")
        return frozenset(row["guild"] for row in rows)

    @transaction
    def record_departure(self, conn: Connection, guild: int, now: datetime) -> None:
        conn.execute(
            "REPLACE INTO departures (guild, left_at) VALUES (?, ?)", (guild, to_micros(now))
        )

    @transaction
    def delete_departure(self, conn: Connection, guild: int) -> None:
        conn.execute("DELETE FROM departures WHERE guild = ?", (guild,))

    async def list_overdue_guilds(self, now: datetime) -> tuple[int, ...]:
        before = (to_micros(now - self._keep.departed),)
        rows = await self._db.read_rows("SELECT guild FROM departures WHERE left_at <= ?", before)
        return tuple(row["guild"] for row in rows)

    async def erase_guild(self, guild: int, now: datetime) -> None:
        members = [row["user"] for row in await self._db.read_rows(LIST_MEMBERS, (guild,))]
        for start in range(0, len(members), BATCH_SIZE):
            batch = members[start : start + BATCH_SIZE]
            await self._db.run_transaction(request_erasures, guild, batch, now)
        for select, delete in LARGE_TABLES:
            after = 0
            while rows := await self._db.read_rows(select, (guild, after, BATCH_SIZE)):
                await self._db.run_transaction(delete, rows)
                after = rows[-1]["seq"]
        await self._db.run_transaction(erase_guild_rows, guild)

    async def delete_expired_rows(self, now: datetime) -> None:
        await self._delete_short_lived_rows(now)
        while await self._delete_expired_jobs(now):
            pass
        while await self._delete_expired_charges(now):
            pass

    @transaction
    def mark_spools_deleted(self, conn: Connection, jobs: Collection[JobId]) -> None:
        conn.executemany("UPDATE jobs SET spooled = 0 WHERE id = ?", [(job,) for job in jobs])

    @transaction
    def _delete_short_lived_rows(self, conn: Connection, now: datetime) -> None:
        keep = self._keep
        delete_expired_tokens(conn, now)
        for delete, before in (
            ("DELETE FROM orphans WHERE ended_at <= ?", now - ORPHAN_LIFETIME),
            ("DELETE FROM notices WHERE made_at <= ?", now - SEND_WITHIN),
            ("DELETE FROM pauses WHERE until <= ?", now),
            ("DELETE FROM drafts WHERE kept_at <= ?", now - keep.drafts),
            ("DELETE FROM audit WHERE at <= ?", now - keep.audit),
            ("DELETE FROM blocks WHERE until <= ?", now - keep.audit),
            # Grants go with the charges of their month.
            ("DELETE FROM grants WHERE given_at < ?", subtract_months(now, keep.charges_months)),
        ):
            conn.execute(delete, (to_micros(before),))

    @transaction
    def _delete_expired_jobs(self, conn: Connection, now: datetime) -> int:
        """Delete a few expired jobs with their prompts, posts and images and return how many.

        A job whose files may still be in the spool waits, because the files would be orphaned. Of
        files on SwarmUI, owner and path stay.
        """
        expired = conn.execute(
            "SELECT seq FROM jobs WHERE ended_at <= ? AND spooled = 0 ORDER BY ended_at LIMIT ?",
            (to_micros(now - self._keep.history), BATCH_SIZE),
        )
        seqs = pack_json([row["seq"] for row in expired])
        for files in KEPT_FILE_QUERIES:
            conn.execute(
                f"INSERT OR IGNORE INTO kept_files (user, guild, kind, path) {files}", (seqs,)
            )
        return conn.execute(f"DELETE FROM jobs WHERE {_CHOSEN}", (seqs,)).rowcount  # noqa: S608 -- only constants are inserted

    @transaction
    def _delete_expired_charges(self, conn: Connection, now: datetime) -> int:
        rows = conn.execute(
            "SELECT seq, guild, user, day, month FROM charges WHERE held_at < ?"
            " ORDER BY held_at LIMIT ?",
            (to_micros(subtract_months(now, self._keep.charges_months)), BATCH_SIZE),
        ).fetchall()
        subtract_charges(conn, rows)
        conn.executemany("DELETE FROM charges WHERE seq = ?", [(row["seq"],) for row in rows])
        return len(rows)


def subtract_months(now: datetime, months: int) -> datetime:
    """Return the first moment of the month `months` before the month of `now`."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return datetime(years, month + 1, 1, tzinfo=now.tzinfo)
