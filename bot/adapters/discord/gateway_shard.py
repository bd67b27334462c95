"""Gateway connection of one shard, which keeps its session over gaps of the network.

The shard of discord.py takes a new session after one failed attempt to resume, and loses what was
said meanwhile. This one resumes as long as Discord keeps the session.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import ReconnectWebSocket

from bot.adapters.discord.discord_internals import GatewaySocket, UnreadableReady
from bot.adapters.discord.session_starts import SessionStarts

log = structlog.stdlib.get_logger(__name__)

MISSING_INTENT: Final = 4014
FATAL_CLOSE_CODES: Final = frozenset({4004, 4010, 4011, 4012, 4013, MISSING_INTENT})
"""Gateway close codes that a new connection would meet again: token, shards, intents."""

STABLE_AFTER_S: Final = 300.0
"""A session that lived this long worked, and the next failure is a new story."""

STEADY_AFTER_S: Final = 10.0
RESUME_PAUSE_MAX_S: Final = 30.0
START_PAUSE_MAX_S: Final = 120.0
"""For each shard, so that all together stay below a thousand session starts a day."""

OPEN_TIMEOUT_S: Final = 10.0
HEARTBEAT_TIMEOUT_S: Final = 10.0
TRIES_WITH_RESUME_URL: Final = 3

CONNECTION_LOST: Final = (
    OSError,
    TimeoutError,
    aiohttp.ClientError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
)


class GatewayClient(Protocol):
    """Client of a shard, as far as the shard needs it."""

    def drop_message_content(self) -> bool:
        """Stop asking for message content. False if it was not asked for."""

    def report_unreadable(self, what: str, error: Exception) -> None:
        """Log what the library cannot read."""


@dataclass(frozen=True, slots=True)
class ResumableSession:
    """Session of the gateway that a RESUME can continue."""

    id: str
    sequence: int
    gateway: yarl.URL


class GatewayShard:
    """One shard. discord.py finds the socket in `ws`, and calls `close` when the client closes."""

    def __init__(
        self,
        client: GatewayClient,
        shard_id: int,
        shard_count: int,
        starts: SessionStarts,
        add_shard: Callable[[GatewayShard], None],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id, self._client, self._starts, self._add_shard = shard_id, client, starts, add_shard
        self._sleep, self._tick = sleep, tick
        self._start_pause_max_s = START_PAUSE_MAX_S * shard_count
        self._session: ResumableSession | None = None
        self._lost_in_a_row = self._started_in_a_row = 0
        self.ws: GatewaySocket | None = None

    @property
    def is_connected(self) -> bool:
        """Return True if the socket is open and has a session."""
        return self.ws is not None and self.ws.open and self.ws.session_id is not None

    async def run(self, gateway: yarl.URL | None = None) -> None:
        """Stay connected until the task is cancelled.

        Raises discord.ConnectionClosed for a close that a new connection would meet again, and
        discord.PrivilegedIntentsRequired.
        """
        while True:
            born: float | None = None
            try:
                await self._connect(gateway)
                born = self._tick()
                await self._listen()
            except ReconnectWebSocket as order:
                self._remember_session(keep=order.resume)
            except UnreadableReady as error:
                self._client.report_unreadable("READY", error.cause)
                self._remember_session(keep=False)
            except CONNECTION_LOST as error:
                self._remember_session(keep=not self._is_refused(error))
                log.info("gateway connection lost", shard=self.id, error=repr(error))
            except Exception as error:  # noqa: BLE001
                # What a frame raises inside the library is of no kind that could be named.
                self._client.report_unreadable("frame", error)
                self._remember_session(keep=True)
            await self._close_socket(4000)
            lived_s = 0.0 if born is None else self._tick() - born
            await self._sleep(self._count_failure(lived_s))

    async def close(self) -> None:
        """End the session. A peer that does not answer is not waited for."""
        await self._close_socket(1000)

    async def show_activity(self, activity: discord.BaseActivity) -> None:
        """Show an activity under the bot's name, if the session has begun."""
        if self.ws is not None and self.ws.session_id is not None:
            with contextlib.suppress(*CONNECTION_LOST):
                await self.ws.change_presence(activity=activity, status="online")

    async def _close_socket(self, code: int) -> None:
        if self.ws is not None:
            with contextlib.suppress(*CONNECTION_LOST):
                await self.ws.close_soon(code)

    async def _connect(self, gateway: yarl.URL | None) -> None:
        session = self._session
        if session is None:
            async with self._starts.permit_start(self.id):
                self._started_in_a_row += 1
                await self._open(gateway=gateway)
            return
        known = session.gateway if self._lost_in_a_row <= TRIES_WITH_RESUME_URL else gateway
        await self._open(gateway=known, resume=True, session=session.id, sequence=session.sequence)

    async def _open(self, **session: Any) -> None:
        client: Any = self._client
        opening = GatewaySocket.from_client(client, initial=True, shard_id=self.id, **session)
        # Not `wait_for`, which on Python 3.11 swallows a cancellation that comes with the result.
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            self.ws = await opening
        self._add_shard(self)

    async def _listen(self) -> None:
        assert self.ws is not None
        async with asyncio.timeout(None) as silence:
            watch = asyncio.create_task(_watch_heartbeat(self.ws, silence), name="heartbeat watch")
            try:
                while True:
                    await self.ws.poll_event()
            finally:
                watch.cancel()

    def _remember_session(self, *, keep: bool) -> None:
        ws, self._session = self.ws, None
        if ws is None:
            return
        if not keep:
            ws.session_id = None
        elif ws.session_id is not None and ws.sequence is not None:
            self._session = ResumableSession(ws.session_id, ws.sequence, ws.gateway)

    def _is_refused(self, error: Exception) -> bool:
        """Return True if Discord refused the intents and may accept fewer.

        Raises what a new connection would meet again.
        """
        if not isinstance(error, discord.ConnectionClosed) or error.code not in FATAL_CLOSE_CODES:
            return False
        if error.code != MISSING_INTENT:
            raise error
        if not self._client.drop_message_content():
            raise discord.PrivilegedIntentsRequired(self.id)
        return True

    def _count_failure(self, lived_s: float) -> float:
        """Seconds to wait before the next attempt."""
        if lived_s > STEADY_AFTER_S:
            self._lost_in_a_row = 0
        if lived_s > STABLE_AFTER_S:
            self._started_in_a_row = 0
        self._lost_in_a_row += 1
        lost = self._lost_in_a_row
        pause_s = 0.0 if lost == 1 else min(RESUME_PAUSE_MAX_S, 2.0 ** min(lost - 2, 10))
        if self._session is None:
            spent = min(self._started_in_a_row, 20)
            pause_s = max(pause_s, min(self._start_pause_max_s, 2.0 ** max(0, spent - 1)))
        return pause_s


async def _watch_heartbeat(ws: GatewaySocket, silence: asyncio.Timeout) -> None:
    """End a connection over which nothing comes any more. The library waits a minute more."""
    while True:
        await asyncio.sleep(HEARTBEAT_TIMEOUT_S / 5)
        if ws.is_heartbeat_overdue(HEARTBEAT_TIMEOUT_S):
            silence.reschedule(asyncio.get_running_loop().time())
            return
