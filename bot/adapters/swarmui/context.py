"""What every part of the client shares: one value, so that each part asks for one thing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

import structlog
from websockets.asyncio.client import ClientConnection

from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.http import Rest
from bot.adapters.swarmui.sessions import Sessions
from bot.adapters.swarmui.settings import SwarmSettings
from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendError

if TYPE_CHECKING:
    from bot.adapters.swarmui.generation_monitor import Watch

log = structlog.get_logger(__name__)
# An interrupt that fails is no reason to keep anybody waiting.
INTERRUPT_S: Final = 8.0
# An innocent request suffers from an interrupt of ours within about this time.
AFTERMATH_S: Final = 120.0


class Chores:
    """Work that goes on behind the caller's back: every task has a name, an owner and an end."""

    def __init__(self) -> None:
        self._owed: set[asyncio.Task[None]] = set()
        self._optional: set[asyncio.Task[None]] = set()

    def start(
        self, work: Coroutine[Any, Any, None], name: str, *, owed: bool
    ) -> asyncio.Task[None]:
        """Start it. What is `owed` is waited for at the end, the rest is cancelled then."""
        task = asyncio.create_task(work, name=name)
        kept = self._owed if owed else self._optional
        kept.add(task)
        task.add_done_callback(kept.discard)
        return task

    async def see_through(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Wait for it; it goes on to its end even if the caller is cancelled meanwhile."""
        await asyncio.shield(self.start(work, name, owed=True))

    async def close(self) -> None:
        for task in tuple(self._optional):
            task.cancel()
        await asyncio.gather(*self._optional, *self._owed, return_exceptions=True)


class Kit:
    """The server as the client's parts see it. `now` is monotonic, in seconds."""

    def __init__(
        self,
        settings: SwarmSettings,
        rest: Rest,
        health: Health,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        usual: Callable[[GenerationParams], float | None] = lambda order: None,
    ) -> None:
        self.settings = settings
        self.rest = rest
        self.health = health
        self.sleep = sleep
        self.sessions = Sessions(rest, health, sleep)
        health.on_up, health.on_restart = self.sessions.renew, self.cut
        self.chores = Chores()
        self.parting = False  # we stop, the server need not: nothing is interrupted any more
        self.pulse = 0.0  # the loop's time of the last sign of life in any stream of ours
        self.usual = usual  # the seconds that an order like this takes, as far as that is known
        self.steppers: set[str] = set()  # the models that were seen to show their steps
        self.mute = False  # whether all that the server has behind it shows no steps
        self.watches: set[Watch] = set()
        self.sockets: set[ClientConnection] = set()
        self._now = now
        self._interrupted_at = float("-inf")

    def beat(self) -> None:
        """Something happened at the server: it draws, if not for all of us at once."""
        self.pulse = asyncio.get_running_loop().time()

    def cut(self) -> None:
        """The server's process is another one: what streams from the old one will never end.

        Whoever listens hears of a broken connection at once, and looks for what was saved.
        """
        for socket in tuple(self.sockets):
            socket.transport.abort()

    @property
    def interrupted_lately(self) -> bool:
        """Whether an interrupt of ours may be behind a load that failed."""
        return self._now() - self._interrupted_at < AFTERMATH_S

    async def interrupt(self, session: str, *, sure: bool = True) -> None:
        """Stop everything in that session; never raises and never takes long.

        An interrupt that comes before the server's first status frame has no effect; where that
        frame was not seen (`sure` is False) it is repeated.
        """
        self._interrupted_at = self._now()
        body = {"session_id": session}
        try:
            async with asyncio.timeout(INTERRUPT_S):
                await self.rest.call("InterruptAll", body)
                if not sure:
                    await self.sleep(1.0)
                    await self.rest.call("InterruptAll", body)
        except (BackendError, TimeoutError) as error:
            log.info("interrupt failed", error=str(error))
