"""The books' part for those who moderate: limits, grants, blocks and the record of changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.audit.model import AuditRow
from bot.core.blocks import MemberBlock
from bot.core.drawing.request import RequestContext
from bot.core.limits.model import ImageGrant, LimitRow, MemberUsage
from bot.core.limits.quota import LimitScope, Window


class LimitStore(Protocol):
    """What moderators set, and what a member chose for themselves."""

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

    async def list_audit_rows(
        self, guild: int, skip: int, most: int, target: str = ""
    ) -> tuple[tuple[AuditRow, ...], int]:
        """A page of the guild's changes, newest first, and how many there are in all."""
        ...

    async def block_member(
        self, asker: RequestContext, user: int, until: datetime | None, reason: str, now: datetime
    ) -> None:
        """Keep a member from drawing, at the gate; a block that they have is replaced."""
        ...

    async def unblock_member(self, asker: RequestContext, user: int, now: datetime) -> bool:
        """Let a member draw again; False if they were not blocked."""
        ...

    async def list_blocks(self, guild: int, now: datetime) -> tuple[MemberBlock, ...]:
        """Who is blocked there now."""
        ...

    async def find_block(self, guild: int, user: int, now: datetime) -> MemberBlock | None:
        """The block of one member that holds now."""
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

    async def find_usual_model(self, guild: int, user: int) -> str:
        """The name of the model that a member draws with where they name none, or ""."""
        ...

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        """Choose it; "" chooses none."""
        ...
