"""Session starts that Discord allows, and the shards that it recommends."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.sandbox.discord.model import Json

SPACING_S: Final = 5.0
DAY_S: Final = 86_400.0


@dataclass(slots=True)
class SessionStarts:
    """Every IDENTIFY with the right token counts, also one that is refused; a RESUME never does.

    Within five seconds `max_concurrency` shards may identify, one of each remainder. A bot of one
    shard may be killed and started again at once, or tests would wait.
    """

    now: Callable[[], float]
    shards: int = 1
    max_concurrency: int = 1
    total: int = 1000
    remaining: int = 1000
    reset_at: float = 0.0
    last: dict[int, tuple[int, float]] = field(default_factory=dict)

    def as_json(self) -> Json:
        self._renew()
        left = max(0.0, self.reset_at - self.now()) if self.remaining < self.total else DAY_S
        return {
            "total": self.total,
            "remaining": self.remaining,
            "reset_after": math.ceil(left * 1000),
            "max_concurrency": self.max_concurrency,
        }

    def take(self) -> bool:
        """Count one, or return False if none is left, which costs a bot its token."""
        self._renew()
        if self.remaining < 1:
            return False
        if self.remaining == self.total:
            self.reset_at = self.now() + DAY_S
        self.remaining -= 1
        return True

    def is_too_soon(self, shard: int) -> bool:
        """Whether another shard of the same remainder has identified within five seconds."""
        bucket, now = shard % self.max_concurrency, self.now()
        other, at = self.last.get(bucket, (shard, -math.inf))
        self.last[bucket] = shard, now
        return other != shard and now - at < SPACING_S

    def _renew(self) -> None:
        if self.remaining < self.total and self.now() >= self.reset_at:
            self.remaining = self.total
