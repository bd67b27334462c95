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
        ...

    async def clear_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        now: datetime,
        number: str | None = None,
    ) -> bool:
        """Remove a rule, or one number of it, and write the audit rows; False if there was none."""
        ...

    async def grant_images(
        self, asker: RequestContext, user: int, pictures: int, days: int, now: datetime
    ) -> None:
        """Give a member more pictures on each of `days` days, today being the first."""
        ...

    async def refund_today(self, asker: RequestContext, user: int, now: datetime) -> int:
        """Give back what a member was charged for today; how many pictures that is."""
        ...

    async def list_limit_rows(self, guild: int) -> tuple[LimitRow, ...]: ...

    async def list_concurrency_limits(self) -> Mapping[int, tuple[LimitRow, ...]]:
        """How much may run at once, and who is exempt, by guild."""
        ...

    async def list_grants(self, guild: int, user: int, now: datetime) -> tuple[ImageGrant, ...]:
        """What a member was given that holds now, the first to end first."""
        ...

    async def list_member_usage(
        self, guild: int, now: datetime, most: int
    ) -> tuple[MemberUsage, ...]:
        """Who has drawn this month there, most first, at most so many."""
        ...

    async def compute_quota_window(self, guild: int, now: datetime) -> Window:
        """The day and the month of `now` there."""
        ...

    async def list_recent_members(self, guild: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Who drew there lately, as user and roles."""
        ...
