"""The WebSocket side: one request after another on a socket, and a close that takes its time.

A client's close is answered only when the server is done with everything it was asked for, two
seconds after the last `socket_intention`. A client that vanishes changes nothing for the work.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiohttp import WSMsgType, web

from bot.sandbox.swarmui import envelope
from bot.sandbox.swarmui.accounts import Session
from bot.sandbox.swarmui.errors import Envelope, InternalFault, Refused
from bot.sandbox.swarmui.frames import Frame
from bot.sandbox.swarmui.params import as_text
from bot.sandbox.swarmui.routes import (
    ROUTES,
    WS_ROUTES,
    Asked,
    find_model,
    load_model,
    loading,
)
from bot.sandbox.swarmui.script import has_tag
from bot.sandbox.swarmui.state import State
from bot.sandbox.swarmui.work import Call

FIRST_MESSAGE_S: Final = 60.0
CLOSE_S: Final = 60.0
PONG_EVERY_S: Final = 30.0


class Socket:
    """Sends in order and never makes the sender wait; what cannot be sent any more is dropped."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws, self._request = ws, request
        self._out: asyncio.Queue[str | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write(), name="socket writer")
        self._pongs = asyncio.create_task(self._pong(), name="socket pongs")

    def emit(self, frame: Frame) -> None:
        self._out.put_nowait(envelope.dense(frame))

    def raw(self, text: str) -> None:
        self._out.put_nowait(text)

    def drop(self) -> None:
        """Cut the TCP connection, without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _write(self) -> None:
        while (text := await self._out.get()) is not None:
            try:
                await self.ws.send_str(text)
            except (ConnectionError, RuntimeError):
                continue

    async def _pong(self) -> None:
        while True:
            await asyncio.sleep(PONG_EVERY_S)
            try:
                await self.ws.pong()
            except (ConnectionError, RuntimeError):
                return

    async def finish(self) -> None:
        """Send what is left, close with 1000 and wait for the other side's close."""
        self._out.put_nowait(None)
        await self._writer
        self._pongs.cancel()
        await self.ws.close(code=1000)

    def abandon(self) -> None:
        self._writer.cancel()
        self._pongs.cancel()


async def over_websocket(state: State, request: web.Request, name: str) -> web.WebSocketResponse:
    ws = web.WebSocketResponse(
        autoclose=False, timeout=CLOSE_S, max_msg_size=envelope.MOST_BYTES, compress=False
    )
    await ws.prepare(request)
    socket = Socket(ws, request)
    try:
        try:
            await _converse(state, request, socket, name.lower())
        except Envelope as wrong:
            socket.emit(wrong.body)
        except Refused as refusal:
            socket.emit(refusal.body)
        except InternalFault:
            socket.emit(envelope.INTERNAL)
        await socket.finish()
    finally:
        socket.abandon()
    return ws


async def _converse(state: State, request: web.Request, socket: Socket, name: str) -> None:
    text = await _first_text(socket.ws)
    root = envelope.parsed(text)
    headers = envelope.headers_of(request)
    if has_tag(root):
        state.report.requests_with_tag += 1
    envelope.with_faults(state, name)
    session = envelope.session_of(state, root, headers)
    if name not in WS_ROUTES:
        if name in ROUTES:
            raise Envelope(400, "bad_request_method", "API route needs HTTP, request is websocket")
        raise Envelope(400, "bad_route", "Unknown API route.")
    envelope.allowed(session, WS_ROUTES[name])
    asked = Asked(state, session, root, None, headers, envelope.peer_of(request))
    if name == "selectmodelws":
        await _select(asked, socket)
    else:
        await Conversation(state, session, socket).run(asked)


async def _first_text(ws: web.WebSocketResponse) -> str:
    try:
        message = await ws.receive(timeout=FIRST_MESSAGE_S)
    except TimeoutError:
        raise InternalFault("no message came") from None
    if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
        raise InternalFault("closed before a message came")
    return message.data if isinstance(message.data, str) else message.data.decode(errors="replace")


async def _select(asked: Asked, socket: Socket) -> None:
    name = asked.text("model")
    try:
        one = find_model(asked, name)
        with loading(asked.who, len(asked.state.backends.all)):
            socket.emit(asked.state.engine.status(asked.who.counters()))
            socket.emit(await load_model(asked, one, None))
    except Refused as refusal:
        socket.emit(refusal.body)
    socket.emit(asked.state.engine.status(asked.who.counters()))


def _batch(root: dict[str, Any]) -> int:
    told = as_text(root.get("batchsize", 1))
    return int(told) if told.isdigit() else 1


class Conversation:
    """All the requests of one socket; picture numbers go on counting over them."""

    def __init__(self, state: State, session: Session, socket: Socket) -> None:
        self._state, self._session, self._socket = state, session, socket
        self._asked_images = 0
        self._running: set[asyncio.Task[None]] = set()
        self._new = False

    async def run(self, first: Asked) -> None:
        images = first.whole("images")
        self._begin(images, first.root)
        reader = asyncio.create_task(self._read(), name="socket reader")
        script = self._state.script
        try:
            while True:
                while self._running:
                    # A further request may join them at any moment: take out only what is done.
                    done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                    self._running -= done
                self._new = False
                self._socket.emit({"socket_intention": "close"})
                await asyncio.sleep(script.closing_s)
                if not self._new:
                    break
            self._socket.emit(self._state.engine.status(self._session.counters()))
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    def _begin(self, images: int, root: dict[str, Any]) -> None:
        call = Call(
            self._session,
            images,
            root,
            self._socket.emit,
            self._socket.raw,
            self._socket.drop,
            offset=self._asked_images,
            fault=self._state.script.next_fault(),
        )
        self._asked_images += images * _batch(root)
        self._new = True
        self._running.add(self._state.start(call))

    async def _read(self) -> None:
        """Further requests; a bad one ends the reading, not the socket.

        One without `images` counts for none and makes one picture all the same.
        """
        while True:
            message = await self._socket.ws.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            try:
                root = envelope.parsed(message.data)
                asked = Asked(self._state, self._session, root, None, {}, "")
                images = asked.whole("images", 0)
            except (InternalFault, Refused):
                return
            if has_tag(root):
                self._state.report.requests_with_tag += 1
            self._begin(images, root)
