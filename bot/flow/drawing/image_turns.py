"""Turns of members' images, so that nobody's uploads fill the memory or hold up others.

A member's images are read one after the other. Few are in memory at once in the whole bot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from bot.core.drawing.refusals import INPUT_BUSY
from bot.core.errors import Refused

AT_ONCE_MAX: Final = 2  # each may be a file of 20 MiB
WAITING_MAX: Final = 3  # of one member, the one whose turn it is included


@dataclass(slots=True)
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class ImageTurns:
    """Lines of members who wait with an image."""

    def __init__(self) -> None:
        self._lines: dict[int, _Line] = {}
        self._slots = asyncio.Semaphore(AT_ONCE_MAX)

    @asynccontextmanager
    async def take_turn(self, user: int) -> AsyncIterator[None]:
        """Wait until the member's earlier images are done. Raise Refused for too many."""
        line = self._lines.setdefault(user, _Line())
        if line.length >= WAITING_MAX:
            raise Refused("input.busy", INPUT_BUSY)
        line.length += 1
        try:
            async with line.lock:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[user]

    @asynccontextmanager
    async def hold_memory(self) -> AsyncIterator[None]:
        """Wait until a file may be fetched. It is gone from the memory at the end."""
        async with self._slots:
            yield
