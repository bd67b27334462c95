"""Cooldowns of trigger messages, kept in memory. Losing them on restart is acceptable.

After an accepted message, a member's next ones get an hourglass for `seconds`, after a refused one
for `REFUSED_COOLDOWN_S`. The same refusal is written to a member once in `REFUSAL_COOLDOWN_S`, and
an hourglass stands for each further one.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

REFUSAL_COOLDOWN_S: Final = 600.0
DELETION_MEMORY_S: Final = 60.0
"""A message is accepted, and its late event arrives, within this time of its deletion."""
REFUSED_COOLDOWN_S: Final = 2.0


class RecentKeys:
    """Keys that were recorded within the last `seconds`.

    `tick` gives monotonic seconds. At most `most` keys are kept, the newest.
    """

    def __init__(self, seconds: float, tick: Callable[[], float], *, most: int = 10_000) -> None:
        self._seconds, self._tick, self._most = seconds, tick, most
        self._noted: OrderedDict[Hashable, float] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        self._drop_expired()
        return key in self._noted

    def record_key(self, key: Hashable) -> None:
        """Record that the key was used now."""
        self._noted[key] = self._tick()
        self._noted.move_to_end(key)
        self._drop_expired()

    def claim_key(self, key: Hashable) -> bool:
        """Record the key, and return True if it was not recorded lately."""
        if key in self:
            return False
        self.record_key(key)
        return True

    def forget_key(self, key: Hashable) -> None:
        """Forget a key whose action did not happen."""
        self._noted.pop(key, None)

    def _drop_expired(self) -> None:
        now = self._tick()
        while self._noted:
            key, at = next(iter(self._noted.items()))
            if now - at < self._seconds and len(self._noted) <= self._most:
                return
            del self._noted[key]


class MessageCooldowns:
    """All that is remembered of trigger messages. `tick` gives monotonic seconds."""

    def __init__(self, seconds: float = 5.0, tick: Callable[[], float] = time.monotonic) -> None:
        self.accepted_users = RecentKeys(seconds, tick)
        self.refused_users = RecentKeys(min(seconds, REFUSED_COOLDOWN_S), tick)
        self.seen_messages = RecentKeys(REFUSAL_COOLDOWN_S, tick)
        self.refusals = RecentKeys(REFUSAL_COOLDOWN_S, tick)
        self.answered_dms = RecentKeys(REFUSAL_COOLDOWN_S, tick)
        self.deleted_messages = RecentKeys(DELETION_MEMORY_S, tick)
