"""What a bare script does for the same pictures: aiohttp, no books, no queue, no cards.

`post`    opens the stream, fetches the PNG, posts it to a channel
`Answering`  the same behind a slash command: the answer, the stream, the PNG, the edit
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.bench.places import Json, Street

WELCOME = {"content": "Got it, starting now."}


class Bare:
    """A script with one SwarmUI session at a time; `wanted` are the parameters of a picture."""

    def __init__(self, http: aiohttp.ClientSession, swarmui: str, wanted: Json) -> None:
        self._http, self._swarmui, self._wanted = http, swarmui, wanted
        self._free: list[str] = []
        self._pictures = 0

    async def picture(self) -> bytes:
        """Open the stream and fetch what it names."""
        session = self._free.pop() if self._free else await self._session()
        self._pictures += 1
        folder = f"raw/bare/day/{self._pictures}/1"
        asked = {**self._wanted, "session_id": session, "overrideoutpathformat": folder}
        ref = await self._stream(asked)
        self._free.append(session)
        async with self._http.get(f"{self._swarmui}/{ref}") as answer:
            return await answer.read()

    async def post(self, street: Street, channel: str) -> float:
        """The whole way; returns when it began."""
        began = time.time()
        url = f"{street.place['api_base']}/channels/{channel}/messages"
        await self.upload(street, "POST", url, await self.picture())
        return began

    async def upload(self, street: Street, method: str, url: str, picture: bytes) -> None:
        """A message with a file."""
        form = aiohttp.FormData()
        message = {"content": "a picture", "attachments": [{"id": 0, "filename": "1.png"}]}
        form.add_field("payload_json", json.dumps(message), content_type="application/json")
        form.add_field("files[0]", picture, filename="1.png", content_type="image/png")
        async with self._http.request(method, url, data=form, headers=_ours(street)) as answer:
            await answer.read()
            answer.raise_for_status()

    async def _session(self) -> str:
        url = f"{self._swarmui}/API/GetNewSession"
        async with self._http.post(url, json={}) as answer:
            return str((await answer.json())["session_id"])

    async def _stream(self, asked: Json) -> str:
        ws = await self._http.ws_connect(
            f"{self._swarmui}/API/GenerateText2ImageWS", max_msg_size=0
        )
        await ws.send_json(asked)
        ref = ""
        async for frame in ws:
            said = json.loads(frame.data)
            if "error" in said:
                raise RuntimeError(said["error"])
            ref = str(said.get("image", ref))
            if "discard_indices" in said:
                break
        # The server answers a close only seconds later: nobody waits for it.
        _let_go(ws)
        return ref


_leaving: set[asyncio.Task[bool]] = set()


def _let_go(ws: aiohttp.ClientWebSocketResponse) -> None:
    task = asyncio.create_task(ws.close())
    _leaving.add(task)
    task.add_done_callback(_leaving.discard)


def _ours(street: Street) -> dict[str, str]:
    return {"Authorization": f"Bot {street.place['token']}"}


@asynccontextmanager
async def answering(http: aiohttp.ClientSession, street: Street, bare: Bare) -> AsyncIterator[None]:
    """A bare bot that answers `/imagine`: a card, the stream, the PNG, the edit of the card."""
    api, application = street.place["api_base"], street.world["application_id"]
    option = {"type": 3, "name": "prompt", "description": "words", "required": True}
    command = {"name": "imagine", "description": "draw", "options": [option]}
    url = f"{api}/applications/{application}/commands"
    async with http.put(url, json=[command], headers=_ours(street)) as answer:
        answer.raise_for_status()

    async def answer_one(asked: Json) -> None:
        back = f"{api}/interactions/{asked['id']}/{asked['token']}/callback"
        async with http.post(back, json={"type": 4, "data": WELCOME}) as taken:
            taken.raise_for_status()
        original = f"{api}/webhooks/{application}/{asked['token']}/messages/@original"
        await bare.upload(street, "PATCH", original, await bare.picture())

    connected = asyncio.Event()
    gateway = asyncio.create_task(_gateway(http, street, answer_one, connected))
    try:
        await connected.wait()
        yield
    finally:
        gateway.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gateway


async def _gateway(
    http: aiohttp.ClientSession, street: Street, answer_one: Any, connected: asyncio.Event
) -> None:
    async with (
        asyncio.TaskGroup() as tasks,
        http.ws_connect(street.place["gateway_url"], max_msg_size=0) as ws,
    ):
        async for frame in ws:
            said = json.loads(frame.data)
            if said["op"] == 10:
                properties = {"os": "linux", "browser": "bare", "device": "bare"}
                identify = {"token": street.place["token"], "intents": 1, "properties": properties}
                await ws.send_json({"op": 2, "d": identify})
                tasks.create_task(_beat(ws))
            elif said.get("t") == "READY":
                connected.set()
            elif said.get("t") == "INTERACTION_CREATE":
                tasks.create_task(answer_one(said["d"]))


async def _beat(ws: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        await asyncio.sleep(30)
        await ws.send_json({"op": 1, "d": None})
