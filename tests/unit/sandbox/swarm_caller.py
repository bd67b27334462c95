"""A caller of the stand-in for its own tests: plain HTTP and plain frames, no bot."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.sandbox.swarmui import Setup, SwarmStandIn

Json = dict[str, Any]
QUICK = Setup(step_s=0.005, model_load_s=0.01, closing_s=0.02, image_s=0.02)


class Caller:
    def __init__(self, stand_in: SwarmStandIn, http: aiohttp.ClientSession) -> None:
        self.stand_in, self.http = stand_in, http
        self.session = ""

    async def call(self, route: str, **body: Any) -> Json:
        told: Json = await self.raw("POST", f"/API/{route}", {"session_id": self.session} | body)
        return told

    async def raw(self, method: str, path: str, body: Any = None) -> Any:
        async with self.http.request(method, self.stand_in.base + path, json=body) as answer:
            return await answer.json(content_type=None)

    async def fetch(self, path: str, **headers: str) -> tuple[int, bytes]:
        async with self.http.get(f"{self.stand_in.base}/{path}", headers=headers) as answer:
            return answer.status, await answer.read()

    async def script(self, **body: Any) -> Json:
        told: Json = await self.raw("POST", "/sandbox/script", body)
        return told

    async def report(self) -> Json:
        told: Json = await self.raw("GET", "/sandbox/report")
        return told

    async def begin(self, **body: Any) -> aiohttp.ClientWebSocketResponse:
        ws = await self.http.ws_connect(
            self.stand_in.base + "/API/GenerateText2ImageWS", max_msg_size=0
        )
        asked = {"session_id": self.session, "images": 1, "prompt": "a fox", "steps": 4}
        size = {"width": 96, "height": 64, "model": "sd_xl_turbo_1.0_fp16"}
        await ws.send_json(asked | size | body)
        return ws

    async def draw(self, **body: Any) -> list[Any]:
        """All frames until the end; text that is no JSON comes as it is."""
        async with await self.begin(**body) as ws:
            return [frame async for frame in frames(ws)]


async def frames(ws: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Any]:
    async for message in ws:
        if message.type is aiohttp.WSMsgType.TEXT:
            try:
                yield json.loads(message.data)
            except ValueError:
                yield message.data


async def until(ws: aiohttp.ClientWebSocketResponse, wanted: Callable[[Any], bool]) -> Any:
    async for frame in frames(ws):
        if wanted(frame):
            return frame
    raise AssertionError("the stream ended before the frame came")


def having(found: list[Any], key: str) -> list[Any]:
    return [frame[key] for frame in found if isinstance(frame, dict) and key in frame]


@asynccontextmanager
async def caller(setup: Setup = QUICK) -> AsyncIterator[Caller]:
    async with SwarmStandIn(setup) as stand_in, aiohttp.ClientSession() as http:
        one = Caller(stand_in, http)
        if setup.authorization is None:
            one.session = (await one.call("GetNewSession")).get("session_id", "")
        yield one
