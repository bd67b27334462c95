"""Protection against double clicks.

Every click is its own interaction, so double clicks can only be told by their timing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

DOUBLE_CLICK_S: Final = 2.0


class DoubleClickGuard:
    """Recent presses per member, kept for `DOUBLE_CLICK_S` and while being answered."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._begun: dict[tuple[int, str], float] = {}
        self._under_way: set[tuple[int, str]] = set()

    @contextmanager
    def guard_click(self, user: int, custom_id: str) -> Iterator[bool]:
        """Guard the answer to a press. Yield False if the member pressed it just before."""
        now, key = self._tick(), (user, custom_id)
        self._begun = {k: at for k, at in self._begun.items() if now - at < DOUBLE_CLICK_S}
        if key in self._begun or key in self._under_way:
            yield False
            return
        self._begun[key] = now
        self._under_way.add(key)
        try:
            yield True
        finally:
            self._under_way.discard(key)
