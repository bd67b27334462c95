"""Limits, totals and holds.

Facts are the rows of `holds` and `charges`. `totals` is derived from them in the same transaction,
so that a balance reads two rows whatever the history. `rebuild_totals` computes it again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

from bot.adapters.sqlite.audit import insert_audit_row
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

# The statements of a balance, for the writer (`balance`) and for the reader (`SqliteStore`).

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
COUNT_QUEUED: Final = "SELECT count(*) FROM jobs WHERE ended_at IS NULL AND state = 'queued'"


def build_limit_params(asker: RequestContext) -> dict[str, object]:
    """Return the parameters of RULES."""
    return {"guild": asker.guild, "user": asker.user}


def build_usage_params(asker: RequestContext, at: Window) -> dict[str, object]:
    """Return the parameters of USE."""
    return {**build_limit_params(asker), "day": at.day, "month": at.month}


def group_limit_rows(rows: Iterable[sqlite3.Row]) -> tuple[LimitRow, ...]:
    """Group rows into one rule per target, credited to the last editor."""
    gathered: dict[tuple[int, str, int], list[sqlite3.Row]] = {}
    for row in rows:
        gathered.setdefault((row["guild"], row["scope"], row["target"]), []).append(row)
    return tuple(_build_limit_row(numbers) for numbers in gathered.values())


def _build_limit_row(numbers: list[sqlite3.Row]) -> LimitRow:
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
    asker: RequestContext, defaults: Limits, rules: Iterable[LimitRow], use: sqlite3.Row, at: Window
) -> Balance:
    """Compute a member's balance from the rows."""
    rules = tuple(rules)
    limits, sources = resolve_limits(defaults, rules, asker.user, asker.roles)
    more_day, more_month = use["more_day"] or 0, int(use["more_month"] or 0)
    limits = replace(
        limits, day=_add_granted(limits.day, more_day), month=_add_granted(limits.month, more_month)
    )
    return Balance(
        limits=limits,
        day_used=max(0, (use["day"] or 0) - (use["back_day"] or 0)),
        month_used=max(0, (use["month"] or 0) - (use["back_month"] or 0)),
        window=at,
        day_source=sources["day"],
        month_source=sources["month"],
        waiting=use["waiting"],
        running=use["running"],
        granted_day=0 if limits.day is None else more_day,
        granted_month=0 if limits.month is None else more_month,
        exempt=is_exempt(rules, asker.user, asker.roles),
        own_zero=any(
            source == "member" and getattr(limits, name) == 0 for name, source in sources.items()
        ),
    )


def _add_granted(limit: int | None, granted: int) -> int | None:
    return None if limit is None else limit + granted


def load_balance(
    conn: sqlite3.Connection, asker: RequestContext, defaults: Limits, where: tzinfo, now: datetime
) -> Balance:
    """Load a member's balance as this transaction sees it."""
    at = build_window(now, where)
    rules = group_limit_rows(conn.execute(SELECT_MEMBER_LIMITS, build_limit_params(asker)))
    use = conn.execute(SELECT_USAGE, build_usage_params(asker, at)).fetchone()
    return build_balance(asker, defaults, rules, use, at)


@dataclass(frozen=True, slots=True)
class QuotaHold:
    """Pictures set aside for a living job, and the period that they were taken from."""

    job: JobId
    user: int
    guild: int
    pictures: int
    held_at: int
    day: str
    month: str


def insert_hold(
    conn: sqlite3.Connection,
    job: JobId,
    asker: RequestContext,
    pictures: int,
    now: datetime,
    at: Window,
) -> None:
    """Set pictures aside for a job that is born."""
    held = QuotaHold(job, asker.user, asker.guild, pictures, to_micros(now), at.day, at.month)
    conn.execute(
        "INSERT INTO holds (job, user, guild, pictures, held_at, day, month)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (job, held.user, held.guild, pictures, held.held_at, held.day, held.month),
    )
    _update_totals(conn, held, pictures)


