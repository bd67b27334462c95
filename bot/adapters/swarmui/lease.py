"""A session on loan for one job, and the drawing of one order in it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.generate_http import stream_over_http
from bot.adapters.swarmui.generate_websocket import stream_over_websocket
from bot.adapters.swarmui.generation_monitor import GenerationWatch
from bot.adapters.swarmui.protocol import build_parameters
from bot.adapters.swarmui.saved_files import list_saved_images
from bot.adapters.swarmui.sessions import is_working
from bot.adapters.swarmui.websocket import NoWebSocket, retry_websocket
from bot.core.drawing.request import GenerationParams
from bot.core.errors import (
    BackendDown,
    BackendError,
    BackendStalled,
    OrderTooLarge,
    SessionForgotten,
)
from bot.core.jobs import retry
from bot.core.jobs.progress import SessionRenewed, SwarmEvent

JPEG_SIGNATURE: Final = b"\xff\xd8\xff"


class SwarmLease:
    """Leased session. Implements the port `Lease`.

    `free` means that the server has finished with the session. `lost` means that the connection
    broke; the images are then found by the session's id, so no other job may get it.
    """

    def __init__(self, kit: SwarmContext, session: str) -> None:
        self._context = kit
        self.session = session
        self.session_free = True
        self.connection_lost = False

    async def generate_images(
        self, order: GenerationParams, folder: str, image: bytes | None = None
    ) -> AsyncGenerator[SwarmEvent, None]:
        """Generate and stream.

        Three failures are retried before any image came (see `decide_retry`): a forgotten session,
        a failed model load and a crash of the backend. A broken connection is not retried, because
        generation continues on the server. An init image that is too large for a proxy is sent once
        more as a smaller JPEG.
        """
        kit = self._context
        arguments = build_parameters(order, folder, previews=kit.settings.previews)
        if image is not None:
            arguments["initimage"] = _encode_image(image)
        tries: Counter[type[BackendError]] = Counter()
        while True:
            watch = GenerationWatch(kit, order)
            self.session_free = False
            try:
                async with aclosing(self._stream_request(arguments, watch, folder)) as events:
                    async for event in events:
                        self.session_free = watch.is_free
                        yield event
            except BackendError as error:
                self.session_free = watch.is_free
                self.connection_lost = isinstance(error, BackendDown)
                tries[type(error)] += 1
                step = retry.decide_retry(
                    error,
                    tries[type(error)],
                    submitted=True,
                    pictures=watch.picture_count,
                    has_progress=watch.has_progress,
                )
                if isinstance(error, OrderTooLarge) and image is not None:
                    side = max(order.width, order.height)
                    arguments["initimage"] = _encode_image(await kit.shrink_image(image, side))
                    image = None
                    continue
                if step is not retry.Next.RETRY_NOW:
                    kit.health.record_failure(error)
                    raise
                forgotten = isinstance(error, SessionForgotten)
            else:
                kit.health.record_success(able=True)
                return
            if forgotten:
                self.session = (await kit.sessions.create_session()).session
                yield SessionRenewed(self.session)

    async def _stream_request(
        self, arguments: Mapping[str, Any], watch: GenerationWatch, folder: str
    ) -> AsyncGenerator[SwarmEvent, None]:
        kit, why = self._context, ""
        if kit.health.websocket_due:
            kit.health.disable_websocket("not tried again yet")
            kit.tasks.start_task(retry_websocket(kit), "try the WebSocket", owed=False)
        if kit.health.websocket_ok:
            try:
                stream = stream_over_websocket(kit, self.session, arguments, watch)
                async with aclosing(stream) as events:
                    async for event in events:
                        yield event
            except NoWebSocket as error:
                why = str(error)
                if error.submitted:
                    await self._check_not_started(folder, why)
            else:
                return
        async with aclosing(stream_over_http(kit, self.session, arguments, watch)) as events:
            async for event in events:
                if why:  # the server answers over HTTP, so it is the WebSocket that is missing
                    kit.health.disable_websocket(why)
                    why = ""
                yield event

    async def _check_not_started(self, folder: str, why: str) -> None:
        """Raise BackendStalled if the order was accepted over a socket that sends nothing."""
        kit = self._context
        status = await kit.sessions.fetch_status(self.session)
        if is_working(status) or await list_saved_images(kit, folder):
            kit.health.disable_websocket(why)
            raise BackendStalled("Nothing comes back through the WebSocket.")


def _encode_image(image: bytes) -> str:
    """Return the data URL of a PNG or JPEG."""
    kind = "jpeg" if image.startswith(JPEG_SIGNATURE) else "png"
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
