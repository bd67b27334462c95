"""Messages of jobs."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection, Row
from typing import Final

from bot.adapters.sqlite import codec, retention
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.core.ids import JobId
from bot.core.jobs.model import Post, Purpose

_COLUMNS: Final = """
    job, purpose, nonce, channel, created_at, message, token, token_until, upload_limit, private"""
SELECT_JOB_POSTS: Final = f"SELECT {_COLUMNS} FROM posts WHERE job = ? ORDER BY created_at, purpose"  # noqa: S608 -- only constants are inserted
SELECT_BY_MESSAGE: Final = f"SELECT {_COLUMNS} FROM posts WHERE message = ?"  # noqa: S608 -- as above
SELECT_UNSENT_PINGS: Final = f"""
    SELECT {_COLUMNS} FROM posts
    WHERE purpose = 'ring' AND message IS NULL AND created_at >= ?
        AND (SELECT state FROM jobs WHERE id = posts.job) = 'done'
    ORDER BY created_at"""  # noqa: S608 -- as above
_INSERT_POST: Final = f"""
    INSERT INTO posts ({_COLUMNS}) VALUES (:job, :purpose, :nonce, :channel, :created_at,
        :message, :token, :token_until, :upload_limit, :private)
    ON CONFLICT (job, purpose) DO NOTHING"""  # noqa: S608 -- as above
_UPDATE_POST: Final = """
    UPDATE posts SET nonce = :nonce, channel = :channel, message = :message, token = :token,
        token_until = :token_until
    WHERE job = :job AND purpose = :purpose"""


class SqlitePostStore(SqliteStore):
    """Messages of jobs. Implements the port `PostStore`."""

    @transaction
    def record_post_intent(self, conn: Connection, post: Post) -> Post:
        conn.execute(_INSERT_POST, _bind_post(post))
        rows = conn.execute(SELECT_JOB_POSTS, (post.job,))
        return next(known for known in map(_read_post, rows) if known.purpose is post.purpose)

    @transaction
    def mark_post_sent(self, conn: Connection, post: Post) -> None:
        # A post without an intent, whose job was deleted meanwhile, changes nothing.
        conn.execute(_UPDATE_POST, _bind_post(post))

    async def list_job_posts(self, job: JobId) -> tuple[Post, ...]:
        return tuple(map(_read_post, await self._db.read_rows(SELECT_JOB_POSTS, (job,))))

    async def find_post_by_message(self, message: int) -> Post | None:
        rows = await self._db.read_rows(SELECT_BY_MESSAGE, (message,))
        return _read_post(rows[0]) if rows else None

    async def list_unsent_pings(self, since: datetime) -> tuple[Post, ...]:
        rows = await self._db.read_rows(SELECT_UNSENT_PINGS, (codec.to_micros(since),))
        return tuple(map(_read_post, rows))

    async def delete_expired_tokens(self, now: datetime) -> None:
        await self._db.run_transaction(retention.delete_expired_tokens, now)


def _read_post(row: Row) -> Post:
    values = dict(row) | {
        "purpose": Purpose(row["purpose"]),
        "created_at": codec.from_micros(row["created_at"]),
        "token_until": codec.from_optional_micros(row["token_until"]),
        "private": bool(row["private"]),
    }
    return Post(**values)


def _bind_post(post: Post) -> dict[str, object]:
    return codec.split_fields(post) | {
        "purpose": post.purpose.value,
        "created_at": codec.to_micros(post.created_at),
        "token_until": codec.to_optional_micros(post.token_until),
    }
