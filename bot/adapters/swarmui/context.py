"""State shared by the parts of the SwarmUI client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Protocol

import structlog
from websockets.asyncio.client import ClientConnection

from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.http import RestClient
from bot.adapters.swarmui.sessions import SessionPool
from bot.adapters.swarmui.settings import SwarmSettings
from bot.core.errors import BackendError

log = structlog.get_logger(__name__)
# An interrupt that fails is no reason to keep anybody waiting.
INTERRUPT_TIMEOUT_S: Final = 8.0


async def _keep_image(image: bytes, side: int) -> bytes:
    return image


class ActiveWatch(Protocol):
    """Watch of one streamed request, as other requests see it."""

    has_progress: bool


class SwarmTasks:
    """Background tasks of the client, each with a name, an owner and an end."""

    def __init__(self) -> None:
        self._required: set[asyncio.Task[None]] = set()
        self._optional: set[asyncio.Task[None]] = set()

    def start_task(
        self, work: Coroutine[Any, Any, None], name: str, *, owed: bool
    ) -> asyncio.Task[None]:
        """Start it. What is `owed` is waited for at the end, the rest is cancelled then."""
        task = asyncio.create_task(work, name=name)
        kept = self._required if owed else self._optional
        kept.add(task)
        task.add_done_callback(kept.discard)
        return task

    async def run_shielded(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Wait for work that continues even if the caller is cancelled."""
        await asyncio.shield(self.start_task(work, name, owed=True))

    async def finish_tasks(self) -> None:
        for task in tuple(self._optional):
            task.cancel()
        await asyncio.gather(*self._optional, *self._required, return_exceptions=True)


class SwarmContext:
    """The server as the client's parts see it. `now` is monotonic, in seconds."""

    def __init__(
        self,
        settings: SwarmSettings,
        rest: RestClient,
        health: Health,
        *,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.settings = settings
        self.rest = rest
        self.health = health
        self.sleep = sleep
        self.sessions = SessionPool(rest, health, sleep)
        health.on_up, health.on_restart = self.sessions.drop_common_session, self.abort_streams
        self.tasks = SwarmTasks()
        self.detached = False  # we stop, the server need not: nothing is interrupted any more
        self.last_activity = 0.0  # the loop's time of the last sign of life in any stream of ours
        # Makes a smaller JPEG of an image, with that longest side in pixels.
        self.shrink_image: Callable[[bytes, int], Awaitable[bytes]] = _keep_image
        self.no_step_events = False  # whether all that the server has behind it shows no steps
        self.active_watches: set[ActiveWatch] = set()
        self.open_sockets: set[ClientConnection] = set()

    def record_activity(self) -> None:
        """Record that the server works, if not for every session at once."""
        self.last_activity = asyncio.get_running_loop().time()

    def abort_streams(self) -> None:
        """End all streams after the server was restarted, since the old ones never end.

        Their readers see a broken connection at once and look for saved images.
        """
        for socket in tuple(self.open_sockets):
            socket.transport.abort()

    async def interrupt_session(self, session: str, *, sure: bool = True) -> None:
        """Stop everything in that session without ever raising and never takes long.

        An interrupt before the server's first status frame has no effect. If that frame was not
        seen (`sure` is False), the interrupt is repeated.
        """
        body = {"session_id": session}
        try:
            async with asyncio.timeout(INTERRUPT_TIMEOUT_S):
                await self.rest.call_route("InterruptAll", body)
                if not sure:
                    await self.sleep(1.0)
                    await self.rest.call_route("InterruptAll", body)
        except (BackendError, TimeoutError) as error:
            log.info("interrupt failed", error=str(error))
