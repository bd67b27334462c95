"""Discord's ids: a millisecond since 2015 in the high bits, text on the wire."""

from collections.abc import Callable

EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Makes ids that never repeat and never go back, also when the clock does."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.last = 0

    def __call__(self) -> str:
        fresh = (int(self._now() * 1000) - EPOCH_MS) << 22
        self.last = max(fresh, self.last + 1)
        return str(self.last)


def made_at(snowflake: str) -> float:
    """Seconds since 1970 at which this id was made."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000
