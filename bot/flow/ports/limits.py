"""The books' part for those who moderate: limits, grants, blocks and the record of changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.audit.model import AuditRow
from bot.core.blocks import Block
from bot.core.drawing.request import Asker
from bot.core.limits.model import Grant, LimitRow, Use
from bot.core.limits.quota import Scope, Window


class RuleBooks(Protocol):
    """What moderators set, and what a member chose for themselves."""

    async def set_limit(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        numbers: Mapping[str, int | None],
        now: datetime,
    ) -> None:
        """Set the named numbers of a rule (others stay) and write the audit row."""
        ...

    async def clear_limit(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        now: datetime,
        number: str | None = None,
    ) -> bool:
        """Remove a rule, or one number of it, and write the audit rows; False if there was none."""
        ...

    async def grant(self, asker: Asker, user: int, pictures: int, days: int, now: datetime) -> None:
        """Give a member more pictures on each of `days` days, today being the first."""
        ...

    async def reset(self, asker: Asker, user: int, now: datetime) -> int:
        """Give back what a member was charged for today; how many pictures that is."""
        ...

    async def log(
        self, guild: int, skip: int, most: int, target: str = ""
    ) -> tuple[tuple[AuditRow, ...], int]:
        """A page of the guild's changes, newest first, and how many there are in all."""
        ...

    async def block(
        self, asker: Asker, user: int, until: datetime | None, reason: str, now: datetime
    ) -> None:
        """Keep a member from drawing, at the gate; a block that they have is replaced."""
        ...

    async def unblock(self, asker: Asker, user: int, now: datetime) -> bool:
        """Let a member draw again; False if they were not blocked."""
        ...

    async def blocks(self, guild: int, now: datetime) -> tuple[Block, ...]:
        """Who is blocked there now."""
        ...

    async def block_of(self, guild: int, user: int, now: datetime) -> Block | None:
        """The block of one member that holds now."""
        ...

    async def limit_rows(self, guild: int) -> tuple[LimitRow, ...]: ...

    async def running_rules(self) -> Mapping[int, tuple[LimitRow, ...]]:
        """How much may run at once, and who is exempt, by guild."""
        ...

    async def grants(self, guild: int, user: int, now: datetime) -> tuple[Grant, ...]:
        """What a member was given that holds now, the first to end first."""
        ...

    async def use(self, guild: int, now: datetime, most: int) -> tuple[Use, ...]:
        """Who has drawn this month there, most first, at most so many."""
        ...

    async def window(self, guild: int, now: datetime) -> Window:
        """The day and the month of `now` there."""
        ...

    async def recent_people(self, guild: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Who drew there lately, as user and roles."""
        ...

    async def usual_model(self, guild: int, user: int) -> str:
        """The name of the model that a member draws with where they name none, or ""."""
        ...

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        """Choose it; "" chooses none."""
        ...
