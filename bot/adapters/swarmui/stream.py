"""One request over one WebSocket: opening, hearing, watching the silence, hanging up.

The server answers a close only when the whole generation is done, so nobody here waits for that:
a socket is closed behind the caller's back, within a second, and then dropped. And a socket that
is closed stops nothing: that takes an interrupt.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from bot.adapters.swarmui.kit import Kit
from bot.adapters.swarmui.protocol import Closing, Heard, KeepAlive, Trouble, decode
from bot.adapters.swarmui.rest import GATEWAY, LONG
from bot.adapters.swarmui.sessions import working
from bot.adapters.swarmui.settings import USER_AGENT, SwarmSettings
from bot.core.errors import (
    BackendError,
    BotError,
    Down,
    NoPicture,
    ProtocolError,
    SessionForgotten,
    Unauthorised,
)
from bot.core.progress import Ended, ImageReady, Renewed, SwarmEvent, Waiting

FRAME_MOST: Final = 256 * 1024 * 1024
HANG_UP_S: Final = 1.0
# Between the last picture and `discard_indices` lie milliseconds; a server that says neither that
# nor anything else has still done what we asked.
AFTER_LAST_S: Final = 5.0

SILENT: Final = "SwarmUI fell silent in the middle of the picture."
DROPPED: Final = "The connection to the drawing computer broke in the middle of the picture."


class NoWebSocket(BotError):
    """The WebSocket could not be had here; plain HTTP may still work. Stays in this package."""


class _Connect(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow nothing: the session and the header belong to one server."""
        return exc


async def open_socket(settings: SwarmSettings) -> ClientConnection:
    """Raises Down, Unauthorised or NoWebSocket."""
    headers = {k: v for k, v in settings.headers().items() if k != "User-Agent"}
    try:
        return await _Connect(
            settings.websocket("API/GenerateText2ImageWS"),
            additional_headers=headers,
            user_agent_header=USER_AGENT,
            compression=None,
            proxy=None,
            max_size=FRAME_MOST,
            open_timeout=settings.connect_s,
            close_timeout=HANG_UP_S,
            # Pings keep the path open and let TCP notice a dead host; older servers do not answer
            # them while they draw, so a missing pong proves nothing.
            ping_interval=30,
            ping_timeout=None,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        if status == 401:
            raise Unauthorised("The drawing computer wants an Authorization header.") from error
        if status in GATEWAY:
            raise Down from error
        raise NoWebSocket(f"the upgrade was answered with {status}") from error
    except TimeoutError as error:
        raise NoWebSocket("the upgrade was not answered") from error
    except (InvalidHandshake, InvalidURI) as error:
        raise NoWebSocket(f"the upgrade failed: {type(error).__name__}") from error
    except OSError as error:
        raise Down from error


async def hang_up(socket: ClientConnection) -> None:
    """Close politely for a second at most, then drop the connection."""
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANG_UP_S):
                await socket.close()
    finally:
        socket.transport.abort()


def hang_up_later(kit: Kit, socket: ClientConnection) -> None:
    """The same behind the caller's back."""
    task = kit.chores.start(hang_up(socket), "hang up", owed=False)
    # A task that is cancelled before its first step never comes to its `finally`.
    task.add_done_callback(lambda _: socket.transport.abort())


