"""The books' part for trigger phrases: what a server listens for, and where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import RequestContext
from bot.core.triggers.phrase import GuildTriggers, TriggerPhrase


class TriggerStore(Protocol):
    """Phrases and places, by guild. Every change writes its audit row."""

    async def load_guild_triggers(self) -> Mapping[int, GuildTriggers]:
        """What each guild has chosen, by its id; those that never chose are not in it."""
        ...

    async def add_phrase(
        self,
        asker: RequestContext,
        phrase: TriggerPhrase,
        channel: int,
        host: tuple[TriggerPhrase, ...],
        most: int,
        now: datetime,
    ) -> GuildTriggers | None:
        """Add a phrase to the asker's guild; what holds then, or None if it was there already.

        A guild without a list of its own begins one with the host's phrases. Raises Refused where
        it would have more than `most`.
        """
        ...

    async def remove_phrase(
        self,
        asker: RequestContext,
        key: str,
        channel: int,
        host: tuple[TriggerPhrase, ...],
        now: datetime,
    ) -> GuildTriggers | None:
        """Take a phrase out, by its key; what holds then, or None if it was not there."""
        ...

    async def set_channel_listening(
        self, asker: RequestContext, channel: int, listens: bool, now: datetime
    ) -> GuildTriggers:
        """Let a channel listen or not; what holds then. No audit row if that was said already."""
        ...
