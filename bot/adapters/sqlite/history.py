"""What was drawn, for those who had it drawn; and forgetting, a little in each transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from bot.adapters.sqlite import jobs
from bot.core.history.model import DeliveryPlace, StoredImage
from bot.core.ids import JobId

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


def read_image(row: sqlite3.Row) -> StoredImage:
    """A row of IMAGES."""
    return StoredImage(
        JobId(row["job"]),
        row["index"],
        row["path"],
        row["seed"],
        row["message"],
        DeliveryPlace(row["place"]),
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
