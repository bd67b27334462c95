"""A session on loan for one job, and the drawing of one order in it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from bot.adapters.swarmui.fallback import over_http
from bot.adapters.swarmui.kit import Kit
from bot.adapters.swarmui.protocol import parameters
from bot.adapters.swarmui.stream import NoWebSocket, Watch, over_websocket
from bot.core.errors import BackendError, Down, LoadFailed, SessionForgotten
from bot.core.progress import Renewed, SwarmEvent
from bot.core.request import Order


class SwarmLease:
    """Implements the port `Lease`.

    `free` says that the server has ended with the session. `lost` says that the connection broke:
    whoever looks for the pictures afterwards does it by the session's id, so no other job may have
    it.
    """

    def __init__(self, kit: Kit, session: str) -> None:
        self._kit = kit
        self._session = session
        self.free = True
        self.lost = False

    @property
    def session(self) -> str:
        return self._session

    async def draw(self, order: Order, folder: str) -> AsyncGenerator[SwarmEvent, None]:
        """Draw and stream; see the port. Close it with `aclosing`.

        Two failures are mended here, once each, before any picture came: a forgotten session, and
        a model load that an interrupt of our own (in another session) has spoilt. A connection
        that breaks in the middle is not: the generation goes on over there.
        """
        arguments = parameters(order, folder, previews=self._kit.settings.previews)
        mendable: list[type[BackendError]] = [SessionForgotten, LoadFailed]
        while True:
            watch = Watch(self._kit, order.images)
            self.free = False
            try:
                async with aclosing(self._ask(arguments, watch)) as events:
                    async for event in events:
                        self.free = watch.free
                        yield event
            except BackendError as error:
                self.free = watch.free
                self.lost = isinstance(error, Down)
                if watch.any or type(error) not in mendable or not self._worth_it(error):
                    self._kit.health.failed(error)
                    raise
                mendable.remove(type(error))
                forgotten = isinstance(error, SessionForgotten)
            else:
                self._kit.health.succeeded(able=True)
                return
            if forgotten:
                self._session = (await self._kit.sessions.fresh()).session
                yield Renewed(self._session)

    async def interrupt(self) -> None:
        """Stop everything in this session; never raises."""
        await self._kit.chores.see_through(self._kit.interrupt(self._session), "interrupt")

    def _worth_it(self, error: BackendError) -> bool:
        return not isinstance(error, LoadFailed) or self._kit.interrupted_lately

    async def _ask(
        self, arguments: Mapping[str, Any], watch: Watch
    ) -> AsyncGenerator[SwarmEvent, None]:
        why = ""
        if self._kit.health.websocket_ok:
            try:
                streamed = over_websocket(self._kit, self._session, arguments, watch)
                async with aclosing(streamed) as events:
                    async for event in events:
                        yield event
            except NoWebSocket as error:
                why = str(error)
            else:
                return
        async with aclosing(over_http(self._kit, self._session, arguments, watch)) as events:
            async for event in events:
                if why:  # the server answers over HTTP, so it is the WebSocket that is missing
                    self._kit.health.no_websocket(why)
                    why = ""
                yield event
