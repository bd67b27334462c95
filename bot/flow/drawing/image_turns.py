"""Turns of members' images, so that nobody's uploads fill the memory or hold up others.

A member's images are read one after the other, and none for a few seconds after one that could not
be used: it costs nothing but the host's computing. Few are in memory at once in the whole bot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from bot.core.drawing.refusals import INPUT_BUSY, INPUT_PAUSED
from bot.core.errors import Refused
from bot.flow.drawing.refusal_pauses import RefusalPauses

AT_ONCE_MAX: Final = 2  # each may be a file of 20 MiB
REFUSED_PAUSE_S: Final = 3.0
PAUSED_RULE: Final = "input.paused"
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
        self._pauses = RefusalPauses(REFUSED_PAUSE_S, PAUSED_RULE, INPUT_PAUSED)

    @asynccontextmanager
    async def take_turn(self, user: int) -> AsyncIterator[None]:
        """Wait until the member's earlier images are done.

        Raises Refused for too many of them, and soon after one that was refused.
        """
        self._pauses.check_member(user)
        line = self._lines.setdefault(user, _Line())
        if line.length >= WAITING_MAX:
            raise Refused("input.busy", INPUT_BUSY)
        line.length += 1
        try:
            async with line.lock:
                self._pauses.check_member(user)
                yield
        except Refused as refused:
            if refused.rule.startswith("input") and refused.rule != PAUSED_RULE:
                self._pauses.begin_pause(user)
            raise
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[user]

    @asynccontextmanager
    async def hold_memory(self) -> AsyncIterator[None]:
        """Wait until a file may be fetched. It is gone from the memory at the end."""
        async with self._slots:
            yield
