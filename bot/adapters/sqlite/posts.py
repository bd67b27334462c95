"""Messages of jobs, and drafts for buttons that are pressed later."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from bot.adapters.sqlite import retention as expiry
from bot.adapters.sqlite.codec import (
    from_micros,
    from_optional_micros,
    pack_json,
    to_micros,
    to_optional_micros,
    unpack_dataclass,
)
from bot.adapters.sqlite.database import Database
from bot.core.drawing.request import DrawRequest
from bot.core.history.model import Draft
from bot.core.ids import JobId
from bot.core.jobs.model import Post, Purpose

_COLUMNS: Final = (
    "job, purpose, nonce, channel, created_at, message, token, token_until, upload_limit, private"
)
SELECT_JOB_POSTS: Final = f"SELECT {_COLUMNS} FROM posts WHERE job = ? ORDER BY created_at, purpose"  # noqa: S608 -- no value of anybody's
SELECT_BY_MESSAGE: Final = f"SELECT {_COLUMNS} FROM posts WHERE message = ?"  # noqa: S608 -- as above
SELECT_UNSENT_PINGS: Final = (
    f"SELECT {_COLUMNS} FROM posts"  # noqa: S608 -- as above
    " WHERE purpose = 'ring' AND message IS NULL AND created_at >= ?"
    " AND (SELECT state FROM jobs WHERE id = posts.job) = 'done' ORDER BY created_at"
)
SELECT_DRAFT: Final = "SELECT id, user, guild, wish FROM drafts WHERE id = ?"


def read_post(row: sqlite3.Row) -> Post:
    """Convert a row of OF_JOB or OF_MESSAGE."""
    return Post(
        job=JobId(row["job"]),
        purpose=Purpose(row["purpose"]),
        nonce=row["nonce"],
        channel=row["channel"],
        created_at=from_micros(row["created_at"]),
        message=row["message"],
        token=row["token"],
        token_until=from_optional_micros(row["token_until"]),
        upload_limit=row["upload_limit"],
        private=bool(row["private"]),
    )


def record_post_intent(conn: sqlite3.Connection, post: Post) -> Post:
    """Write the intent, or return the one that is there for the same job and purpose."""
    conn.execute(
        f"INSERT INTO posts ({_COLUMNS})"  # noqa: S608 -- no value of anybody's
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, purpose) DO NOTHING",
        (
            post.job,
            post.purpose.value,
            post.nonce,
            post.channel,
            to_micros(post.created_at),
            post.message,
            post.token,
            to_optional_micros(post.token_until),
            post.upload_limit,
            int(post.private),
        ),
    )
    rows = conn.execute(SELECT_JOB_POSTS, (post.job,))
    return next(known for known in map(read_post, rows) if known.purpose is post.purpose)


def mark_post_sent(conn: sqlite3.Connection, post: Post) -> None:
    """Write the fact. A post without an intent (its job was swept meanwhile) changes nothing."""
    conn.execute(
        "UPDATE posts SET nonce = ?, channel = ?, message = ?, token = ?, token_until = ?"
        " WHERE job = ? AND purpose = ?",
        (
            post.nonce,
            post.channel,
            post.message,
            post.token,
            to_optional_micros(post.token_until),
            post.job,
            post.purpose.value,
        ),
    )


def save_draft(conn: sqlite3.Connection, draft: Draft, now: datetime) -> None:
    """Store a draft under its id, replacing an existing one."""
    conn.execute(
        "INSERT INTO drafts (id, user, guild, wish, kept_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET wish = excluded.wish, kept_at = excluded.kept_at",
        (draft.id, draft.user, draft.guild, pack_json(draft.request), to_micros(now)),
    )


def read_draft(row: sqlite3.Row) -> Draft:
    """Convert a row of DRAFT."""
    return Draft(
        JobId(row["id"]), row["user"], row["guild"], unpack_dataclass(DrawRequest, row["wish"])
    )


class SqlitePostStore:
    """Messages of jobs. Implements the port `PostStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def record_post_intent(self, post: Post) -> Post:
        return await self._db.run_transaction(record_post_intent, post)

    async def mark_post_sent(self, post: Post) -> None:
        await self._db.run_transaction(mark_post_sent, post)

    async def list_job_posts(self, job: JobId) -> tuple[Post, ...]:
        return tuple(map(read_post, await self._db.read_rows(SELECT_JOB_POSTS, (job,))))

    async def find_post_by_message(self, message: int) -> Post | None:
        rows = await self._db.read_rows(SELECT_BY_MESSAGE, (message,))
        return read_post(rows[0]) if rows else None

    async def list_unsent_pings(self, since: datetime) -> tuple[Post, ...]:
        return tuple(
            map(read_post, await self._db.read_rows(SELECT_UNSENT_PINGS, (to_micros(since),)))
        )

    async def delete_expired_tokens(self, now: datetime) -> None:
        await self._db.run_transaction(expiry.delete_expired_tokens, now)
