"""What moderators read beside the rules: who draws, who has used what, and what was changed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from bot.adapters.sqlite import jobs, quotas, settings
from bot.adapters.sqlite.database import Database
from bot.core.quota import day_over, window, zone
from bot.flow.ports import Grant, LimitRow

RUNNING_RULES: Final = """
    SELECT guild, scope, target, number, value, set_by, set_at FROM limits
    WHERE number IN ('running', 'exempt')
        AND guild IN (SELECT guild FROM jobs WHERE ended_at IS NULL)
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


class Moderating:
    """Part of `SqliteBooks`: plain reads."""

    _db: Database
    _terms: jobs.Terms

    async def grants(self, guild: int, user: int, now: datetime) -> tuple[Grant, ...]:
        """What a member was given for today or longer, the first to end first."""
        chosen = await self._db.read(settings.TIME_ZONE, (guild,))
        where = zone(settings.time_zone(chosen, self._terms.time_zone))
        day = window(now, where).day
        rows = await self._db.read(GRANTS, (guild, user, day, day))
        return tuple(Grant(row["pictures"], day_over(row["last_day"], where)) for row in rows)

    async def running_rules(self) -> tuple[LimitRow, ...]:
        """What the rules of guilds with living jobs say of running, and who is exempt there."""
        return quotas.limit_rows(await self._db.read(RUNNING_RULES))

    async def recent_people(self, guild: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Who drew in a guild lately, as user and roles by their youngest job, that one first.

        Lately is among the newest jobs of the whole bot: it costs the same with any history.
        """
        rows = await self._db.read(RECENT, {"guild": guild})
        return tuple((row["requester"], tuple(json.loads(row["roles"]))) for row in rows)
