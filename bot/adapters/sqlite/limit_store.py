"""Limit rules, grants and usage in SQLite, with the queries of moderators."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Concatenate, Final, ParamSpec, TypeVar

from bot.adapters.sqlite import grants
from bot.adapters.sqlite import limits as limit_rows
from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.guild_settings import load_time_zone
from bot.adapters.sqlite.jobs import HostDefaults
from bot.core.drawing.request import RequestContext
from bot.core.limits.model import ImageGrant, LimitRow, MemberUsage
from bot.core.limits.quota import (
    EXEMPT,
    LIMIT_NAMES,
    Balance,
    Limits,
    LimitScope,
    Window,
    build_window,
    find_day_end,
)

# By its own small index, however many other rules there are.
SELECT_CONCURRENCY_LIMITS: Final = """
    SELECT guild, scope, target, number, value, set_by, set_at
    FROM limits INDEXED BY limits_running
    WHERE number IN ('running', 'exempt')
    ORDER BY guild, scope, target"""
# `max` picks the row that the other columns are of: SQLite says so of a lone max or min.
SELECT_RECENT_MEMBERS: Final = """
    SELECT requester, roles, max(seq) AS youngest
    FROM (SELECT seq, guild, requester, roles FROM jobs ORDER BY seq DESC LIMIT 5000)
    WHERE guild = :guild GROUP BY requester ORDER BY youngest DESC"""
SELECT_GRANTS: Final = """
    SELECT pictures, last_day FROM grants
    WHERE guild = ? AND user = ? AND kind = 'grant' AND first_day <= ? AND last_day >= ?
    ORDER BY last_day, seq"""
# Person by person along the key, not row by row: most rows of `totals` are of other days.
SELECT_MEMBER_USAGE: Final = """
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
P = ParamSpec("P")
T = TypeVar("T")


class SqliteLimitStore:
    """Limit rules, grants and usage. Implements the port `LimitStore`."""

    def __init__(self, db: Database, terms: HostDefaults) -> None:
        self._db, self._terms = db, terms
        self._rules: Mapping[int, tuple[LimitRow, ...]] | None = None
        self._rulings = 0
        self._certain = True

    def get_default_limits(self) -> Limits:
        return self._terms.limits

    async def compute_balance(self, asker: RequestContext, now: datetime) -> Balance:
        zone = await load_time_zone(self._db, asker.guild, self._terms.time_zone)
        at = build_window(now, zone)
        rules = limit_rows.group_limit_rows(
            await self._db.read_rows(
                limit_rows.SELECT_MEMBER_LIMITS, limit_rows.build_limit_params(asker)
            )
        )
        (use,) = await self._db.read_rows(
            limit_rows.SELECT_USAGE, limit_rows.build_usage_params(asker, at)
        )
        return limit_rows.build_balance(asker, self._terms.limits, rules, use, at)

    async def set_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        numbers: Mapping[str, int | None],
        now: datetime,
    ) -> None:
        for name, value in numbers.items():
            if name not in (*LIMIT_NAMES, EXEMPT):
                raise ValueError(f"{name!r} is no limit; there are {', '.join(LIMIT_NAMES)}")
            if value is not None and value < 0:
                raise ValueError(f"{name} must be 0 or more, or None (is {value})")
        await self._ruled(limit_rows.set_limit, asker, scope, target, numbers, now)

    async def clear_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        now: datetime,
        number: str | None = None,
    ) -> bool:
        return await self._ruled(limit_rows.clear_limit, asker, scope, target, now, number)

    async def grant_images(
        self, asker: RequestContext, user: int, pictures: int, days: int, now: datetime
    ) -> None:
        if pictures < 1 or days < 1:
            raise ValueError("a grant is one picture or more, for one day or more")
        where = await load_time_zone(self._db, asker.guild, self._terms.time_zone)
        await self._db.run_transaction(grants.grant_images, asker, user, pictures, days, where, now)

    async def refund_today(self, asker: RequestContext, user: int, now: datetime) -> int:
        where = await load_time_zone(self._db, asker.guild, self._terms.time_zone)
        return await self._db.run_transaction(grants.refund_today, asker, user, where, now)

    async def list_limit_rows(self, guild: int) -> tuple[LimitRow, ...]:
        return limit_rows.group_limit_rows(
            await self._db.read_rows(limit_rows.SELECT_GUILD_LIMITS, {"guild": guild})
        )

    async def rebuild_totals(self) -> None:
        await self._db.run_transaction(limit_rows.rebuild_totals)

    async def list_grants(self, guild: int, user: int, now: datetime) -> tuple[ImageGrant, ...]:
        where = await load_time_zone(self._db, guild, self._terms.time_zone)
        day = build_window(now, where).day
        rows = await self._db.read_rows(SELECT_GRANTS, (guild, user, day, day))
        return tuple(
            ImageGrant(row["pictures"], find_day_end(row["last_day"], where)) for row in rows
        )

    async def list_concurrency_limits(self) -> Mapping[int, tuple[LimitRow, ...]]:
        if self._rules is not None:
            return self._rules
        before = self._rulings
        rules: dict[int, tuple[LimitRow, ...]] = {}
        for row in limit_rows.group_limit_rows(await self._db.read_rows(SELECT_CONCURRENCY_LIMITS)):
            rules[row.guild] = (*rules.get(row.guild, ()), row)
        if self._rulings == before and self._certain:
            self._rules = rules
        return rules

    async def _ruled(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            return await self._db.run_transaction(work, *args, **kwargs)
        except asyncio.CancelledError:
            self._certain = False  # it is written all the same, and nobody hears when
            raise
        finally:
            self._rules, self._rulings = None, self._rulings + 1

    async def list_recent_members(self, guild: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        rows = await self._db.read_rows(SELECT_RECENT_MEMBERS, {"guild": guild})
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
            for row in await self._db.read_rows(SELECT_MEMBER_USAGE, which)
        )

    async def compute_quota_window(self, guild: int, now: datetime) -> Window:
        return build_window(now, await load_time_zone(self._db, guild, self._terms.time_zone))
