"""Port for messages of no job that are about to be sent."""

from __future__ import annotations

from typing import Protocol

from bot.core.notices import Notice


class NoticeStore(Protocol):
    """Notices that were not sent yet, or perhaps were. Other stores record them."""

    async def list_notices(self) -> tuple[Notice, ...]:
        """Return what is left, oldest first. What another release wrote unreadably is deleted."""

    async def delete_notice(self, key: str) -> None:
        """Forget a notice that was sent or given up."""
