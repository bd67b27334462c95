"""Port for guilds that were welcomed."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class OnboardingStore(Protocol):
    """Which servers the bot has met."""

    async def list_greeted_guilds(self) -> frozenset[int] | None:
        """Return greeted guilds, or None if the database is older than this table."""

    async def mark_guilds_greeted(self, guilds: tuple[int, ...], now: datetime) -> tuple[int, ...]:
        """Record guilds as greeted and return the new ones in order."""

    async def forget_greeted_guilds(self, guilds: tuple[int, ...]) -> None:
        """Forget guilds that removed the bot."""
