"""What moderators read beside the rules: who draws, who has used what, and what was changed."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Concatenate, Final, ParamSpec, TypeVar

from bot.adapters.sqlite import guild_settings, jobs
from bot.adapters.sqlite import limits as limit_rows
from bot.adapters.sqlite.database import Database
from bot.core.limits.model import ImageGrant, LimitRow, MemberUsage
from bot.core.limits.quota import Window, build_window, find_day_end, parse_zone

# By its own small index, however many other rules there are.
RUNNING_RULES: Final = """
    SELECT guild, scope, target, number, value, set_by, set_at
    FROM limits INDEXED BY limits_running
    WHERE number IN ('running', 'exempt')
    ORDER BY guild, scope, target"""
# `max` picks the row that the other columns are of: SQLite says so of a lone max or min.
RECENT: Final = """
    SELECT requester, roles, max(seq) AS youngest
    FROM (SELECT seq, guild, requester, roles FROM jobs ORDER BY seq DESC LIMIT 5000)
    WHERE guild = :guild GROUP BY requester ORDER BY youngest DESC"""
GRANTS: Final = """
    SELECT pictures, last_day FROM grants
    WHERE guild = ? AND user = ? AND kind = 'grant' AND first_day <= ? AND last_day >= ?
    ORDER BY last_day, seq"""
# Person by person along the key, not row by row: most rows of `totals` are of other days.
USE: Final = """
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


class Moderating:
    """Part of `SqliteBooks`."""

    _db: Database
    _terms: jobs.Terms
    _rules: Mapping[int, tuple[LimitRow, ...]] | None = None
    _rulings = 0
    _certain = True

    async def list_grants(self, guild: int, user: int, now: datetime) -> tuple[ImageGrant, ...]:
        """What a member was given for today or longer, the first to end first."""
        where = await self._zone(guild)
        day = build_window(now, where).day
        rows = await self._db.read(GRANTS, (guild, user, day, day))
        return tuple(
            ImageGrant(row["pictures"], find_day_end(row["last_day"], where)) for row in rows
        )

    async def list_concurrency_limits(self) -> Mapping[int, tuple[LimitRow, ...]]:
        """What the rules say of running, and who is exempt, by guild.

        It is asked after every change of the line, so it is remembered until a rule changes.
        """
        if self._rules is not None:
            return self._rules
        before = self._rulings
        rules: dict[int, tuple[LimitRow, ...]] = {}
        for row in limit_rows.limit_rows(await self._db.read(RUNNING_RULES)):
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
        """A transaction after which the rules are no longer those that are remembered."""
        try:
            return await self._db.run(work, *args, **kwargs)
        except asyncio.CancelledError:
            self._certain = False  # it is written all the same, and nobody hears when
            raise
        finally:
            self._rules, self._rulings = None, self._rulings + 1

    async def list_recent_members(self, guild: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Who drew in a guild lately, as user and roles by their youngest job, that one first.

        Lately is among the newest jobs of the whole bot: it costs the same with any history.
        """
        rows = await self._db.read(RECENT, {"guild": guild})
        return tuple((row["requester"], tuple(json.loads(row["roles"]))) for row in rows)

    async def list_member_usage(
        self, guild: int, now: datetime, most: int
    ) -> tuple[MemberUsage, ...]:
        """Who has drawn in a guild this month, most first, at most so many."""
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
            for row in await self._db.read(USE, which)
        )

    async def compute_quota_window(self, guild: int, now: datetime) -> Window:
        """The day and the month of `now` on a guild's clocks."""
        return build_window(now, await self._zone(guild))

    async def _zone(self, guild: int) -> tzinfo:
        chosen = await self._db.read(guild_settings.TIME_ZONE, (guild,))
        return parse_zone(guild_settings.time_zone(chosen, self._terms.time_zone))
