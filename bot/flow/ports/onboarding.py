"""Port for guilds that were welcomed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.notices import Notice


class OnboardingStore(Protocol):
    """Which servers the bot has met."""

    async def list_greeted_guilds(self) -> Mapping[int, datetime | None] | None:
        """Return greeted guilds and when the bot joined them, None if that is not known.

        None in the place of all for a database that is older than this table.
        """

    async def mark_guilds_greeted(
        self, guilds: tuple[int, ...], now: datetime, greeting: Notice | None = None
    ) -> tuple[int, ...]:
        """Record guilds as greeted, and the greeting to be sent, and return the new ones in order.

        Nothing is sent to a guild that is known.
        """

    async def forget_greeted_guilds(self, guilds: tuple[int, ...]) -> None:
        """Forget guilds that removed the bot."""

    async def record_invitation(self, guild: int, joined_at: datetime) -> None:
        """Record when the bot joined a greeted guild, by Discord's clock."""
