"""Limits, totals and holds.

Facts are the rows of `holds` and `charges`. `totals` is derived from them in the same transaction,
so that a balance reads two rows whatever the history. `rebuild_totals` computes it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from sqlite3 import Connection, Row
from typing import Any, Final

from bot.adapters.sqlite.codec import from_micros, to_micros
from bot.core.drawing.request import RequestContext
from bot.core.errors import StoreError
from bot.core.ids import JobId
from bot.core.jobs.job import Charge, CutTo, Keep, Release, Settlement
from bot.core.limits.model import LimitRow
from bot.core.limits.quota import (
    Balance,
    Limits,
    LimitScope,
    Window,
    build_window,
    is_exempt,
    resolve_limits,
)

# The statements of a balance, for the writer (`load_balance`) and for the reader.
SELECT_MEMBER_LIMITS: Final = """
    SELECT guild, scope, target, number, value, set_by, set_at FROM limits
    WHERE guild = :guild AND (scope IN ('guild', 'role') OR (scope = 'member' AND target = :user))
    ORDER BY scope, target"""
SELECT_GUILD_LIMITS: Final = """
    SELECT guild, scope, target, number, value, set_by, set_at FROM limits
    WHERE guild = :guild ORDER BY scope, target"""
SELECT_USAGE: Final = """
    SELECT
        (SELECT used FROM totals WHERE guild = :guild AND user = :user AND period = :day) AS day,
        (SELECT used FROM totals WHERE guild = :guild AND user = :user AND period = :month)
            AS month,
        (SELECT count(*) FROM jobs WHERE ended_at IS NULL AND state = 'queued'
            AND guild = :guild AND requester = :user) AS waiting,
        (SELECT count(*) FROM jobs WHERE ended_at IS NULL AND state = 'running'
            AND guild = :guild AND requester = :user) AS running,
        given.*
    FROM (SELECT
        sum(pictures) FILTER (WHERE kind = 'grant' AND last_day >= :day) AS more_day,
        sum(pictures * (1 + julianday(min(last_day, :day))
            - julianday(max(first_day, :month || '-01')))) FILTER (WHERE kind = 'grant')
            AS more_month,
        sum(pictures) FILTER (WHERE kind = 'reset' AND last_day = :day) AS back_day,
        sum(pictures) FILTER (WHERE kind = 'reset') AS back_month
        FROM grants WHERE guild = :guild AND user = :user
            AND last_day >= :month || '-01' AND first_day <= :day) AS given"""
# A guild that has paused keeps its own requests waiting, in nobody else's way.
COUNT_QUEUED: Final = """
    SELECT count(*) FROM jobs WHERE ended_at IS NULL AND state = 'queued' AND (
        guild = :guild OR NOT EXISTS (
            SELECT 1 FROM pauses WHERE pauses.guild = jobs.guild AND paused AND until > :now))"""


def build_params(asker: RequestContext, at: Window) -> dict[str, object]:
    """Return the parameters of SELECT_MEMBER_LIMITS and SELECT_USAGE."""
    return {"guild": asker.guild, "user": asker.user, "day": at.day, "month": at.month}


def group_limit_rows(rows: Iterable[Row]) -> tuple[LimitRow, ...]:
    """Group rows into one rule per target, credited to the last editor."""
    gathered: dict[tuple[int, str, int], list[Row]] = {}
    for row in rows:
        gathered.setdefault((row["guild"], row["scope"], row["target"]), []).append(row)
    return tuple(_build_limit_row(numbers) for numbers in gathered.values())


def _build_limit_row(numbers: list[Row]) -> LimitRow:
    last = max(numbers, key=lambda row: row["set_at"])
    return LimitRow(
        guild=last["guild"],
        scope=LimitScope(last["scope"]),
        target=last["target"],
        limits={row["number"]: row["value"] for row in numbers},
        set_by=last["set_by"],
        set_at=from_micros(last["set_at"]),
    )


def build_balance(
    asker: RequestContext, defaults: Limits, rules: tuple[LimitRow, ...], use: Row, at: Window
) -> Balance:
    """Compute a member's balance from the rows."""
    limits, sources = resolve_limits(defaults, rules, asker.user, asker.roles)
    granted_day = 0 if limits.day is None else use["more_day"] or 0
    granted_month = 0 if limits.month is None else int(use["more_month"] or 0)
    limits = replace(
        limits,
        day=None if limits.day is None else limits.day + granted_day,
        month=None if limits.month is None else limits.month + granted_month,
    )
    own = (getattr(limits, name) for name, source in sources.items() if source == "member")
    return Balance(
        limits=limits,
        day_used=max(0, (use["day"] or 0) - (use["back_day"] or 0)),
        month_used=max(0, (use["month"] or 0) - (use["back_month"] or 0)),
        window=at,
        day_source=sources["day"],
        month_source=sources["month"],
        waiting=use["waiting"],
        running=use["running"],
        granted_day=granted_day,
        granted_month=granted_month,
        exempt=is_exempt(rules, asker.user, asker.roles),
        own_zero=0 in own,
    )


