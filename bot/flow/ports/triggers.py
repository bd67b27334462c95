"""Port for trigger phrases and their channels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import RequestContext
from bot.core.triggers.phrase import GuildTriggers, TriggerPhrase


class TriggerStore(Protocol):
    """Phrases and places, by guild. Every change writes its audit row."""

    async def load_guild_triggers(self) -> Mapping[int, GuildTriggers]:
        """Return the triggers of every guild that has any, by id."""

    async def add_phrase(
        self,
        asker: RequestContext,
        phrase: TriggerPhrase,
        channel: int,
        host: tuple[TriggerPhrase, ...],
        most: int,
        now: datetime,
    ) -> GuildTriggers | None:
        """Add a phrase to the asker's guild and return the result, or None for a duplicate.

        A guild without a list starts with the host's phrases. Raises Refused above `most`.
        """

    async def remove_phrase(
        self,
        asker: RequestContext,
        key: str,
        channel: int,
        host: tuple[TriggerPhrase, ...],
        now: datetime,
    ) -> GuildTriggers | None:
        """Remove a phrase by its key and return the result, or None if it was missing."""

    async def set_channel_listening(
        self, asker: RequestContext, channel: int, listens: bool, now: datetime
    ) -> GuildTriggers:
        """Turn a channel on or off, no audit row without a change."""
