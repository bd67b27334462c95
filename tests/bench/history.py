"""A long history in the books: facts, totals and ended jobs, as years of use leave them."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

PEOPLE = 20_000
DAYS = 390
JOBS_SHARE = 4  # jobs are kept for three months of thirteen

_CHARGES = """
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :rows)
    INSERT INTO charges (job, user, guild, held_at, day, month)
    SELECT
        printf('%020d', i), user, user % 1000, at,
        date(at / 1000000, 'unixepoch'), strftime('%Y-%m', at / 1000000, 'unixepoch')
    FROM (
        SELECT i, i * 7919 % :people AS user, :from + CAST(i * :step AS INTEGER) AS at FROM n
    )"""

_JOBS = """
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :jobs)
    INSERT INTO jobs (id, source, requester, requester_name, roles, guild, channel, "order", state,
        attempt, session, folder, ready, reason, ref, created_at, ended_at, spooled)
    SELECT lower(hex(randomblob(10))), 'interaction:' || (900000000 + i), i * 7919 % :people,
        'somebody', '[]', i * 7919 % :people % 1000, 70, '{}', 'done', 1, '', '', 1, '', '',
        :from + CAST(i * :step AS INTEGER), :from + CAST(i * :step AS INTEGER) + 1000000, 0
    FROM n"""

_TOTALS = """
    INSERT INTO totals (guild, user, period, used)
    SELECT guild, user, {period}, count(*) FROM charges GROUP BY guild, user, {period}"""


def fill(path: Path, rows: int) -> float:
    """`rows` charges by 20,000 people over thirteen months up to now; says how long it took."""
    began = time.monotonic()
    last = int(time.time()) * 1_000_000
    first = last - DAYS * 86_400_000_000
    jobs = max(1, rows // JOBS_SHARE)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("PRAGMA cache_size = -400000")
        conn.execute("BEGIN")
        common = {"people": PEOPLE, "from": first}
        conn.execute(_CHARGES, {**common, "rows": rows, "step": (last - first) / rows})
        for period in ("day", "month"):
            conn.execute(_TOTALS.format(period=period))
        conn.execute(_JOBS, {**common, "jobs": jobs, "step": (last - first) / jobs})
        conn.execute("COMMIT")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return time.monotonic() - began