def load_balance(
    conn: Connection, asker: RequestContext, defaults: Limits, where: tzinfo, now: datetime
) -> Balance:
    """Load a member's balance as this transaction sees it."""
    at = build_window(now, where)
    use = conn.execute(SELECT_USAGE, build_params(asker, at)).fetchone()
    return build_balance(asker, defaults, load_member_limits(conn, asker), use, at)


def load_member_limits(conn: Connection, asker: RequestContext) -> tuple[LimitRow, ...]:
    """Load the rules that a member's limits follow from."""
    which = {"guild": asker.guild, "user": asker.user}
    return group_limit_rows(conn.execute(SELECT_MEMBER_LIMITS, which))


def insert_hold(
    conn: Connection, job: JobId, asker: RequestContext, pictures: int, now: datetime, at: Window
) -> None:
    """Hold images for a new job."""
    held = {"job": job, "pictures": pictures, "held_at": to_micros(now), **build_params(asker, at)}
    conn.execute(
        "INSERT INTO holds (job, user, guild, pictures, held_at, day, month)"
        " VALUES (:job, :user, :guild, :pictures, :held_at, :day, :month)",
        held,
    )
    _update_totals(conn, held, pictures)


def settle_hold(conn: Connection, job: JobId, settlement: Settlement) -> None:
    """Settle the hold as the move says. Raise StoreError without a hold."""
    if isinstance(settlement, Keep):
        return
    row = conn.execute("SELECT * FROM holds WHERE job = ?", (job,)).fetchone()
    if row is None:
        raise StoreError(f"the living job {job} has no hold")
    held = dict(row)
    match settlement:
        case CutTo(left):
            conn.execute("UPDATE holds SET pictures = ? WHERE job = ?", (left, job))
        case Charge(left):
            conn.execute("DELETE FROM holds WHERE job = ?", (job,))
            conn.executemany(
                "INSERT INTO charges (job, user, guild, held_at, day, month)"
                " VALUES (:job, :user, :guild, :held_at, :day, :month)",
                [held] * left,
            )
        case Release():
            left = 0
            conn.execute("DELETE FROM holds WHERE job = ?", (job,))
    _update_totals(conn, held, left - held["pictures"])


def _update_totals(conn: Connection, held: Mapping[str, Any], pictures: int) -> None:
    for period in (held["day"], held["month"]):
        _change_total(conn, held["guild"], held["user"], period, pictures)


def _change_total(conn: Connection, guild: int, user: int, period: str, pictures: int) -> None:
    """Add `pictures`, possibly negative, to one total. A zero total has no row."""
    key = (guild, user, period)
    if pictures > 0:
        conn.execute(
            "INSERT INTO totals (guild, user, period, used) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET used = used + excluded.used",
            (*key, pictures),
        )
    elif pictures < 0:
        conn.execute(
            "UPDATE totals SET used = used + ? WHERE guild = ? AND user = ? AND period = ?",
            (pictures, *key),
        )
        delete = "DELETE FROM totals WHERE guild = ? AND user = ? AND period = ? AND used = 0"
        conn.execute(delete, key)


def subtract_charges(conn: Connection, rows: Iterable[Row]) -> None:
    """Subtract deleted charges (guild, user, day, month) from the totals."""
    gone: Counter[tuple[int, int, str]] = Counter()
    for row in rows:
        gone[row["guild"], row["user"], row["day"]] += 1
        gone[row["guild"], row["user"], row["month"]] += 1
    for (guild, user, period), pictures in gone.items():
        _change_total(conn, guild, user, period, -pictures)
