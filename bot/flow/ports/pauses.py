"""Port to the stored pauses."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import RequestContext
from bot.core.pauses import StoredPause


class PauseStore(Protocol):
    """Pauses of guilds, and the host's own."""

    async def list_pauses(self) -> tuple[StoredPause, ...]:
        """Return all pauses, also those that are over."""

    async def pause_guild(self, asker: RequestContext, until: datetime, now: datetime) -> None:
        """Pause drawing in the asker's guild and write the audit row."""

    async def resume_guild(self, asker: RequestContext, now: datetime) -> bool:
        """End the guild's pause, or False if there was none."""
