"""Port to the stored limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import RequestContext
from bot.core.limits.model import ImageGrant, LimitRow, MemberUsage
from bot.core.limits.quota import Balance, Limits, LimitScope, Window


class LimitStore(Protocol):
    """Limit rules, grants and usage."""

    async def compute_balance(self, asker: RequestContext, now: datetime) -> Balance: ...

    def get_default_limits(self) -> Limits: ...

    async def set_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        numbers: Mapping[str, int | None],
        now: datetime,
    ) -> None:
        """Set the named numbers of a rule (others stay) and write the audit row."""

    async def clear_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        now: datetime,
        number: str | None = None,
    ) -> bool:
        """Remove a rule, or one number of it, with audit rows, or False if none."""

    async def grant_images(
        self, asker: RequestContext, user: int, pictures: int, days: int, now: datetime
    ) -> None:
        """Give a member more pictures on each of `days` days, today being the first."""

    async def refund_today(self, asker: RequestContext, user: int, now: datetime) -> int:
        """Refund today's charges of a member and return how many images."""

    async def list_limit_rows(self, guild: int) -> tuple[LimitRow, ...]: ...

    async def list_concurrency_limits(self) -> Mapping[int, tuple[LimitRow, ...]]:
        """Return limits of running jobs and exemptions, by guild."""

    async def list_grants(self, guild: int, user: int, now: datetime) -> tuple[ImageGrant, ...]:
        """Return a member's current grants, the first to end first."""

    async def list_member_usage(
        self, guild: int, now: datetime, most: int
    ) -> tuple[MemberUsage, ...]:
        """Return this month's use of the most active members."""

    async def compute_quota_window(self, guild: int, now: datetime) -> Window:
        """Return the current day and month of that guild."""

    async def list_recent_members(self, guild: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return recently active members and their roles."""

    async def rebuild_totals(self) -> int:
        """Recompute all totals from the facts and return how many were wrong."""
