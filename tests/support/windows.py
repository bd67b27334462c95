"""Discord's rate limits as a test sees them: windows that open with a request and close at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Windows:
    """Counts `most` requests in `period_s` per key; `over` is how many came too many.

    `now` is the server's clock, in seconds.
    """

    now: Callable[[], float]
    most: int = 5
    period_s: float = 5.0
    over: int = 0
    _open: dict[str, tuple[float, int]] = field(default_factory=dict)

    def take(self, key: str) -> tuple[int, float]:
        """Count one; returns what is left in the window and the seconds until it closes."""
        now = self.now()
        opened, used = self._open.get(key, (now, 0))
        if now >= opened + self.period_s:
            opened, used = now, 0
        used += 1
        self.over += used > self.most
        self._open[key] = (opened, used)
        return max(self.most - used, 0), round(opened + self.period_s - now, 3)