class Watch:
    """What one request has come to: which pictures came, what went wrong, who has been silent."""

    def __init__(self, kit: Kit, wanted: int) -> None:
        self._kit = kit
        self._wanted = wanted
        self._seen: set[int] = set()
        self._garbage = False
        self._started = self._last = asyncio.get_running_loop().time()
        self._listened = False
        self.status: Waiting | None = None
        self.error: BackendError | None = None

    @property
    def complete(self) -> bool:
        """Every picture that was asked for is there."""
        return len(self._seen) == self._wanted

    @property
    def any(self) -> bool:
        """At least one picture is there."""
        return bool(self._seen)

    @property
    def free(self) -> bool:
        """The server's last word was that nothing of this session is under way."""
        return self.status is not None and not working(self.status)

    async def hear(self, socket: ClientConnection) -> tuple[Heard, ...]:
        """The next frame, decoded. Raises ConnectionClosed, NoWebSocket or Down (silence)."""
        while True:
            deadline = self._deadline()
            try:
                async with asyncio.timeout_at(deadline):
                    frame = await socket.recv()
                break
            except TimeoutError as error:
                if self.complete:
                    return (Ended(),)
                if (later := self._deadline()) is None or (deadline and later > deadline):
                    continue  # meanwhile another stream of ours was alive
                if not self._listened:
                    raise NoWebSocket("no frame came after the upgrade") from error
                raise Down(SILENT) from error
        try:
            heard = decode(frame) if len(frame) < LONG else await asyncio.to_thread(decode, frame)
        except ProtocolError:
            # One broken frame is no reason to lose the pictures after it.
            self._garbage = True
            return ()
        self._listened = True
        self._kit.health.websocket_works()
        if any(not isinstance(word, KeepAlive) for word in heard):
            self._last = asyncio.get_running_loop().time()
            self._kit.beat()
        return heard

    def note(self, word: Heard) -> SwarmEvent | None:
        """Take a word in; returns it if it is for the caller.

        Pictures beyond those asked for, intermediates (negative) and doubles are not.
        """
        match word:
            case Waiting():
                self.status = word
                return word
            case ImageReady(index=index):
                if index in self._seen or not 0 <= index < self._wanted:
                    return None
                self._seen.add(index)
                return word
            case Trouble(error=error):
                self.error = self.error or error
                return None
            case KeepAlive() | Closing() | Ended() | Renewed():
                return None
            case _:
                return word if 0 <= word.index < self._wanted else None

    def verdict(self) -> BackendError | None:
        """What the request failed with, now that it is over; None if every picture came.

        Fewer pictures than asked for without an error are an interrupt from elsewhere.
        """
        if self.complete:
            return None
        if self.error is not None:
            return self.error
        if self.any:
            return None
        return ProtocolError() if self._garbage else NoPicture()

    def _deadline(self) -> float | None:
        """When the silence is too long; None while a model is loaded, which may take for ever."""
        settings = self._kit.settings
        if self.complete:
            return self._last + AFTER_LAST_S
        if not self._listened:
            return self._started + settings.first_frame_s
        if self.status is not None and self.status.loading:
            return None
        queued = self.status is not None and self.status.waiting_backends and not self.status.live
        # A picture of ours that is being drawn excuses the one that waits behind it.
        return max(self._last, self._kit.pulse) + (
            settings.queue_s if queued else settings.silence_s
        )


async def over_websocket(
    kit: Kit, session: str, arguments: Mapping[str, Any], watch: Watch
) -> AsyncGenerator[SwarmEvent, None]:
    """Ask and stream. Left before its end, it interrupts the session.

    Raises NoWebSocket before anything was heard; SessionForgotten; any BackendError.
    """
    socket = await open_socket(kit.settings)
    over = False
    try:
        await socket.send(json.dumps({**arguments, "session_id": session}))
        while not over:
            for word in await watch.hear(socket):
                over = over or isinstance(word, Ended | Closing)
                if (event := watch.note(word)) is not None:
                    yield event
                if isinstance(watch.error, SessionForgotten):
                    over = True
    except ConnectionClosed as error:
        over = True
        if watch.error is None and not watch.complete:
            raise Down(DROPPED) from error
    finally:
        if not over and not kit.parting:
            work = _abandon(kit, session, socket, seen=watch.status is not None)
            await kit.chores.see_through(work, "interrupt after leaving")
        hang_up_later(kit, socket)
    if (failed := watch.verdict()) is not None:
        raise failed
    yield Ended()


async def _abandon(kit: Kit, session: str, socket: ClientConnection, *, seen: bool) -> None:
    """Interrupt, but not before the server has begun: earlier it would have no effect."""
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        async with asyncio.timeout(HANG_UP_S * 2):
            while not seen:
                with contextlib.suppress(ProtocolError):
                    seen = any(isinstance(word, Waiting) for word in decode(await socket.recv()))
    await kit.interrupt(session, sure=seen)
