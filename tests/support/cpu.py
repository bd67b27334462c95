"""How much computing something takes, in a measure that a busy or slow machine does not change."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

TRIES: Final = 5
LETTERS: Final = "a quick brown fox " * 4000


def loops_of(work: Callable[[], object]) -> float:
    """How often a fixed loop over text could run in the CPU time that `work` takes.

    One loop takes some 2 ms on a computer of 2024. Of several tries the quickest counts: a
    collection of garbage, or a neighbour that empties the caches, slows some of them.
    """
    pairs = [(_cpu_time(work), _cpu_time(_loop)) for _ in range(TRIES)]
    return min(one for one, _ in pairs) / min(loop for _, loop in pairs)


def _cpu_time(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _loop() -> int:
    return sum(ord(char) for char in LETTERS if char != " ")
