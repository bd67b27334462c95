"""Loop that opens the Discord client again while Discord cannot be reached at login."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import discord
import structlog

from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.gateway_shard import FATAL_CLOSE_CODES
from bot.adapters.discord.network_errors import describe_network_error

log = structlog.get_logger(__name__)

STABLE_AFTER_S: Final = 300.0
"""A connection that lived this long worked: the next failure is a new story."""


def compute_restart_delay(error: BaseException | None, attempt: int) -> float | None:
    """Seconds until the next try, or None where another would fail the same way.

    `attempt` counts the failures in a row. Half a minute at most: a login is no session start, and
    each shard waits for its own.
    """
    if isinstance(error, discord.LoginFailure | discord.PrivilegedIntentsRequired):
        return None
    if isinstance(error, discord.ConnectionClosed) and error.code in FATAL_CLOSE_CODES:
        return None
    return min(30.0, float(2**attempt))


async def run_client(
    client: SwarmBot,
    token: str,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    tick: Callable[[], float] = time.monotonic,
) -> None:
    """Keep the client connected until this task is cancelled, then close it.

    The client is closed and reopened after an outage of Discord at login. Raises what a new
    connection cannot fix: LoginFailure for a refused token, PrivilegedIntentsRequired, or
    ConnectionClosed for wrong shards.
    """
    attempt = 0
    while True:
        born, error = tick(), await _run_connection(client, token)
        attempt = 0 if tick() - born > STABLE_AFTER_S else attempt
        if (pause := compute_restart_delay(error, attempt)) is None:
            raise error or AssertionError("an ended connection is always opened again")
        if (plain := describe_network_error(error)) is None:
            log.warning("connection to Discord lost", again_in_s=pause, exc_info=error)
        else:
            why, fix = plain
            log.warning("Discord cannot be reached", why=why, fix=fix, again_in_s=pause)
        attempt = min(attempt + 1, 10)
        await sleep(pause)
        client.reset_client()


async def _run_connection(client: SwarmBot, token: str) -> Exception | None:
    try:
        async with client:
            await client.start(token)
    except Exception as error:  # noqa: BLE001
        # The one place beside jobs, commands and the command line that takes anything: what a
        # payload raises inside the library is of no kind that could be named.
        return error
    return None
