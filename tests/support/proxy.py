"""A small proxy in front of the SwarmUI stand-in that fails as real ones do.

It plays a Cloudflare tunnel without its computer, nginx with its limits and its pages, a server
with a certificate of its own, a redirect and a time-out. All of it can change while it runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import aiohttp
from aiohttp import web

CERTIFICATE: Final = Path(__file__).resolve().parents[1] / "data/tls/localhost.pem"
"""A key and its self-signed certificate for localhost and 127.0.0.1."""
HOP_HEADERS: Final = frozenset(
    ("connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade")
)
PAGE: Final = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<h1>{0}</h1></body></html>"
TUNNEL_JSON: Final = {
    "title": "Error 1033: Cloudflare Tunnel error",
    "status": 530,
    "error_code": 1033,
    "cloudflare_error": True,
    "retryable": True,
    "retry_after": 120,
}
Answer: TypeAlias = Callable[[web.Request], web.Response | None]


def tunnel_text(_: web.Request) -> web.Response:
    """Answer as a tunnel whose computer is off."""
    return web.Response(status=530, text="error code: 1033")


def tunnel_json(_: web.Request) -> web.Response:
    """Answer as the same tunnel to a client that accepts JSON."""
    return web.json_response(TUNNEL_JSON, status=530)


def page(status: int, title: str) -> Answer:
    """Answer every request by a page, as nginx does."""
    text = PAGE.format(f"{status} {title}")
    return lambda _: web.Response(status=status, text=text, content_type="text/html")


def redirect(target: str, status: int = 301) -> Answer:
    """Send every request to another address; the path is kept."""
    return lambda request: web.Response(
        status=status, headers={"Location": target + request.raw_path}
    )


def only(prefix: str, answer: Answer) -> Answer:
    """Give that answer below this path alone."""
    return lambda request: answer(request) if request.path.startswith(prefix) else None


class Proxy:
    """The proxy. `answer` may answer in the server's place; what it leaves is passed on.

    A body above `body_max` bytes is answered by 413, and an answer that takes longer than
    `answer_s` by 504. Without `upgrades` a WebSocket is refused. `passed` lists what came through.
    Nothing is answered before `hold` is set, if there is one.
    """

    def __init__(self, target: str) -> None:
        self.target, self.base = target, ""
        self.answer: Answer = lambda _: None
        self.upgrades = True
        self.body_max: int | None = None
        self.answer_s: float | None = None
        self.hold: asyncio.Event | None = None
        self.passed: list[str] = []
        self.sockets: set[web.WebSocketResponse] = set()

    @asynccontextmanager
    async def running(self, *, tls: bool = False) -> AsyncIterator[Proxy]:
        """Listen on a free port. With `tls` it has a certificate that nobody knows."""
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        app = web.Application(client_max_size=1 << 28)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, auto_decompress=False)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        self.base = f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as self._client:
            try:
                yield self
            finally:
                await runner.cleanup()

    def cut_sockets(self) -> None:
        """End all WebSockets without a close frame, as a proxy does that is reloaded."""
        for socket in tuple(self.sockets):
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if self.hold is not None:
            await self.hold.wait()
        if (answer := self.answer(request)) is not None:
            return answer
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
        if is_socket and not self.upgrades:
            return web.Response(status=400, text="no upgrades")
        if self.body_max is not None and (request.content_length or 0) > self.body_max:
            return page(413, "Request Entity Too Large")(request) or web.Response()
        self.passed.append(request.path)
        try:
            if is_socket:
                return await self._pass_socket(request)
            async with asyncio.timeout(self.answer_s):
                return await self._pass_request(request)
        except TimeoutError:
            return page(504, "Gateway Time-out")(request) or web.Response()
        except aiohttp.ClientError:
            return page(502, "Bad Gateway")(request) or web.Response()

    def _headers(self, request: web.Request) -> dict[str, str]:
        kept = {k: v for k, v in request.headers.items() if k.lower() not in HOP_HEADERS}
        return {
            **{k: v for k, v in kept.items() if not k.lower().startswith("sec-websocket")},
            "X-Forwarded-For": request.remote or "",
        }

    async def _pass_request(self, request: web.Request) -> web.Response:
        async with self._client.request(
            request.method,
            self.target + request.raw_path,
            data=await request.read(),
            headers=self._headers(request),
            allow_redirects=False,
        ) as answer:
            headers = {k: v for k, v in answer.headers.items() if k.lower() not in HOP_HEADERS}
            return web.Response(status=answer.status, body=await answer.read(), headers=headers)

    async def _pass_socket(self, request: web.Request) -> web.StreamResponse:
        front = web.WebSocketResponse(max_msg_size=1 << 28, timeout=0.1)
        try:
            async with self._client.ws_connect(
                self.target + request.raw_path, headers=self._headers(request), max_msg_size=1 << 28
            ) as back:
                await front.prepare(request)
                self.sockets.add(front)
                pumps = {
                    asyncio.create_task(_pump(front, back)),
                    asyncio.create_task(_pump(back, front)),
                }
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            self.sockets.discard(front)
            if front.prepared:
                with contextlib.suppress(ConnectionError):
                    await front.close()
        return front


async def _pump(source: Any, sink: Any) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await sink.send_bytes(message.data)
