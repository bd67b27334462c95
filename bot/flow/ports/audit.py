"""The books' part for saying every change in a server's log channel, once."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.audit.model import Unsaid


class TrailBooks(Protocol):
    """How far each log channel has come in the record."""

    async def changed_since(self, seq: int) -> tuple[int, tuple[int, ...]]:
        """The newest change's number, and the guilds in which something changed after `seq`."""
        ...

    async def unsaid(self, guild: int, most: int) -> Unsaid:
        """The next of them, at most so many. A channel begins with the change that chose it."""
        ...

    async def saying(self, guild: int, first: int, last: int, now: datetime) -> None:
        """Write that a message with the changes from `first` to `last` is about to go out."""
        ...

    async def said(self, guild: int, last: int) -> None:
        """Everything up to `last` was said."""
        ...
