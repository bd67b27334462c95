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
        """The name of the model that a member draws with where they name none, or ""."""
        ...

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        """Choose it; "" chooses none."""
        ...

    async def load_guild_settings(self) -> Mapping[int, GuildSettings]:
        """What each guild has chosen, by its id; those that never chose are not in it."""
        ...

    async def update_guild_settings(
        self, asker: RequestContext, edit: Callable[[GuildSettings], GuildSettings], now: datetime
    ) -> tuple[GuildSettings, GuildSettings]:
        """Apply `edit` to what the asker's guild has chosen; (before, after).

        It is called inside the transaction, so two changes at once both count; what it raises
        comes out and leaves everything as it was. Each field that changes gets an audit row
        (`settings.<field>`; the bounds of a role `settings.bounds`, about that role).
        """
        ...
