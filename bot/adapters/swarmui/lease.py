"""A session on loan for one job, and the drawing of one order in it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from bot.adapters.swarmui.context import Kit
from bot.adapters.swarmui.generate_http import over_http
from bot.adapters.swarmui.generate_websocket import over_websocket
from bot.adapters.swarmui.generation_monitor import Watch
from bot.adapters.swarmui.protocol import parameters
from bot.adapters.swarmui.saved_files import found
from bot.adapters.swarmui.sessions import working
from bot.adapters.swarmui.websocket import NoWebSocket, try_again
from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendDown, BackendError, BackendStalled, SessionForgotten
from bot.core.jobs import retry
from bot.core.jobs.progress import SessionRenewed, SwarmEvent


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

    async def generate_images(
        self, order: GenerationParams, folder: str, image: bytes | None = None
    ) -> AsyncGenerator[SwarmEvent, None]:
        """Draw and stream; see the port. Close it with `aclosing`.

        Two failures are mended here, once each, before any picture came: a forgotten session, and
        a model load that an interrupt of our own (in another session) has spoilt. A connection
        that breaks in the middle is not: the generation goes on over there.
        """
        arguments = parameters(order, folder, previews=self._kit.settings.previews)
        if image is not None:
            arguments["initimage"] = _data_url(image)
        tries: Counter[type[BackendError]] = Counter()
        while True:
            watch = Watch(self._kit, order)
            self.free = False
            try:
                async with aclosing(self._ask(arguments, watch, folder)) as events:
                    async for event in events:
                        self.free = watch.free
                        yield event
            except BackendError as error:
                self.free = watch.free
                self.lost = isinstance(error, BackendDown)
                tries[type(error)] += 1
                step = retry.decide_retry(
                    error,
                    tries[type(error)],
                    submitted=True,
                    pictures=watch.pictures,
                    interrupted=self._kit.interrupted_lately,
                )
                if step is not retry.Next.RETRY_NOW:
                    self._kit.health.failed(error)
                    raise
                forgotten = isinstance(error, SessionForgotten)
            else:
                self._kit.health.succeeded(able=True)
                return
            if forgotten:
                self._session = (await self._kit.sessions.fresh()).session
                yield SessionRenewed(self._session)

    async def interrupt_generation(self) -> None:
        """Stop everything in this session; never raises."""
        await self._kit.chores.see_through(self._kit.interrupt(self._session), "interrupt")

    async def _ask(
        self, arguments: Mapping[str, Any], watch: Watch, folder: str
    ) -> AsyncGenerator[SwarmEvent, None]:
        kit, why = self._kit, ""
        if kit.health.websocket_due:
            kit.health.no_websocket("not tried again yet")
            kit.chores.start(try_again(kit), "try the WebSocket", owed=False)
        if kit.health.websocket_ok:
            try:
                async with aclosing(over_websocket(kit, self._session, arguments, watch)) as events:
                    async for event in events:
                        yield event
            except NoWebSocket as error:
                why = str(error)
                if error.submitted:
                    await self._nothing_begun(folder, why)
            else:
                return
        async with aclosing(over_http(kit, self._session, arguments, watch)) as events:
            async for event in events:
                if why:  # the server answers over HTTP, so it is the WebSocket that is missing
                    kit.health.no_websocket(why)
                    why = ""
                yield event

    async def _nothing_begun(self, folder: str, why: str) -> None:
        """The order went into a socket that says nothing. Raises Silent where it was taken."""
        kit = self._kit
        if working(await kit.sessions.status(self._session)) or await found(kit.sessions, folder):
            kit.health.no_websocket(why)
            raise BackendStalled("Nothing comes back through the WebSocket.")


def _data_url(image: bytes) -> str:
    """A picture as SwarmUI takes it in a parameter; it looks at the bytes, not at the type."""
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"
