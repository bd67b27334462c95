"""SwarmUI client with the port `ImageBackend` and the catalog."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote

from bot.adapters.swarmui.catalog import SwarmCatalog
from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.http import FILE_MAX, RestClient
from bot.adapters.swarmui.lease import SwarmLease
from bot.adapters.swarmui.protocol import decode_data_url
from bot.adapters.swarmui.saved_files import (
    delete_image,
    delete_saved_images,
    find_own_path,
    has_image,
    list_saved_images,
)
from bot.adapters.swarmui.sessions import SwarmIdentity, is_working
from bot.adapters.swarmui.settings import SwarmSettings
from bot.adapters.swarmui.websocket import detect_websocket
from bot.core import causes
from bot.core.errors import (
    BackendDown,
    BadPicture,
    HostMustAct,
    NoPicture,
    NotAllowed,
    ProtocolError,
    SessionForgotten,
)

_SERVED_FOLDERS: Final = ("View", "Output", "ViewSpecial")


class SwarmClient:
    """One SwarmUI server. Implements `ImageBackend`. `catalog` implements `Catalog`."""

    def __init__(self, kit: SwarmContext) -> None:
        self._context, self.settings = kit, kit.settings
        self.health = kit.health
        self.catalog = SwarmCatalog(kit.sessions)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: SwarmSettings,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> AsyncIterator[SwarmClient]:
        """Open the client for a block. Nothing is requested before it is needed.

        `now` is a monotonic clock in seconds.
        """
        health = Health(now=now, websocket_again_s=settings.websocket_again_s)
        rest = RestClient(settings)
        kit = SwarmContext(settings, rest, health, sleep=sleep)
        try:
            yield cls(kit)
        finally:
            await kit.tasks.finish_tasks()
            await kit.rest.close()

    def detach_streams(self) -> None:
        """Stop all interrupts before a shutdown, also those of `stop`.

        SwarmUI finishes what it generates, and the next start finds it in its folder.
        """
        self._context.detached = True

    def set_image_shrinker(self, shrink: Callable[[bytes, int], Awaitable[bytes]]) -> None:
        """Set the function that makes a smaller JPEG of an image, by its longest side in pixels."""
        self._context.shrink_image = shrink

    async def detect_websocket(self) -> bool:
        """Return True if a WebSocket gets through, so that the first image need not find out.

        Generates nothing. Raises BackendDown or HostMustAct.
        """
        return await detect_websocket(self._context)

    async def fetch_identity(self) -> SwarmIdentity:
        """Return the account's identity, asking if unknown. Raise a BackendError."""
        return await self._context.sessions.get_common_session()

    async def ask_server(
        self, route: str, body: Mapping[str, Any], *, session: str = ""
    ) -> dict[str, Any]:
        """Ask anything, in the common session if none is given. For checks."""
        if session:
            return await self._context.rest.call_route(route, {**body, "session_id": session})
        return await self._context.sessions.query_server(route, body)

    async def check_backend(self) -> None:
        """Raise a BackendError if the server cannot generate now.

        The server's own report counts only where it says that there is no backend.
        """
        await self._context.sessions.require_backend()

    @asynccontextmanager
    async def lease_session(self) -> AsyncIterator[SwarmLease]:
        # After a broken connection it does not return, because generation may continue in it.
        kit = self._context
        lease = SwarmLease(kit, await kit.sessions.take_session())
        try:
            yield lease
        finally:
            if lease.session_free and not lease.connection_lost:
                kit.sessions.return_session(lease.session)
            elif not lease.connection_lost:
                work = kit.sessions.return_when_free(lease.session)
                kit.tasks.start_task(work, "watch a session", owed=False)

    async def fetch_image(self, ref: str) -> bytes:
        """Download an image, with three tries in total on broken connections.

        Raises NotAllowed if it may be there, below another account's folder.
        """
        if ref.startswith("data:"):
            return await _decode_inline(ref)
        try:
            return await self._download_file(quote_ref(ref))
        except NoPicture as error:
            identity = self._context.sessions.identity
            if identity is not None and find_own_path(identity, ref) is None:
                raise NotAllowed from error
            raise

    async def _download_file(self, path: str) -> bytes:
        kit = self._context
        for pause in (0.5, 2.0):
            try:
                return await kit.rest.download_file(path)
            except BackendDown:
                await kit.sleep(pause)
        try:
            return await kit.rest.download_file(path)
        except (BackendDown, HostMustAct) as error:
            await self.verify_login()
            raise causes.FILE_REFUSED.build_error(error.detail or error.report) from error

    async def verify_login(self) -> None:
        await self._context.sessions.renew_common_session()

    async def list_saved_images(self, path: str) -> tuple[str, ...]:
        return await list_saved_images(self._context, path)

    async def has_image(self, ref: str) -> bool:
        return await has_image(self._context, ref)

    async def delete_image(self, ref: str) -> bool:
        return await delete_image(self._context, ref)

    async def delete_saved_images(self, path: str) -> int:
        return await delete_saved_images(self._context, path)

    async def is_session_busy(self, session: str) -> bool:
        try:
            return is_working(await self._context.sessions.fetch_status(session))
        except SessionForgotten:
            return False

    async def fetch_backend_status(self) -> str:
        return await self._context.sessions.fetch_backend_status()

    async def interrupt_session(self, session: str) -> None:
        if not self._context.detached:
            await self._context.tasks.run_shielded(self._context.interrupt_session(session), "stop")


def quote_ref(ref: str) -> str:
    """Quote each segment of an unquoted ref once, for use as a path."""
    segments = ref.removeprefix("/").split("/")
    if segments[0] not in _SERVED_FOLDERS or not {"", ".", ".."}.isdisjoint(segments):
        raise ProtocolError("The image server named a picture outside its own folders.")
    return "/".join(quote(segment, safe="", errors="replace") for segment in segments)


async def _decode_inline(ref: str) -> bytes:
    if len(ref) > FILE_MAX * 4 // 3 + 256:
        raise BadPicture("The image server sent a file that is too large.")
    data = await asyncio.to_thread(decode_data_url, ref)
    if not data:
        raise BadPicture
    return data
