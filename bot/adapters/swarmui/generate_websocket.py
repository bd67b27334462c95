"""Generation over one WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.generation_monitor import CONNECTION_BROKE_TEXT, GenerationWatch
from bot.adapters.swarmui.protocol import CloseFrame, decode_frame
from bot.adapters.swarmui.websocket import CLOSE_TIMEOUT_S, close_socket_later, open_socket
from bot.core import causes
from bot.core.errors import BackendDown, ProtocolError, SessionForgotten
from bot.core.jobs.progress import RequestEnded, StatusFrame, SwarmEvent


async def stream_over_websocket(
    kit: SwarmContext, session: str, arguments: Mapping[str, Any], watch: GenerationWatch
) -> AsyncGenerator[SwarmEvent, None]:
    """Send the request and stream its events. Leaving early interrupts the session.

    Raises NoWebSocket before the first frame, SessionForgotten, or any BackendError.
    """
    socket = await open_socket(kit.settings)
    over = False
    kit.active_watches.add(watch)
    kit.open_sockets.add(socket)
    try:
        await socket.send(json.dumps({**arguments, "session_id": session}))
        while not over:
            for word in await watch.receive_frame(socket, session):
                over = over or isinstance(word, RequestEnded | CloseFrame)
                if (event := watch.record_event(word)) is not None:
                    yield event
                if isinstance(watch.error, SessionForgotten):
                    over = True
    except ConnectionClosed as error:
        over = True  # and not interrupted: the picture may be finished over there
        if error.rcvd is not None and error.rcvd.code == CloseCode.MESSAGE_TOO_BIG:
            raise causes.TOO_LARGE.build_error(error.rcvd.reason) from error
        if watch.error is None and not watch.is_complete:
            raise BackendDown(CONNECTION_BROKE_TEXT) from error
    finally:
        kit.active_watches.discard(watch)
        kit.open_sockets.discard(socket)
        if not over and not kit.detached:
            work = _interrupt_request(kit, session, socket, seen=watch.status is not None)
            await kit.tasks.run_shielded(work, "interrupt after leaving")
        close_socket_later(kit, socket)
    failed = watch.find_failure()
    if failed is None or watch.discarded:
        yield RequestEnded(tuple(sorted(watch.discarded)))
    if failed is not None:
        raise failed


async def _interrupt_request(
    kit: SwarmContext, session: str, socket: ClientConnection, *, seen: bool
) -> None:
    """Interrupt a request after the server has started it, earlier has no effect."""
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        async with asyncio.timeout(CLOSE_TIMEOUT_S * 2):
            while not seen:
                with contextlib.suppress(ProtocolError):
                    words = decode_frame(await socket.recv())
                    seen = any(isinstance(word, StatusFrame) for word in words)
    await kit.interrupt_session(session, sure=seen)
