"""Deletion of expired rows, in small transactions."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.sqlite import grants
from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.limits import change_total
from bot.core.ids import JobId

BATCH_SIZE: Final = 500  # rows a transaction: a gate that waits behind one does not notice
TOKEN_LIFETIME: Final = timedelta(minutes=15)
ORPHAN_LIFETIME: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """Retention periods. `history` covers jobs, prompts, images and posts."""

    spool: timedelta = timedelta(hours=24)
    drafts: timedelta = timedelta(hours=24)
    history: timedelta = timedelta(days=90)
    audit: timedelta = timedelta(days=365)
    charges_months: int = 13


def delete_expired_tokens(conn: sqlite3.Connection, now: datetime) -> None:
    """Delete interaction tokens that no longer work, because they are secrets."""
    conn.execute(
        "UPDATE posts SET token = NULL"
        " WHERE token IS NOT NULL AND coalesce(token_until, created_at + ?) <= ?",
        (TOKEN_LIFETIME // timedelta(microseconds=1), to_micros(now)),
    )


def delete_short_lived_rows(conn: sqlite3.Connection, keep: Retention, now: datetime) -> None:
    """Tokens that are dead, drafts, audit rows and orphans past their time."""
    delete_expired_tokens(conn, now)
    conn.execute("DELETE FROM orphans WHERE ended_at <= ?", (to_micros(now - ORPHAN_LIFETIME),))
    conn.execute("DELETE FROM drafts WHERE kept_at <= ?", (to_micros(now - keep.drafts),))
    conn.execute("DELETE FROM audit WHERE at <= ?", (to_micros(now - keep.audit),))
    conn.execute("DELETE FROM blocks WHERE until <= ?", (to_micros(now - keep.audit),))


def list_expired_spools(
    conn: sqlite3.Connection, keep: Retention, now: datetime
) -> tuple[JobId, ...]:
    """List ended jobs whose spool files may be deleted, oldest first, at most BITE."""
    rows = conn.execute(
        "SELECT id FROM jobs WHERE spooled = 1 AND ended_at <= ? ORDER BY ended_at LIMIT ?",
        (to_micros(now - keep.spool), BATCH_SIZE),
    )
    return tuple(JobId(row["id"]) for row in rows)


def mark_spools_deleted(conn: sqlite3.Connection, jobs: tuple[JobId, ...]) -> None:
    """Record that the files of these jobs are deleted."""
    conn.executemany("UPDATE jobs SET spooled = 0 WHERE id = ?", [(job,) for job in jobs])


def delete_expired_jobs(conn: sqlite3.Connection, keep: Retention, now: datetime) -> int:
    """Delete expired jobs with their prompts, posts and images and return how many.

    A job whose files may still be in the spool waits, because the files would be orphaned.
    """
    return conn.execute(
        "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs"
        " WHERE ended_at <= ? AND spooled = 0 ORDER BY ended_at LIMIT ?)",
        (to_micros(now - keep.history), BATCH_SIZE),
    ).rowcount


def delete_expired_charges(conn: sqlite3.Connection, keep: Retention, now: datetime) -> int:
    """Delete expired charges and subtract them from totals and return how many."""
    before = to_micros(subtract_months(now, keep.charges_months))
    rows = conn.execute(
        "SELECT seq, guild, user, day, month FROM charges WHERE held_at < ?"
        " ORDER BY held_at LIMIT ?",
        (before, BATCH_SIZE),
    ).fetchall()
    gone: Counter[tuple[int, int, str]] = Counter()
    for row in rows:
        gone[row["guild"], row["user"], row["day"]] += 1
        gone[row["guild"], row["user"], row["month"]] += 1
    for (guild, user, period), pictures in gone.items():
        change_total(conn, guild, user, period, -pictures)
    conn.executemany("DELETE FROM charges WHERE seq = ?", [(row["seq"],) for row in rows])
    return len(rows)


def subtract_months(now: datetime, months: int) -> datetime:
    """Return the first moment of the month `months` before the month of `now`."""
    count = now.year * 12 + now.month - 1 - months
    return now.replace(
        year=count // 12, month=count % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


class SqliteRetentionStore:
    """Deletion of expired rows. Implements the port `RetentionStore`."""

    def __init__(self, db: Database, keep: Retention) -> None:
        self._db, self._retention = db, keep
        self._handed_out: tuple[JobId, ...] = ()

    async def delete_expired_rows(self, now: datetime) -> tuple[JobId, ...]:
        keep = self._retention
        await self._db.run_transaction(mark_spools_deleted, self._handed_out)
        await self._db.run_transaction(delete_short_lived_rows, keep, now)
        await self._db.run_transaction(
            grants.delete_old_grants, subtract_months(now, keep.charges_months)
        )
        while await self._db.run_transaction(delete_expired_jobs, keep, now):
            pass
        while await self._db.run_transaction(delete_expired_charges, keep, now):
            pass
        self._handed_out = await self._db.run_transaction(list_expired_spools, keep, now)
        return self._handed_out
