"""The drawing server as the flow sees it: the port `ImageBackend`, with the catalogue beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote

from bot.adapters.swarmui.catalog import SwarmCatalog
from bot.adapters.swarmui.context import Kit
from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.http import FILE_MOST, Rest
from bot.adapters.swarmui.lease import SwarmLease
from bot.adapters.swarmui.protocol import data_url
from bot.adapters.swarmui.saved_files import erase, found
from bot.adapters.swarmui.sessions import Identity, working
from bot.adapters.swarmui.settings import SwarmSettings
from bot.adapters.swarmui.websocket import detect
from bot.core.drawing.request import GenerationParams
from bot.core.errors import (
    BackendDown,
    BackendError,
    BadPicture,
    ProtocolError,
    SessionForgotten,
)

_OURS: Final = ("View", "Output", "ViewSpecial")


class Swarm:
    """One SwarmUI server. Implements `ImageBackend`; `catalog` implements `Catalog`."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.catalog = SwarmCatalog(kit.sessions)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: SwarmSettings,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        usual: Callable[[GenerationParams], float | None] = lambda order: None,
    ) -> AsyncIterator[Swarm]:
        """The client while the block runs; nothing is asked before it is needed.

        `usual` gives the seconds that an order usually takes, None where that is unknown; a
        generation is given up by it. `now` is a monotonic clock in seconds.
        """
        health = Health(now=now, websocket_again_s=settings.websocket_again_s)
        kit = Kit(settings, Rest(settings), health, now=now, sleep=sleep, usual=usual)
        try:
            yield cls(kit)
        finally:
            await kit.chores.close()
            await kit.rest.close()

    def part(self) -> None:
        """We are about to end: from now on nothing is interrupted, not even by `stop`.

        What is being drawn is finished over there, and found in its folder at the next start.
        """
        self._kit.parting = True

    @property
    def health(self) -> Health:
        return self._kit.health

    @property
    def identity(self) -> Identity | None:
        """Who we are there, the server's version and the id of its process; None before a call."""
        return self._kit.sessions.identity

    def pace_from(self, usual: Callable[[GenerationParams], float | None]) -> None:
        """From now on `usual` says how many seconds an order takes; see `open`."""
        self._kit.usual = usual

    async def detect(self) -> bool:
        """Whether a WebSocket gets through, so that the first picture need not find out.

        Draws nothing. Raises Down or Unauthorised.
        """
        return await detect(self._kit)

    async def identify(self) -> Identity:
        """Who we are there; asks where that is not known yet. Raises a BackendError."""
        return await self._kit.sessions.common()

    async def check(self) -> None:
        """Ask whether the server could draw now; raises a BackendError if not.

        What it says of its backends is believed only where it says that there is none.
        """
        await self._kit.sessions.ready()

    @asynccontextmanager
    async def lease_session(self) -> AsyncIterator[SwarmLease]:
        """A session of one's own; it is back in the pool when the server has ended with it.

        After a broken connection it never is: it still names what may be going on over there.
        """
        kit = self._kit
        lease = SwarmLease(kit, await kit.sessions.take())
        try:
            yield lease
        finally:
            if lease.free and not lease.lost:
                kit.sessions.put_back(lease.session)
            elif not lease.lost:
                kit.chores.start(
                    kit.sessions.put_back_when_free(lease.session), "watch a session", owed=False
                )

    async def fetch_image(self, ref: str) -> bytes:
        """The bytes of a picture. A broken connection is tried three times in all."""
        if ref.startswith("data:"):
            return await _inline(ref)
        path = quoted(ref)
        for pause in (0.5, 2.0):
            try:
                return await self._kit.rest.file(path)
            except BackendDown:
                await self._kit.sleep(pause)
        try:
            return await self._kit.rest.file(path)
        except BackendError as error:
            self._kit.health.failed(error)
            raise

    async def list_saved_images(self, folder: str) -> tuple[str, ...]:
        """The refs saved under `folder`, in order of completion; () if there is none."""
        return await found(self._kit.sessions, folder)

    async def delete_saved_images(self, folder: str) -> int:
        """Delete what is saved in a job's own folder, whatever attempt it is of; how many files."""
        return await erase(self._kit.sessions, folder)

    async def is_session_busy(self, session: str) -> bool:
        """Whether anything of that session is under way. Raises a BackendError when it is down."""
        try:
            return working(await self._kit.sessions.status(session))
        except SessionForgotten:
            return False

    async def interrupt_session(self, session: str) -> None:
        """Interrupt a session by its id; never raises."""
        if not self._kit.parting:
            await self._kit.chores.see_through(self._kit.interrupt(session), "stop")


def quoted(ref: str) -> str:
    """A ref of the server, which it gives unquoted, as a path: each segment quoted once."""
    segments = ref.removeprefix("/").split("/")
    if segments[0] not in _OURS or any(segment in ("", ".", "..") for segment in segments):
        raise ProtocolError("SwarmUI named a picture by a path that is none of its own.")
    return "/".join(quote(segment, safe="", errors="replace") for segment in segments)


async def _inline(ref: str) -> bytes:
    if len(ref) > FILE_MOST * 4 // 3 + 256:
        raise BadPicture("SwarmUI sent a file that is too large.")
    data = await asyncio.to_thread(data_url, ref)
    if not data:
        raise BadPicture
    return data
