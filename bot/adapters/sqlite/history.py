"""What was drawn, for those who had it drawn; and forgetting, a little in each transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.adapters.sqlite import jobs
from bot.adapters.sqlite.codec import micros
from bot.adapters.sqlite.quotas import add
from bot.core.ids import JobId
from bot.flow.ports import Image, Place

BITE: Final = 500  # rows a transaction: a gate that waits behind one does not notice
TOKEN_LIFE: Final = timedelta(minutes=15)
ORPHAN_LIFE: Final = timedelta(days=1)

IMAGES: Final = (
    'SELECT job, "index", path, seed, message, place, channel FROM images'
    " WHERE job IN (SELECT value FROM json_each(?)) ORDER BY job, 2"
)
_HIS: Final = (
    "requester = ? AND guild = ? AND state = 'done'"
    " AND EXISTS (SELECT 1 FROM images WHERE images.job = jobs.id)"
)
COUNT: Final = f"SELECT count(*) FROM jobs WHERE {_HIS}"  # noqa: S608 -- no value of anybody's
NEWEST: Final = f"{jobs.SELECT} WHERE {_HIS} ORDER BY seq DESC LIMIT ? OFFSET ?"
WORDS: Final = (
    "SELECT id, json_extract(\"order\", '$.prompt') AS prompt,"  # noqa: S608 -- as above
    " json_extract(\"order\", '$.model_title') AS model"
    f" FROM jobs WHERE {_HIS} ORDER BY seq DESC"
)
_ONES: Final = "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY seq DESC"
CHOSEN: Final = f"{jobs.SELECT} {_ONES}"
_WAITS: Final = (
    "WHERE id IN (SELECT job FROM images WHERE place = 'waiting')"
    " AND requester = ? AND told = 0 ORDER BY seq"
)
WAITING: Final = f"{jobs.SELECT} {_WAITS}"
ORPHANS: Final = "SELECT session FROM orphans ORDER BY ended_at"


def read_image(row: sqlite3.Row) -> Image:
    """A row of IMAGES."""
    return Image(
        JobId(row["job"]),
        row["index"],
        row["path"],
        row["seed"],
        row["message"],
        Place(row["place"]),
        row["channel"],
    )


def found(rows: Sequence[sqlite3.Row], search: str) -> tuple[str, ...]:
    """The ids of those rows of WORDS that have every word of `search`, in any case.

    In Python: SQLite itself folds no letters but those from A to Z.
    """
    wanted = search.casefold().split()
    return tuple(
        row["id"]
        for row in rows
        if all(word in f"{row['prompt']} {row['model']}".casefold() for word in wanted)
    )


def handed(conn: sqlite3.Connection, job: JobId) -> None:
    """What waited has been shown to its requester, privately."""
    conn.execute("UPDATE images SET place = 'private' WHERE job = ? AND place = 'waiting'", (job,))
    jobs.told(conn, job)


def message_gone(conn: sqlite3.Connection, message: int) -> None:
    """The pictures of a message that was deleted have no place any more."""
    conn.execute(
        "UPDATE images SET place = 'gone', message = NULL, channel = NULL"
        " WHERE job IN (SELECT job FROM posts WHERE message = ?) AND message = ?",
        (message, message),
    )


def forget(conn: sqlite3.Connection, job: JobId) -> bool:
    """Take a job's pictures out of history; False if there were none."""
    return conn.execute("DELETE FROM images WHERE job = ?", (job,)).rowcount > 0


def stopped(conn: sqlite3.Connection, session: str) -> None:
    """That session draws nothing any more."""
    conn.execute("DELETE FROM orphans WHERE session = ?", (session,))


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept. `history` is for jobs, prompts, images and posts together."""

    spool: timedelta = timedelta(hours=24)
    drafts: timedelta = timedelta(hours=24)
    history: timedelta = timedelta(days=90)
    audit: timedelta = timedelta(days=365)
    charges_months: int = 13


def erase_tokens(conn: sqlite3.Connection, now: datetime) -> None:
    """Interactions' tokens that are dead: secrets that are good for nothing."""
    conn.execute(
        "UPDATE posts SET token = NULL"
        " WHERE token IS NOT NULL AND coalesce(token_until, created_at + ?) <= ?",
        (TOKEN_LIFE // timedelta(microseconds=1), micros(now)),
    )


def forget_small(conn: sqlite3.Connection, keep: Retention, now: datetime) -> None:
    """Tokens that are dead, drafts, audit rows and orphans past their time."""
    erase_tokens(conn, now)
    conn.execute("DELETE FROM orphans WHERE ended_at <= ?", (micros(now - ORPHAN_LIFE),))
    conn.execute("DELETE FROM drafts WHERE kept_at <= ?", (micros(now - keep.drafts),))
    conn.execute("DELETE FROM audit WHERE at <= ?", (micros(now - keep.audit),))
    conn.execute("DELETE FROM blocks WHERE until <= ?", (micros(now - keep.audit),))


def spool_over(conn: sqlite3.Connection, keep: Retention, now: datetime) -> tuple[JobId, ...]:
    """Ended jobs whose files in the spool may go, oldest first, at most BITE."""
    rows = conn.execute(
        "SELECT id FROM jobs WHERE spooled = 1 AND ended_at <= ? ORDER BY ended_at LIMIT ?",
        (micros(now - keep.spool), BITE),
    )
    return tuple(JobId(row["id"]) for row in rows)


def spool_dropped(conn: sqlite3.Connection, jobs: tuple[JobId, ...]) -> None:
    """The files of these jobs are gone."""
    conn.executemany("UPDATE jobs SET spooled = 0 WHERE id = ?", [(job,) for job in jobs])


def forget_history(conn: sqlite3.Connection, keep: Retention, now: datetime) -> int:
    """Delete jobs past their time, prompts, posts and images with them; how many went.

    A job whose files may still lie in the spool waits: afterwards nobody would know of them.
    """
    return conn.execute(
        "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs"
        " WHERE ended_at <= ? AND spooled = 0 ORDER BY ended_at LIMIT ?)",
        (micros(now - keep.history), BITE),
    ).rowcount


def forget_charges(conn: sqlite3.Connection, keep: Retention, now: datetime) -> int:
    """Delete charges past their time and take them out of the totals; how many went."""
    before = micros(months_before(now, keep.charges_months))
    rows = conn.execute(
        "SELECT seq, guild, user, day, month FROM charges WHERE held_at < ?"
        " ORDER BY held_at LIMIT ?",
        (before, BITE),
    ).fetchall()
    gone: Counter[tuple[int, int, str]] = Counter()
    for row in rows:
        gone[row["guild"], row["user"], row["day"]] += 1
        gone[row["guild"], row["user"], row["month"]] += 1
    for (guild, user, period), pictures in gone.items():
        add(conn, guild, user, period, -pictures)
    conn.executemany("DELETE FROM charges WHERE seq = ?", [(row["seq"],) for row in rows])
    return len(rows)


def months_before(now: datetime, months: int) -> datetime:
    """The first moment of the month that lies `months` before the month of `now`."""
    count = now.year * 12 + now.month - 1 - months
    return now.replace(
        year=count // 12, month=count % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )
