"""The books' part for trigger phrases: what a server listens for, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from bot.core.phrases import Phrase
from bot.core.request import Asker


@dataclass(frozen=True, slots=True)
class Placed:
    """A phrase and where it counts: `channel` 0 is every channel that listens."""

    text: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a server has chosen about its phrases.

    `phrases` None: it has none of its own, the host's count. `channels` says of a channel whether
    it listens; of those that are not in it, the host's list decides.
    """

    phrases: tuple[Placed, ...] | None = None
    channels: Mapping[int, bool] = field(default_factory=lambda: MappingProxyType({}))


class TriggerBooks(Protocol):
    """Phrases and places, by guild. Every change writes its audit row."""

    async def triggers(self) -> Mapping[int, Chosen]:
        """What each guild has chosen, by its id; those that never chose are not in it."""
        ...

    async def add_phrase(
        self,
        asker: Asker,
        phrase: Phrase,
        channel: int,
        host: tuple[Phrase, ...],
        most: int,
        now: datetime,
    ) -> Chosen | None:
        """Add a phrase to the asker's guild; what holds then, or None if it was there already.

        A guild without a list of its own begins one with the host's phrases. Raises Refused where
        it would have more than `most`.
        """
        ...

    async def remove_phrase(
        self, asker: Asker, key: str, channel: int, host: tuple[Phrase, ...], now: datetime
    ) -> Chosen | None:
        """Take a phrase out, by its key; what holds then, or None if it was not there."""
        ...

    async def listen(self, asker: Asker, channel: int, listens: bool, now: datetime) -> Chosen:
        """Let a channel listen or not; what holds then. No audit row if that was said already."""
        ...
