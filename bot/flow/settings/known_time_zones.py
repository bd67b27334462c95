"""The time zones that this machine knows, listed once."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from zoneinfo import available_timezones


async def list_time_zones() -> frozenset[str]:
    """Their names, UTC among them. The first time six hundred files are opened, beside the loop."""
    return await asyncio.to_thread(_load_time_zones)


@lru_cache(maxsize=1)
def _load_time_zones() -> frozenset[str]:
    return frozenset({*available_timezones(), "UTC"})
