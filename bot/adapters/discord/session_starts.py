"""Session starts (IDENTIFY) that Discord allows a bot, asked for and waited for.

The limit is for a day and all shards together. Discord takes the token of a bot that exceeds it. A
RESUME does not count.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog

log = structlog.stdlib.get_logger(__name__)

SPACING_S: Final = 5.25
"""Seconds between two session starts of one bucket. Discord says five."""

FRESH_S: Final = 1.0
"""Discord is asked before each start. One answer serves shards that start together."""


@dataclass(frozen=True, slots=True)
class GatewayInfo:
    """Answer of `GET /gateway/bot`."""

    shards: int
    url: str | None
    remaining: int
    reset_after_s: float
    max_concurrency: int


def parse_gateway_info(answer: dict[str, Any]) -> GatewayInfo:
    """Read Discord's answer. A limit that is not named holds nobody up."""
    limit = answer.get("session_start_limit") or {}
    return GatewayInfo(
        shards=max(1, int(answer.get("shards") or 1)),
        url=answer.get("url"),
        remaining=int(limit.get("remaining", 1)),
        reset_after_s=max(0.0, float(limit.get("reset_after", 0)) / 1000),
        max_concurrency=max(1, int(limit.get("max_concurrency", 1))),
    )


class SessionStarts:
    """Permits to start a session, one at a time for each bucket of shards."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[GatewayInfo]],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._sleep, self._tick = ask, sleep, tick
        self._asking = asyncio.Lock()
        self._buckets: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last_start: dict[int, float] = {}
        self._info: GatewayInfo | None = None
        self._asked_at = 0.0
        self._used = self._reserved = 0

    async def fetch_info(self) -> GatewayInfo:
        """Ask Discord how many shards it wants and how many starts are left."""
        self._info, self._asked_at = await self._ask(), self._tick()
        self._used = 0
        return self._info

    def count_start(self, shard: int) -> None:
        """Note that a shard sends its IDENTIFY now."""
        self._used += 1
        self._last_start[shard % self._concurrency] = self._tick()

    @asynccontextmanager
    async def permit_start(self, shard: int) -> AsyncIterator[None]:
        """Wait until this shard may start a session. Raises what asking Discord raises."""
        bucket = shard % self._concurrency
        async with self._buckets[bucket]:
            await self._reserve_start()
            try:
                if (last := self._last_start.get(bucket)) is not None:
                    await self._sleep(max(0.0, last + SPACING_S - self._tick()))
                yield
            finally:
                self._reserved -= 1

    @property
    def _concurrency(self) -> int:
        return self._info.max_concurrency if self._info is not None else 1

    async def _reserve_start(self) -> None:
        async with self._asking:
            while (pause_s := await self._find_pause()) is not None:
                log.warning("no session starts left", again_in_s=round(pause_s))
                await self._sleep(pause_s)
            self._reserved += 1

    async def _find_pause(self) -> float | None:
        """Seconds until starts are allowed again, or None if one is left."""
        info, age = self._info, self._tick() - self._asked_at
        if info is None or age > FRESH_S:
            info = await self.fetch_info()
        if info.remaining - self._used - self._reserved >= 1:
            return None
        return info.reset_after_s + 1.0
