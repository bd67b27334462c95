"""The books' part for greeting a new server once."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class OnboardingStore(Protocol):
    """Which servers the bot has met."""

    async def list_greeted_guilds(self) -> frozenset[int] | None:
        """The guilds that were met; None where the books are older than this was written down."""
        ...

    async def mark_guilds_greeted(self, guilds: tuple[int, ...], now: datetime) -> tuple[int, ...]:
        """Write down that they were met; those of them that had not been before, in order."""
        ...