def settle_hold(conn: sqlite3.Connection, job: JobId, settlement: Settlement) -> None:
    """Do with the hold what the move says. Raises StoreError where there is none."""
    match settlement:
        case Keep():
            return
        case CutTo(k):
            held = _load_hold(conn, job)
            _update_totals(conn, held, k - held.pictures)
            conn.execute("UPDATE holds SET pictures = ? WHERE job = ?", (k, job))
        case Charge(k):
            held = _remove_hold(conn, job)
            _update_totals(conn, held, k - held.pictures)
            conn.executemany(
                "INSERT INTO charges (job, user, guild, held_at, day, month)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(job, held.user, held.guild, held.held_at, held.day, held.month)] * k,
            )
        case Release():
            held = _remove_hold(conn, job)
            _update_totals(conn, held, -held.pictures)


def _load_hold(conn: sqlite3.Connection, job: JobId) -> QuotaHold:
    row = conn.execute(
        "SELECT job, user, guild, pictures, held_at, day, month FROM holds WHERE job = ?", (job,)
    ).fetchone()
    if row is None:
        raise StoreError(f"the living job {job} has no hold")
    return QuotaHold(*row)


def _remove_hold(conn: sqlite3.Connection, job: JobId) -> QuotaHold:
    held = _load_hold(conn, job)
    conn.execute("DELETE FROM holds WHERE job = ?", (job,))
    return held


def _update_totals(conn: sqlite3.Connection, held: QuotaHold, pictures: int) -> None:
    """Add to both totals of the period that the hold was taken from."""
    change_total(conn, held.guild, held.user, held.day, pictures)
    change_total(conn, held.guild, held.user, held.month, pictures)


def change_total(
    conn: sqlite3.Connection, guild: int, user: int, period: str, pictures: int
) -> None:
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
        conn.execute(
            "DELETE FROM totals WHERE guild = ? AND user = ? AND period = ? AND used = 0", key
        )


def rebuild_totals(conn: sqlite3.Connection) -> None:
    """Recompute all totals from the facts, slow with a long history."""
    conn.execute("DELETE FROM totals")
    conn.execute(
        """
        INSERT INTO totals (guild, user, period, used)
        SELECT guild, user, period, sum(pictures) FROM (
            SELECT guild, user, day AS period, pictures FROM holds
            UNION ALL SELECT guild, user, month, pictures FROM holds
            UNION ALL SELECT guild, user, day, 1 FROM charges
            UNION ALL SELECT guild, user, month, 1 FROM charges
        ) GROUP BY guild, user, period"""
    )


def set_limit(
    conn: sqlite3.Connection,
    asker: RequestContext,
    scope: LimitScope,
    target: int,
    numbers: Mapping[str, int | None],
    now: datetime,
) -> None:
    """Write the numbers and, for each that changes, who changed it, when, from what to what."""
    for number, value in numbers.items():
        key = (asker.guild, scope.value, target, number)
        row = conn.execute(
            "SELECT value FROM limits WHERE guild = ? AND scope = ? AND target = ? AND number = ?",
            key,
        ).fetchone()
        if row is not None and row["value"] == value:
            continue
        conn.execute(
            "INSERT INTO limits (guild, scope, target, number, value, set_by, set_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at",
            (*key, value, asker.user, to_micros(now)),
        )
        old = "" if row is None else _format_limit(row["value"])
        subject = f"{scope.value}:{target}"
        insert_audit_row(conn, asker, f"limits.{number}", subject, old, _format_limit(value), now)


def clear_limit(
    conn: sqlite3.Connection,
    asker: RequestContext,
    scope: LimitScope,
    target: int,
    now: datetime,
    number: str | None = None,
) -> bool:
    """Remove a rule, or one number of it, and record it, or False if there was none."""
    gone = conn.execute(
        "DELETE FROM limits WHERE guild = ? AND scope = ? AND target = ?"
        " AND number = coalesce(?, number) RETURNING number, value",
        (asker.guild, scope.value, target, number),
    ).fetchall()
    for number, value in gone:
        subject = f"{scope.value}:{target}"
        insert_audit_row(conn, asker, f"limits.{number}", subject, _format_limit(value), "", now)
    return bool(gone)


def _format_limit(value: int | None) -> str:
    return "unlimited" if value is None else str(value)
