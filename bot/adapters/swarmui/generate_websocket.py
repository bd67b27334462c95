"""One request over one WebSocket, from the first message to the last word."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bot.adapters.swarmui.context import Kit
from bot.adapters.swarmui.generation_monitor import DROPPED, Watch
from bot.adapters.swarmui.protocol import Closing, decode
from bot.adapters.swarmui.websocket import HANG_UP_S, hang_up_later, open_socket
from bot.core.errors import BackendDown, ProtocolError, SessionForgotten
from bot.core.jobs.progress import RequestEnded, StatusFrame, SwarmEvent


async def over_websocket(
    kit: Kit, session: str, arguments: Mapping[str, Any], watch: Watch
) -> AsyncGenerator[SwarmEvent, None]:
    """Ask and stream. Left before its end, it interrupts the session.

    Raises NoWebSocket before anything was heard; SessionForgotten; any BackendError.
    """
    socket = await open_socket(kit.settings)
    over = False
    kit.watches.add(watch)
    kit.sockets.add(socket)
    try:
        await socket.send(json.dumps({**arguments, "session_id": session}))
        while not over:
            for word in await watch.hear(socket, session):
                over = over or isinstance(word, RequestEnded | Closing)
                if (event := watch.note(word)) is not None:
                    yield event
                if isinstance(watch.error, SessionForgotten):
                    over = True
    except ConnectionClosed as error:
        over = True  # and not interrupted: the picture may be finished over there
        if watch.error is None and not watch.complete:
            raise BackendDown(DROPPED) from error
    finally:
        kit.watches.discard(watch)
        kit.sockets.discard(socket)
        if not over and not kit.parting:
            work = _abandon(kit, session, socket, seen=watch.status is not None)
            await kit.chores.see_through(work, "interrupt after leaving")
        hang_up_later(kit, socket)
    failed = watch.verdict()
    if failed is None or watch.discarded:
        yield RequestEnded(tuple(sorted(watch.discarded)))
    if failed is not None:
        raise failed


async def _abandon(kit: Kit, session: str, socket: ClientConnection, *, seen: bool) -> None:
    """Interrupt, but not before the server has begun: earlier it would have no effect."""
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        async with asyncio.timeout(HANG_UP_S * 2):
            while not seen:
                with contextlib.suppress(ProtocolError):
                    seen = any(
                        isinstance(word, StatusFrame) for word in decode(await socket.recv())
                    )
    await kit.interrupt(session, sure=seen)
