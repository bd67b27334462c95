"""A small classifier over real sockets: says no to words and to colours, and can be ill."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from PIL import Image


@dataclass
class Judge:
    """What it was asked is kept in `asked`.

    `ill` is "", "slow" (never answers), "garbage", "error" (status 500), "vague" (no verdict),
    "elsewhere" (a redirect) or "piecemeal" (a good answer, byte for byte). Prompts with "wicked"
    are refused, pictures all (`no_pictures`) or the next few (`refuse_first`).
    """

    ill: str = ""
    no_pictures: bool = False
    refuse_first: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The one route."""
        self.tokens.append(request.headers.get("Authorization", ""))
        body = await request.json()
        self.asked.append(body)
        match self.ill:
            case "slow":
                await asyncio.Event().wait()
            case "garbage":
                return web.Response(text="<html>", content_type="text/html")
            case "error":
                return web.json_response({"allowed": True}, status=500)
            case "vague":
                return web.json_response({"allowed": "perhaps"})
            case "elsewhere":
                return web.HTTPFound("http://127.0.0.1:9/")
            case "piecemeal":
                return await _piecemeal(request)
        if body["kind"] == "words":
            return web.json_response({"allowed": "wicked" not in body["prompt"], "label": "x"})
        with Image.open(io.BytesIO(base64.b64decode(body["data"]))) as picture:
            picture.load()  # it is whole
        if self.refuse_first > 0:
            self.refuse_first -= 1
            return web.json_response({"allowed": False, "label": "gore"})
        return web.json_response({"allowed": not self.no_pictures})

    def pictures(self) -> list[dict[str, Any]]:
        """What was asked about pictures."""
        return [one for one in self.asked if one["kind"] == "picture"]

    def told(self) -> str:
        """Everything that it was told, as text."""
        return json.dumps([{**one, "data": ""} for one in self.asked])


async def _piecemeal(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for byte in b'{"allowed": true}':
        await response.write(bytes([byte]))
        for _ in range(5):  # each is read before the next is sent
            await asyncio.sleep(0)
    await response.write_eof()
    return response


@asynccontextmanager
async def judge() -> AsyncIterator[Judge]:
    """A running one; `url` is where it is asked."""
    one = Judge()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/judge", one.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    one.url = f"http://{host}:{port}/judge"
    try:
        yield one
    finally:
        await runner.cleanup()
