"""Rows of delivered images and their removal, a few per transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.adapters.sqlite import blocks, jobs, posts
from bot.adapters.sqlite.codec import pack_json, to_micros
from bot.adapters.sqlite.database import Database
from bot.core.history.model import DeliveryPlace, Draft, HistoryEntry, HistoryPage, StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Job

SELECT_IMAGES: Final = (
    'SELECT job, "index", path, seed, message, place, channel FROM images'
    " WHERE job IN (SELECT value FROM json_each(?)) ORDER BY job, 2"
)
_IN_HISTORY: Final = (
    "requester = ? AND guild = ? AND state = 'done'"
    " AND EXISTS (SELECT 1 FROM images WHERE images.job = jobs.id)"
)
COUNT_ENTRIES: Final = f"SELECT count(*) FROM jobs WHERE {_IN_HISTORY}"  # noqa: S608 -- no value of anybody's
SELECT_NEWEST: Final = f"{jobs.SELECT_JOB} WHERE {_IN_HISTORY} ORDER BY seq DESC LIMIT ? OFFSET ?"
SELECT_SEARCH_TEXTS: Final = (
    "SELECT id, json_extract(\"order\", '$.prompt') AS prompt,"  # noqa: S608 -- as above
    " json_extract(\"order\", '$.model_title') AS model"
    f" FROM jobs WHERE {_IN_HISTORY} ORDER BY seq DESC"
)
_BY_IDS: Final = "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY seq DESC"
SELECT_BY_IDS: Final = f"{jobs.SELECT_JOB} {_BY_IDS}"
_UNCOLLECTED: Final = (
    "WHERE id IN (SELECT job FROM images WHERE place = 'waiting')"
    " AND requester = ? AND told = 0 ORDER BY seq"
)
SELECT_UNCOLLECTED: Final = f"{jobs.SELECT_JOB} {_UNCOLLECTED}"
SELECT_ORPHANS: Final = "SELECT session FROM orphans ORDER BY ended_at"


def read_image(row: sqlite3.Row) -> StoredImage:
    """Convert a row of IMAGES."""
    return StoredImage(
        JobId(row["job"]),
        row["index"],
        row["path"],
        row["seed"],
        row["message"],
        DeliveryPlace(row["place"]),
        row["channel"],
    )


def match_search(rows: Sequence[sqlite3.Row], search: str) -> tuple[str, ...]:
    """Return ids of the rows of WORDS that hold every word of `search`, in any case.

    Python compares, because SQLite folds only A to Z.
    """
    wanted = search.casefold().split()
    return tuple(
        row["id"]
        for row in rows
        if all(word in f"{row['prompt']} {row['model']}".casefold() for word in wanted)
    )


def mark_images_collected(conn: sqlite3.Connection, job: JobId) -> None:
    """Record that the requester saw the waiting images privately."""
    conn.execute("UPDATE images SET place = 'private' WHERE job = ? AND place = 'waiting'", (job,))
    jobs.mark_job_notified(conn, job)


def mark_message_deleted(conn: sqlite3.Connection, message: int) -> None:
    """Record that the images of a deleted message have no message any more."""
    conn.execute(
        "UPDATE images SET place = 'gone', message = NULL, channel = NULL"
        " WHERE job IN (SELECT job FROM posts WHERE message = ?) AND message = ?",
        (message, message),
    )


def delete_job_images(conn: sqlite3.Connection, job: JobId) -> bool:
    """Delete a job's images from history, or False if there were none."""
    return conn.execute("DELETE FROM images WHERE job = ?", (job,)).rowcount > 0


def mark_session_stopped(conn: sqlite3.Connection, session: str) -> None:
    """Record that the session no longer generates."""
    conn.execute("DELETE FROM orphans WHERE session = ?", (session,))


class SqliteHistoryStore:
    """Delivered images and drafts. Implements the port `HistoryStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_recent_results(
        self, guild: int, user: int, since: datetime
    ) -> tuple[tuple[int, int], ...]:
        asked = {"guild": guild, "user": user, "since": to_micros(since)}
        rows = await self._db.read_rows(blocks.SELECT_RECENT_RESULTS, asked)
        return tuple((row["channel"], row["message"]) for row in rows)

    async def save_draft(self, draft: Draft, now: datetime) -> None:
        await self._db.run_transaction(posts.save_draft, draft, now)

    async def find_draft(self, draft: JobId) -> Draft | None:
        rows = await self._db.read_rows(posts.SELECT_DRAFT, (draft,))
        return posts.read_draft(rows[0]) if rows else None

    async def load_history_page(
        self, user: int, guild: int, search: str, skip: int, most: int
    ) -> HistoryPage:
        if search.strip():
            rows = await self._db.read_rows(SELECT_SEARCH_TEXTS, (user, guild))
            ids = match_search(rows, search)
            total, chosen = len(ids), pack_json(ids[skip : skip + most])
            rows = await self._db.read_rows(SELECT_BY_IDS, (chosen,))
        else:
            total = (await self._db.read_rows(COUNT_ENTRIES, (user, guild)))[0][0]
            rows = await self._db.read_rows(SELECT_NEWEST, (user, guild, most, skip))
        page = tuple(map(jobs.read_job, rows))
        images = await self._images(*(job.id for job in page))
        pasts = (HistoryEntry(job, tuple(i for i in images if i.job == job.id)) for job in page)
        return HistoryPage(tuple(past for past in pasts if past.images), total)

    async def list_job_images(self, job: JobId) -> tuple[StoredImage, ...]:
        return await self._images(job)

    async def _images(self, *ids: JobId) -> tuple[StoredImage, ...]:
        rows = await self._db.read_rows(SELECT_IMAGES, (pack_json(ids),))
        return tuple(map(read_image, rows))

    async def list_uncollected_jobs(self, user: int) -> tuple[Job, ...]:
        return tuple(map(jobs.read_job, await self._db.read_rows(SELECT_UNCOLLECTED, (user,))))

    async def mark_images_collected(self, job: JobId) -> None:
        await self._db.run_transaction(mark_images_collected, job)

    async def mark_message_deleted(self, message: int) -> None:
        await self._db.run_transaction(mark_message_deleted, message)

    async def delete_history_entry(self, job: JobId) -> bool:
        return await self._db.run_transaction(delete_job_images, job)
