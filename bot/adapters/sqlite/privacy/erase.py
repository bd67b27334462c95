"""Erasure of a person's rows in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from sqlite3 import Connection, Row
from typing import Final

from bot.adapters.sqlite.codec import from_micros, from_optional_micros, to_micros
from bot.adapters.sqlite.guild_settings import read_time_zone
from bot.adapters.sqlite.limits import subtract_charges
from bot.core.limits.quota import build_window
from bot.core.privacy.model import ErasureCounts, ErasureRequest

# A job that has just ended is still being told of: its card is edited once more.
NOTIFY_GRACE: Final = timedelta(seconds=30)
COLUMNS: Final = "seq, user, guild, asked_at, messages, erased_at"
SELECT_ERASURES: Final = f"SELECT {COLUMNS} FROM erasures ORDER BY seq"  # noqa: S608 -- only constants are inserted
_SELECT_ERASURE: Final = f"SELECT {COLUMNS} FROM erasures WHERE seq = ?"  # noqa: S608 -- as above
_IN_GUILD: Final = "(:guild = 0 OR guild = :guild)"
_USER_JOBS: Final = f"requester = :user AND {_IN_GUILD} AND created_at <= :asked"
_ENDED_JOBS: Final = f"ended_at IS NOT NULL AND {_USER_JOBS}"
_SELECT_ACTIVE_JOB: Final = f"""
    SELECT 1 FROM jobs INDEXED BY jobs_living WHERE ended_at IS NULL AND {_USER_JOBS}
    UNION ALL
    SELECT 1 FROM jobs INDEXED BY jobs_untold WHERE told = 0
        AND state IN ('failed', 'cancelled') AND ended_at > :telling AND {_USER_JOBS}
    LIMIT 1"""  # noqa: S608 -- only constants are inserted
DELETE_CHARGES: Final = (
    "DELETE FROM charges WHERE user = :user AND guild = :guild AND held_at <= :asked"
    " AND month < :month RETURNING guild, user, day, month"
)
_USER_DRAFTS: Final = f"user = :user AND {_IN_GUILD} AND kept_at <= :asked"
# As SQLite answers, and as it wants to be told.
_SECURE_DELETE_MODES: Final = ("OFF", "ON", "FAST")
# A job of an older version has a folder of its own, with its attempts in it.
JOB_PATH: Final = "iif(folder GLOB '*/*/*/*', rtrim(rtrim(folder, '0123456789'), '/'), folder)"
# Files that no image names, of an attempt that failed or was drawn again.
HAS_UNNAMED_FILES: Final = """
    folder LIKE '%/%' AND (
        state <> 'done' OR attempt > 1 OR json_extract("order", '$.images') >
            (SELECT count(*) FROM images WHERE images.job = jobs.id AND path <> ''))"""
# One after another, before the rows themselves go.
_TASK_QUERIES: Final = (
    f"SELECT :erasure, 'spool', id FROM jobs WHERE {_ENDED_JOBS}",  # noqa: S608 -- as above
    f"""SELECT :erasure, 'file', path FROM images
        WHERE path <> '' AND job IN (SELECT id FROM jobs WHERE {_ENDED_JOBS})""",  # noqa: S608 -- as above
    f"SELECT :erasure, 'server', {JOB_PATH} FROM jobs WHERE {_ENDED_JOBS} AND {HAS_UNNAMED_FILES}",  # noqa: S608 -- as above
    f"SELECT :erasure, kind, path FROM kept_files WHERE user = :user AND {_IN_GUILD}",  # noqa: S608 -- as above
    f"""SELECT :erasure, 'input', json_extract("order", '$.image')
        FROM jobs WHERE {_ENDED_JOBS} AND json_extract("order", '$.image') <> ''""",  # noqa: S608 -- as above
    f"""SELECT :erasure, 'input', json_extract(wish, '$.image')
        FROM drafts WHERE {_USER_DRAFTS} AND json_extract(wish, '$.image') <> ''""",  # noqa: S608 -- as above
    f"""SELECT :erasure, 'message', channel || '/' || message
        FROM posts WHERE job IN (SELECT id FROM jobs WHERE {_ENDED_JOBS})
            AND :messages AND message IS NOT NULL
            AND (private = 0 OR purpose = 'direct')""",  # noqa: S608 -- as above
)


@contextmanager
def overwrite_deleted(conn: Connection) -> Iterator[None]:
    """Write over with zeros what is deleted in here, such as prompts, instead of unlinking it."""
    (usual,) = conn.execute("PRAGMA secure_delete").fetchone()
    conn.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        conn.execute(f"PRAGMA secure_delete = {_SECURE_DELETE_MODES[usual]}")


def read_erasure(row: Row) -> ErasureRequest:
    """Convert a row of `erasures`."""
    at, erased = from_micros(row["asked_at"]), from_optional_micros(row["erased_at"])
    return ErasureRequest(row["seq"], row["user"], row["guild"], at, bool(row["messages"]), erased)


def erase_user_rows(
    conn: Connection, number: int, now: datetime, default_zone: str
) -> ErasureCounts | None:
    """Erase a person's rows and record which files remain to be deleted.

    Returns None while a job of theirs is unfinished. Charges and grants of the current month stay,
    so that the quota still counts them.
    """
    row = conn.execute(_SELECT_ERASURE, (number,)).fetchone()
    if row is None:
        return ErasureCounts()
    wish = read_erasure(row)
    who = {
        "erasure": number,
        "user": wish.user,
        "guild": wish.guild,
        "asked": to_micros(wish.requested_at),
        "messages": wish.with_messages,
        "telling": to_micros(now - NOTIFY_GRACE),
    }
    if conn.execute(_SELECT_ACTIVE_JOB, who).fetchone() is not None:
        return None
    with overwrite_deleted(conn):
        for owed in _TASK_QUERIES:
            conn.execute(f"INSERT OR IGNORE INTO errands (erasure, kind, what) {owed}", who)
        jobs = conn.execute(f"DELETE FROM jobs WHERE {_ENDED_JOBS}", who).rowcount  # noqa: S608 -- as above
        drafts = conn.execute(f"DELETE FROM drafts WHERE {_USER_DRAFTS}", who).rowcount  # noqa: S608 -- as above
        conn.execute(f"DELETE FROM kept_files WHERE user = :user AND {_IN_GUILD}", who)  # noqa: S608 -- as above
        conn.execute(f"DELETE FROM personal WHERE user = :user AND {_IN_GUILD}", who)  # noqa: S608 -- as above
        stays = erase_past_months(conn, wish, now, default_zone)
        conn.execute("UPDATE erasures SET erased_at = ? WHERE seq = ?", (to_micros(now), number))
    return ErasureCounts(jobs, drafts, stays)


def finish_erasures(
    conn: Connection, numbers: Sequence[int], now: datetime, default_zone: str
) -> None:
    """Erase what a past month had kept back. Delete erasures without open tasks."""
    for number in numbers:
        row = conn.execute(_SELECT_ERASURE, (number,)).fetchone()
        if row is None or (wish := read_erasure(row)).erased_at is None:
            continue
        owes = conn.execute("SELECT 1 FROM errands WHERE erasure = ? LIMIT 1", (wish.number,))
        if not erase_past_months(conn, wish, now, default_zone) and owes.fetchone() is None:
            conn.execute("DELETE FROM erasures WHERE seq = ?", (wish.number,))


def erase_past_months(
    conn: Connection, wish: ErasureRequest, now: datetime, default_zone: str
) -> int:
    """Erase a person's numbers of past months and return how many must stay for now."""
    stays = 0
    who = {"user": wish.user, "guild": wish.guild, "asked": to_micros(wish.requested_at)}
    guilds = conn.execute(
        f"""
        SELECT guild FROM charges WHERE user = :user AND {_IN_GUILD} AND held_at <= :asked
        UNION SELECT guild FROM grants WHERE user = :user AND {_IN_GUILD} AND given_at <= :asked""",  # noqa: S608 -- only constants are inserted
        who,
    ).fetchall()
    for (guild,) in guilds:
        month = build_window(now, read_time_zone(conn, guild, default_zone)).month
        here = {**who, "guild": guild, "month": month}
        subtract_charges(conn, conn.execute(DELETE_CHARGES, here).fetchall())
        conn.execute(
            "DELETE FROM grants WHERE user = :user AND guild = :guild AND given_at <= :asked"
            " AND last_day < :month || '-01'",
            here,
        )
        (left,) = conn.execute(
            "SELECT (SELECT count(*) FROM charges"
            " WHERE user = :user AND guild = :guild AND held_at <= :asked)"
            " + (SELECT count(*) FROM grants"
            " WHERE user = :user AND guild = :guild AND given_at <= :asked)",
            here,
        ).fetchone()
        stays += left
    return stays
