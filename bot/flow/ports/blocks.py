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
