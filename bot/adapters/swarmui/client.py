"""The drawing server as the flow sees it: the port `ImageBackend`, with the catalogue beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote

from bot.adapters.swarmui.catalog import SwarmCatalog
from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.http import FILE_MAX, RestClient
from bot.adapters.swarmui.lease import SwarmLease
from bot.adapters.swarmui.protocol import decode_data_url
from bot.adapters.swarmui.saved_files import delete_saved_images, list_saved_images
from bot.adapters.swarmui.sessions import SwarmIdentity, is_working
from bot.adapters.swarmui.settings import SwarmSettings
from bot.adapters.swarmui.websocket import detect_websocket
from bot.core.drawing.request import GenerationParams
from bot.core.errors import (
    BackendDown,
    BackendError,
    BadPicture,
    ProtocolError,
    SessionForgotten,
)

_SERVED_FOLDERS: Final = ("View", "Output", "ViewSpecial")


class SwarmClient:
    """One SwarmUI server. Implements `ImageBackend`; `catalog` implements `Catalog`."""

    def __init__(self, kit: SwarmContext) -> None:
        self._context = kit
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
    ) -> AsyncIterator[SwarmClient]:
        """The client while the block runs; nothing is asked before it is needed.

        `usual` gives the seconds that an order usually takes, None where that is unknown; a
        generation is given up by it. `now` is a monotonic clock in seconds.
        """
        health = Health(now=now, websocket_again_s=settings.websocket_again_s)
        kit = SwarmContext(
            settings, RestClient(settings), health, now=now, sleep=sleep, usual=usual
        )
        try:
            yield cls(kit)
        finally:
            await kit.tasks.finish_tasks()
            await kit.rest.close()

    def detach_streams(self) -> None:
        """We are about to end: from now on nothing is interrupted, not even by `stop`.

        What is being drawn is finished over there, and found in its folder at the next start.
        """
        self._context.detached = True

    @property
    def health(self) -> Health:
        return self._context.health

    @property
    def identity(self) -> SwarmIdentity | None:
        """Who we are there, the server's version and the id of its process; None before a call."""
        return self._context.sessions.identity

    def set_duration_estimate(self, usual: Callable[[GenerationParams], float | None]) -> None:
        """From now on `usual` says how many seconds an order takes; see `open`."""
        self._context.usual_duration = usual

    async def detect_websocket(self) -> bool:
        """Whether a WebSocket gets through, so that the first picture need not find out.

        Draws nothing. Raises Down or Unauthorised.
        """
        return await detect_websocket(self._context)

    async def fetch_identity(self) -> SwarmIdentity:
        """Who we are there; asks where that is not known yet. Raises a BackendError."""
        return await self._context.sessions.get_common_session()

    async def check_backend(self) -> None:
        """Ask whether the server could draw now; raises a BackendError if not.

        What it says of its backends is believed only where it says that there is none.
        """
        await self._context.sessions.require_backend()

    @asynccontextmanager
    async def lease_session(self) -> AsyncIterator[SwarmLease]:
        """A session of one's own; it is back in the pool when the server has ended with it.

        After a broken connection it never is: it still names what may be going on over there.
        """
        kit = self._context
        lease = SwarmLease(kit, await kit.sessions.take_session())
        try:
            yield lease
        finally:
            if lease.session_free and not lease.connection_lost:
                kit.sessions.return_session(lease.session)
            elif not lease.connection_lost:
                kit.tasks.start_task(
                    kit.sessions.return_when_free(lease.session), "watch a session", owed=False
                )

    async def fetch_image(self, ref: str) -> bytes:
        """The bytes of a picture. A broken connection is tried three times in all."""
        if ref.startswith("data:"):
            return await _decode_inline(ref)
        path = quote_ref(ref)
        for pause in (0.5, 2.0):
            try:
                return await self._context.rest.download_file(path)
            except BackendDown:
                await self._context.sleep(pause)
        try:
            return await self._context.rest.download_file(path)
        except BackendError as error:
            self._context.health.record_failure(error)
            raise

    async def list_saved_images(self, folder: str) -> tuple[str, ...]:
        """The refs saved under `folder`, in order of completion; () if there is none."""
        return await list_saved_images(self._context.sessions, folder)

    async def delete_saved_images(self, folder: str) -> int:
        """Delete what is saved in a job's own folder, whatever attempt it is of; how many files."""
        return await delete_saved_images(self._context.sessions, folder)

    async def is_session_busy(self, session: str) -> bool:
        """Whether anything of that session is under way. Raises a BackendError when it is down."""
        try:
            return is_working(await self._context.sessions.fetch_status(session))
        except SessionForgotten:
            return False

    async def interrupt_session(self, session: str) -> None:
        """Interrupt a session by its id; never raises."""
        if not self._context.detached:
            await self._context.tasks.run_shielded(self._context.interrupt_session(session), "stop")


def quote_ref(ref: str) -> str:
    """A ref of the server, which it gives unquoted, as a path: each segment quoted once."""
    segments = ref.removeprefix("/").split("/")
    if segments[0] not in _SERVED_FOLDERS or any(
        segment in ("", ".", "..") for segment in segments
    ):
        raise ProtocolError("SwarmUI named a picture by a path that is none of its own.")
    return "/".join(quote(segment, safe="", errors="replace") for segment in segments)


async def _decode_inline(ref: str) -> bytes:
    if len(ref) > FILE_MAX * 4 // 3 + 256:
        raise BadPicture("SwarmUI sent a file that is too large.")
    data = await asyncio.to_thread(decode_data_url, ref)
    if not data:
        raise BadPicture
    return data
