"""Port to the stored settings of guilds and members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import RequestContext
from bot.core.policy import GuildSettings


class SettingsStore(Protocol):
    """Settings of guilds and members."""

    async def find_usual_model(self, guild: int, user: int) -> str:
        """Return a member's default model, or ""."""

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        """Set a member's default model. "" clears it."""

    async def load_guild_settings(self) -> Mapping[int, GuildSettings]:
        """Return the settings of every guild that has any, by id."""

    async def update_guild_settings(
        self, asker: RequestContext, edit: Callable[[GuildSettings], GuildSettings], now: datetime
    ) -> tuple[GuildSettings, GuildSettings]:
        """Apply `edit` to the settings of the asker's guild and return (before, after).

        It runs inside the transaction, so simultaneous changes both count. What it raises
        propagates and changes nothing. Each changed field gets an audit row (`settings.<field>`; a
        role's bounds `settings.bounds`, about that role).
        """
