"""Discord's rate limits: windows that open with the first request and close all at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.sandbox.discord.errors import RateLimited
from bot.sandbox.discord.model import Json

OLD_MESSAGE_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` requests in `period_s` seconds for each value of the bucket's key."""

    name: str
    most: int
    period_s: float


EDITS: Final = Limit("edit", 5, 5.0)
POSTS: Final = Limit("post", 5, 5.0)
TOKEN_EDITS: Final = Limit("token-edit", 5, 5.0)
TOKEN_POSTS: Final = Limit("token-post", 5, 5.0)
REACTIONS: Final = Limit("react", 4, 1.0)
OLD_EDITS: Final = Limit("old-edit", 3, 20.0)
EVERYWHERE: Final = Limit("global", 50, 1.0)


class Limits:
    """Counts per limit and key; a refused request does not count."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, limit: Limit, key: str) -> Json:
        """Spend one and return the headers of the answer; raises RateLimited."""
        now = self._now()
        opened, used = self._windows.get((limit.name, key), (now, 0))
        if now >= opened + limit.period_s:
            opened, used = now, 0
        wait = opened + limit.period_s - now
        if used >= limit.most:
            raise RateLimited(wait, everywhere=limit is EVERYWHERE)
        self._windows[limit.name, key] = (opened, used + 1)
        if len(self._windows) > 10_000:
            self._sweep(now)
        return self.headers(limit, key)

    def headers(self, limit: Limit, key: str) -> Json:
        now = self._now()
        opened, used = self._windows.get((limit.name, key), (now, 0))
        reset = opened + limit.period_s
        return {
            "X-RateLimit-Limit": str(limit.most),
            "X-RateLimit-Remaining": str(max(limit.most - used, 0)),
            "X-RateLimit-Reset": f"{reset:.3f}",
            "X-RateLimit-Reset-After": f"{max(reset - now, 0):.3f}",
            "X-RateLimit-Bucket": f"sandbox-{limit.name}",
        }

    def take_old_edit(self, channel_id: str) -> None:
        """Edits of messages older than an hour are scarce; the 429 for them carries code 30046."""
        try:
            self.take(OLD_EDITS, channel_id)
        except RateLimited as error:
            raise RateLimited(error.wait, code=30046) from None

    def _sweep(self, now: float) -> None:
        self._windows = {k: v for k, v in self._windows.items() if now < v[0] + 60}
