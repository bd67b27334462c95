"""WebSockets of SwarmUI, with their opening, detection and closing.

The server answers a close only after the whole generation. So a socket is closed in the background
within a second and then dropped. Closing a socket does not stop a generation; that takes an
interrupt.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket as socket_module
import ssl
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.http import classify_foreign_answer, classify_tls_error
from bot.adapters.swarmui.protocol import decode_frame
from bot.adapters.swarmui.settings import USER_AGENT, SwarmSettings
from bot.core import causes
from bot.core.errors import BackendError, BotError, ProtocolError

FRAME_MAX: Final = 256 * 1024 * 1024
CLOSE_TIMEOUT_S: Final = 1.0
NO_FRAME_TEXT: Final = "no frame came after the upgrade"
UNKNOWN_SESSION: Final = '{"session_id": "nonsense"}'


class NoWebSocket(BotError):
    """A WebSocket is not available here, but plain HTTP may work.

    `submitted` is True if the order was sent and may have been accepted.
    """

    def __init__(self, why: str, *, submitted: bool = False) -> None:
        super().__init__(why)
        self.submitted = submitted


class _SwarmConnect(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        """Refuse redirects, because session and headers belong to one server."""
        return exc


async def open_socket(settings: SwarmSettings) -> ClientConnection:
    """Open a WebSocket. Raise BackendDown, HostMustAct or NoWebSocket."""
    headers = {k: v for k, v in settings.build_headers().items() if k != "User-Agent"}
    try:
        return await _SwarmConnect(
            settings.build_websocket_url("API/GenerateText2ImageWS"),
            additional_headers=headers,
            user_agent_header=USER_AGENT,
            compression=None,
            proxy=None,
            max_size=FRAME_MAX,
            open_timeout=settings.connect_s,
            close_timeout=CLOSE_TIMEOUT_S,
            # Pings keep the path open and let TCP notice a dead host; older servers do not answer
            # them while they draw, so a missing pong proves nothing.
            ping_interval=30,
            ping_timeout=None,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        if status == 401 or status >= 500:
            has_header = bool(settings.authorization)
            raise classify_foreign_answer(status, "", b"", has_header=has_header) from error
        raise NoWebSocket(f"the upgrade was answered with {status}") from error
    except TimeoutError as error:
        raise NoWebSocket("the upgrade was not answered") from error
    except (InvalidHandshake, InvalidURI) as error:
        raise NoWebSocket(f"the upgrade failed: {type(error).__name__}") from error
    except ssl.SSLError as error:
        raise classify_tls_error(error) from error
    except socket_module.gaierror as error:
        raise causes.UNKNOWN_HOST.build_error() from error
    except OSError as error:
        raise causes.REFUSED.build_error() from error


async def close_socket(socket: ClientConnection) -> None:
    """Close politely for a second at most, then drop the connection."""
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await socket.close()
    finally:
        socket.transport.abort()


def close_socket_later(kit: SwarmContext, socket: ClientConnection) -> None:
    """Close a socket in the background."""
    task = kit.tasks.start_task(close_socket(socket), "hang up", owed=False)
    # A task that is cancelled before its first step never comes to its `finally`.
    task.add_done_callback(lambda _: socket.transport.abort())


async def detect_websocket(kit: SwarmContext) -> bool:
    """Return True if a WebSocket gets through, without generating anything.

    Every release from 0.9.6 on answers an unknown session by one error frame. (0.9.6 closes the
    socket without a frame if no session is named.) Raises BackendDown or HostMustAct, which say
    nothing about the WebSocket.
    """
    try:
        socket = await open_socket(kit.settings)
        try:
            await socket.send(UNKNOWN_SESSION)
            async with asyncio.timeout(kit.settings.first_frame_s):
                decode_frame(await socket.recv())
        except (TimeoutError, ConnectionClosed, ProtocolError) as error:
            raise NoWebSocket(NO_FRAME_TEXT) from error
        finally:
            close_socket_later(kit, socket)
    except NoWebSocket as error:
        kit.health.disable_websocket(str(error))
        return False
    kit.health.enable_websocket()
    return True


async def retry_websocket(kit: SwarmContext) -> None:
    """Detect the WebSocket in the background. If SwarmUI is down, try again later."""
    with contextlib.suppress(BackendError):
        await detect_websocket(kit)
