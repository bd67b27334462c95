"""Limit rules, grants and usage in SQLite, with the queries of moderators."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite import grants, limits
from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.database import Database, SqliteStore, transaction
from bot.adapters.sqlite.guild_settings import load_time_zone
from bot.adapters.sqlite.jobs import HostDefaults
from bot.core.drawing.request import RequestContext
from bot.core.limits import quota
from bot.core.limits.model import ImageGrant, LimitRow, MemberUsage

_SELECT_LIMIT: Final = (
    "SELECT value FROM limits WHERE guild = ? AND scope = ? AND target = ? AND number = ?"
)
_INSERT_TOTALS: Final = """
    INSERT INTO totals (guild, user, period, used)
    SELECT guild, user, period, sum(pictures) FROM (
        SELECT guild, user, day AS period, pictures FROM holds
        UNION ALL SELECT guild, user, month, pictures FROM holds
        UNION ALL SELECT guild, user, day, 1 FROM charges
        UNION ALL SELECT guild, user, month, 1 FROM charges
    ) GROUP BY guild, user, period"""
_SELECT_TOTALS: Final = "SELECT guild, user, period, used FROM totals"
# By its own small index, however many other rules there are.
_SELECT_CONCURRENCY_LIMITS: Final = """
    SELECT guild, scope, target, number, value, set_by, set_at
    FROM limits INDEXED BY limits_running
    WHERE number IN ('running', 'exempt')
    ORDER BY guild, scope, target"""
# `max` picks the row that the other columns are of: SQLite says so of a lone max or min.
_SELECT_RECENT_MEMBERS: Final = """
    SELECT requester, roles, max(seq) AS youngest
    FROM (SELECT seq, guild, requester, roles FROM jobs ORDER BY seq DESC LIMIT 5000)
    WHERE guild = :guild GROUP BY requester ORDER BY youngest DESC"""
_SELECT_GRANTS: Final = """
    SELECT pictures, last_day FROM grants
    WHERE guild = ? AND user = ? AND kind = 'grant' AND first_day <= ? AND last_day >= ?
    ORDER BY last_day, seq"""
# Person by person along the key, not row by row: most rows of `totals` are of other days.
_SELECT_MEMBER_USAGE: Final = """
    WITH RECURSIVE people (user) AS (
        SELECT min(user) FROM totals WHERE guild = :guild
        UNION ALL
        SELECT (SELECT min(user) FROM totals WHERE guild = :guild AND user > people.user)
            FROM people WHERE people.user IS NOT NULL
    ), used (user, day, month) AS (
        SELECT user,
            coalesce((SELECT used FROM totals AS t
                WHERE t.guild = :guild AND t.user = people.user AND t.period = :day), 0),
            (SELECT used FROM totals AS t
                WHERE t.guild = :guild AND t.user = people.user AND t.period = :month)
        FROM people WHERE user IS NOT NULL
    )
    SELECT user, day, month,
        coalesce((SELECT sum(pictures) FROM grants AS g WHERE g.guild = :guild
            AND g.user = used.user AND kind = 'reset' AND last_day = :day), 0) AS back_day,
        coalesce((SELECT sum(pictures) FROM grants AS g WHERE g.guild = :guild
            AND g.user = used.user AND kind = 'reset' AND last_day >= :month || '-01'), 0)
            AS back_month,
        coalesce((SELECT sum(pictures) FROM grants AS g WHERE g.guild = :guild
            AND g.user = used.user AND kind = 'grant'
            AND last_day >= :day AND first_day <= :day), 0) AS granted,
        coalesce((SELECT requester_name FROM jobs WHERE requester = used.user
            AND jobs.guild = :guild AND state = 'done' ORDER BY seq DESC LIMIT 1), '') AS name
    FROM used WHERE month IS NOT NULL ORDER BY month DESC, user LIMIT :most"""


class SqliteLimitStore(SqliteStore):
    """Limit rules, grants and usage. Implements the port `LimitStore`."""

    def __init__(self, db: Database, terms: HostDefaults) -> None:
        super().__init__(db)
        self._terms = terms
        self._rules: Mapping[int, tuple[LimitRow, ...]] | None = None
        self._rules_version = 0
        self._certain = True

    def get_default_limits(self) -> quota.Limits:
        return self._terms.limits

    async def compute_balance(self, asker: RequestContext, now: datetime) -> quota.Balance:
        at = await self.compute_quota_window(asker.guild, now)
        which = limits.build_params(asker, at)
        rules = await self._db.read_rows(limits.SELECT_MEMBER_LIMITS, which)
        (use,) = await self._db.read_rows(limits.SELECT_USAGE, which)
        grouped = limits.group_limit_rows(rules)
        return limits.build_balance(asker, self._terms.limits, grouped, use, at)

    async def set_limit(
        self,
        asker: RequestContext,
        scope: quota.LimitScope,
        target: int,
        numbers: Mapping[str, int | None],
        now: datetime,
    ) -> None:
        for name, value in numbers.items():
            if name not in (*quota.LIMIT_NAMES, quota.EXEMPT):
                raise ValueError(f"{name!r} is no limit; there are {', '.join(quota.LIMIT_NAMES)}")
            if value is not None and value < 0:
                raise ValueError(f"{name} must be 0 or more, or None (is {value})")
        with self._changing_rules():
            await self._db.run_transaction(_set_limit, asker, scope, target, numbers, now)

    async def clear_limit(
        self,
        asker: RequestContext,
        scope: quota.LimitScope,
        target: int,
        now: datetime,
        number: str | None = None,
    ) -> bool:
        with self._changing_rules():
            return await self._db.run_transaction(_clear_limit, asker, scope, target, number, now)

    @contextmanager
    def _changing_rules(self) -> Iterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            self._certain = False  # it is written all the same, and nobody hears when
            raise
        finally:
            self._rules, self._rules_version = None, self._rules_version + 1

    async def grant_images(
        self, asker: RequestContext, user: int, pictures: int, days: int, now: datetime
    ) -> None:
        if pictures < 1 or days < 1:
            raise ValueError("a grant is one picture or more, for one day or more")
        where = await self._load_time_zone(asker.guild)
        await self._db.run_transaction(grants.grant_images, asker, user, pictures, days, where, now)

    async def refund_today(self, asker: RequestContext, user: int, now: datetime) -> int:
        where = await self._load_time_zone(asker.guild)
        return await self._db.run_transaction(grants.refund_today, asker, user, where, now)

    async def list_limit_rows(self, guild: int) -> tuple[LimitRow, ...]:
        rows = await self._db.read_rows(limits.SELECT_GUILD_LIMITS, {"guild": guild})
        return limits.group_limit_rows(rows)

    @transaction
    def rebuild_totals(self, conn: Connection) -> int:
        """Recompute all totals from the facts, slow with a long history.

        Returns how many totals were wrong.
        """
        before = set(map(tuple, conn.execute(_SELECT_TOTALS)))
        conn.execute("DELETE FROM totals")
        conn.execute(_INSERT_TOTALS)
        changed = before ^ set(map(tuple, conn.execute(_SELECT_TOTALS)))
        return len({(guild, user, period) for guild, user, period, _ in changed})

    async def list_grants(self, guild: int, user: int, now: datetime) -> tuple[ImageGrant, ...]:
        where = await self._load_time_zone(guild)
        day = quota.build_window(now, where).day
        rows = await self._db.read_rows(_SELECT_GRANTS, (guild, user, day, day))
        return tuple(
            ImageGrant(row["pictures"], quota.find_day_end(row["last_day"], where)) for row in rows
        )

    async def list_concurrency_limits(self) -> Mapping[int, tuple[LimitRow, ...]]:
        if self._rules is not None:
            return self._rules
        before = self._rules_version
        rules: dict[int, tuple[LimitRow, ...]] = {}
        for row in limits.group_limit_rows(await self._db.read_rows(_SELECT_CONCURRENCY_LIMITS)):
            rules[row.guild] = (*rules.get(row.guild, ()), row)
        if self._rules_version == before and self._certain:
            self._rules = rules
        return rules

    async def list_recent_members(self, guild: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        rows = await self._db.read_rows(_SELECT_RECENT_MEMBERS, {"guild": guild})
        return tuple((row["requester"], tuple(json.loads(row["roles"]))) for row in rows)

    async def list_member_usage(
        self, guild: int, now: datetime, most: int
    ) -> tuple[MemberUsage, ...]:
        at = await self.compute_quota_window(guild, now)
        which = {"guild": guild, "day": at.day, "month": at.month, "most": most}
        return tuple(
            MemberUsage(
                row["user"],
                row["name"],
                max(0, row["day"] - row["back_day"]),
                max(0, row["month"] - row["back_month"]),
                row["back_month"],
                row["granted"],
            )
            for row in await self._db.read_rows(_SELECT_MEMBER_USAGE, which)
        )

    async def compute_quota_window(self, guild: int, now: datetime) -> quota.Window:
        return quota.build_window(now, await self._load_time_zone(guild))

    async def _load_time_zone(self, guild: int) -> tzinfo:
        return await load_time_zone(self._db, guild, self._terms.time_zone)


def _set_limit(
    conn: Connection,
    asker: RequestContext,
    scope: quota.LimitScope,
    target: int,
    numbers: Mapping[str, int | None],
    now: datetime,
) -> None:
    subject = f"{scope.value}:{target}"
    for number, value in numbers.items():
        key = (asker.guild, scope.value, target, number)
        row = conn.execute(_SELECT_LIMIT, key).fetchone()
        if row is not None and row["value"] == value:
            continue
        conn.execute(
            "INSERT INTO limits (guild, scope, target, number, value, set_by, set_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at",
            (*key, value, asker.user, to_micros(now)),
        )
        old = "" if row is None else _format_limit(row["value"])
        insert_audit_row(conn, asker, f"limits.{number}", subject, old, _format_limit(value), now)


def _clear_limit(
    conn: Connection,
    asker: RequestContext,
    scope: quota.LimitScope,
    target: int,
    number: str | None,
    now: datetime,
) -> bool:
    gone = conn.execute(
        "DELETE FROM limits WHERE guild = ? AND scope = ? AND target = ?"
        " AND number = coalesce(?, number) RETURNING number, value",
        (asker.guild, scope.value, target, number),
    ).fetchall()
    for name, value in gone:
        subject = f"{scope.value}:{target}"
        insert_audit_row(conn, asker, f"limits.{name}", subject, _format_limit(value), "", now)
    return bool(gone)


def _format_limit(value: int | None) -> str:
    return "unlimited" if value is None else str(value)
