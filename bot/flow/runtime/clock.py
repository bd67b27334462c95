"""Clock port. The flow never asks the system for the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

utc_now: Final = partial(datetime.now, UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` is the wall clock (aware UTC), `tick` seconds that never jump, `sleep` waits."""

    now: Callable[[], datetime] = utc_now
    tick: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
