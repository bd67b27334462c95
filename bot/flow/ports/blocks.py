"""Port to the stored blocks."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.blocks import MemberBlock
from bot.core.drawing.request import RequestContext


class BlockStore(Protocol):
    """Members who may not draw."""

    async def block_member(
        self, asker: RequestContext, user: int, until: datetime | None, reason: str, now: datetime
    ) -> None:
        """Block a member, replacing an existing block."""

    async def unblock_member(self, asker: RequestContext, user: int, now: datetime) -> bool:
        """Unblock a member, or False if they were not blocked."""

    async def list_blocks(self, guild: int, now: datetime) -> tuple[MemberBlock, ...]:
        """List members who are blocked now."""

    async def find_block(self, guild: int, user: int, now: datetime) -> MemberBlock | None:
        """Return a member's present block."""
