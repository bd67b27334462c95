"""The gate and a job's birth, beside the same rows written by bare `sqlite3`; and with a history.

Both have the same file, pragmas and disk. Each round ends with its jobs cancelled, untimed, so
that nobody's line grows beyond what a real one holds.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from statistics import median

from bot.adapters.sqlite import Database, build_stores, jobs
from bot.core.drawing.request import RequestContext
from bot.core.ids import JobId
from bot.core.jobs.job import Cancelled
from bot.core.jobs.model import NewJob
from bot.core.limits.quota import Limits
from tests.bench.history import PEOPLE, fill
from tests.bench.report import Result, Row
from tests.bench.scale import Scale
from tests.support.books import NOON, job_id, order

RATE_BAR = 0.6
HISTORY_BAR = 1.2
LINE = 50
UNLIMITED = Limits(day=None, month=None, per_job=None, waiting=None, running=None)


async def measure(scale: Scale, folder: Path) -> Result:
    """Rounds in turns: bare, ours on an empty file, ours on a file with a history."""
    empty, old, plain = folder / "empty.db", folder / "old.db", folder / "plain.db"
    for path in (empty, old, plain):
        async with Database.open(path, clock=lambda: NOON):
            pass
    took_to_fill = await asyncio.to_thread(fill, old, scale.rows)
    async with (
        Database.open(empty, clock=lambda: NOON) as first,
        Database.open(old, clock=lambda: NOON) as second,
    ):
        with closing(_opened(plain)) as conn:
            numbers = count(1)
            ways: dict[str, Callable[[], Awaitable[float]]] = {
                "bare": lambda: _bare(conn, numbers),
                "empty": lambda: _ours(first, numbers),
                "old": lambda: _ours(second, numbers),
                "at once": lambda: _ours(first, numbers, at_once=10),
            }
            took: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(scale.of(60, 3)):
                for name, way in ways.items():
                    took[name].append(await way())
            own = await first.run_transaction(_alone(numbers))
            hop = await _hop(first)
    bare, mine, aged, crowd = (median(took[name]) for name in ("bare", "empty", "old", "at once"))
    size = old.stat().st_size / 2**20
    return Result(
        (
            Row(
                "quota gate + job insert, rate",
                f"{1 / bare:,.0f} a second (bare sqlite3)",
                f"{1 / mine:,.0f} a second",
                bare / mine,
                limit=RATE_BAR,
                at_least=True,
            ),
            Row(
                "the same, ten people at once",
                f"{1 / bare:,.0f} a second (bare sqlite3)",
                f"{1 / crowd:,.0f} a second",
                bare / crowd,
            ),
            Row(
                f"the same with {scale.rows:,} charges behind it",
                f"{mine * 1000:.2f} ms (no history)",
                f"{aged * 1000:.2f} ms",
                aged / mine,
                limit=HISTORY_BAR,
            ),
        ),
        (
            f"gate: {mine * 1e6:.0f} µs a job, of which the gate's statements and rules are"
            f" {own * 1e6:.0f} µs, to the wakeful writer's thread and back {hop * 1e6:.0f} µs;"
            f" the rest is the disk (bare sqlite3: {bare * 1e6:.0f} µs) and that both threads have"
            f" to be woken after it; the file with the history has {size:,.0f} MiB and was filled"
            f" in {took_to_fill:.0f} s",
        ),
    )


def _opened(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL"):
        conn.execute(f"PRAGMA {pragma}")
    return conn


def _asker(number: int) -> RequestContext:
    user = number * 7919 % PEOPLE
    return RequestContext(
        user=user, name="somebody", guild=user % 1_000, channel=70, roles=(1, 2, 3)
    )


def _name(number: int) -> JobId:
    """Scattered over the index, as random ids are."""
    return job_id(number * 0x9E3779B97F4A7C15 % 32**20)


def _new(number: int) -> NewJob:
    return NewJob(_name(number), order(), _asker(number), f"interaction:{number}", NOON)


async def _ours(db: Database, numbers: count[int], at_once: int = 1) -> float:
    """Seconds a job."""
    books = build_stores(db, defaults=UNLIMITED, queue_max=10_000)
    new = [_new(next(numbers)) for _ in range(LINE)]
    left = iter(new)

    async def one_after_another() -> None:
        for one in left:
            await books.jobs.create_job(one)

    began = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    took = (time.perf_counter() - began) / LINE
    for one in new:
        await books.jobs.apply_job_event(one.id, Cancelled(0), NOON)
    return took


async def _hop(db: Database) -> float:
    """Seconds of a transaction that does nothing."""
    began = time.perf_counter()
    for _ in range(500):
        await db.run_transaction(lambda _: None)
    return (time.perf_counter() - began) / 500


def _alone(numbers: count[int]) -> Callable[[sqlite3.Connection], float]:
    """The gate's own work inside one transaction: no thread to reach, nothing to commit."""
    terms = jobs.HostDefaults(UNLIMITED, 10_000, "UTC")
    new = [_new(next(numbers)) for _ in range(LINE)]

    def work(conn: sqlite3.Connection) -> float:
        began = time.perf_counter()
        for one in new:
            jobs.create_job(conn, one, terms)
        return (time.perf_counter() - began) / LINE

    return work


async def _bare(conn: sqlite3.Connection, numbers: count[int]) -> float:
    """The same rows, one transaction a job, nothing asked before."""
    at = int(NOON.timestamp() * 1_000_000)
    day, month = f"{NOON:%Y-%m-%d}", f"{NOON:%Y-%m}"
    rows = []
    for _ in range(LINE):
        number = next(numbers)
        asker = _asker(number)
        rows.append((_name(number), f"interaction:{number}", asker.user, asker.guild))
    began = time.perf_counter()
    for job, source, user, guild in rows:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute(
            "INSERT INTO jobs (id, source, requester, requester_name, roles, guild, channel,"
            ' "order", state, attempt, session, folder, ready, reason, ref, created_at)'
            " VALUES (?, ?, ?, 'somebody', '[1,2,3]', ?, 70, ?, 'queued', 0, '', '', 0, '', '', ?)",
            (job, source, user, guild, ORDER, at),
        )
        conn.execute(
            "INSERT INTO holds (job, user, guild, pictures, held_at, day, month)"
            " VALUES (?, ?, ?, 1, ?, ?, ?)",
            (job, user, guild, at, day, month),
        )
        for period in (day, month):
            conn.execute(
                "INSERT INTO totals (guild, user, period, used) VALUES (?, ?, ?, 1)"
                " ON CONFLICT DO UPDATE SET used = used + 1",
                (guild, user, period),
            )
        conn.execute("COMMIT")
    took = (time.perf_counter() - began) / LINE
    conn.execute("BEGIN IMMEDIATE")
    conn.execute("UPDATE jobs SET state = 'cancelled', ended_at = ? WHERE ended_at IS NULL", (at,))
    conn.execute("DELETE FROM holds")
    conn.execute("COMMIT")
    return took


ORDER = (
    '{"prompt":"a fox","negative":"","model":"sdxl/base","model_title":"SDXL","width":1024,'
    '"height":1024,"images":1,"seed":42,"steps":20,"cfg":7.0,"notes":["a note"],"aspect":""}'
)
