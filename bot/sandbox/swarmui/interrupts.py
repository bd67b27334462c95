"""Waiting that ends when a session is interrupted."""

from __future__ import annotations

import asyncio
from typing import Any


async def first_of(work: asyncio.Future[Any], interrupted: asyncio.Event) -> bool:
    """Wait until the work is done (True) or the session is interrupted (False, work cancelled)."""
    bell = asyncio.create_task(interrupted.wait())
    try:
        await asyncio.wait({work, bell}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        bell.cancel()
        if not work.done():
            work.cancel()
    return work.done() and not work.cancelled()
