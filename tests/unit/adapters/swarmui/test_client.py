"""The client as a whole: every request of it, its files, and sessions by their id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui import client as client_module
from bot.adapters.swarmui.client import quote_ref
from bot.core.errors import BackendDown, BadPicture, FileRefused, NoPicture, ProtocolError
from tests.support.drawing import ORDER, draw
from tests.support.frames import (
    DRAWING,
    ENDING,
    FrameServer,
    drop,
    image,
    saying,
    status,
)

TOKEN = "626f74.token.secret"


@asynccontextmanager
async def against(
    sleep: Callable[[float], Any] = asyncio.sleep, **settings: Any
) -> AsyncIterator[tuple[FrameServer, SwarmClient]]:
    play = saying(status(DRAWING), image(), *ENDING)
    async with (
        FrameServer(play).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base, **settings), sleep=sleep) as swarm,
    ):
        yield server, swarm


async def test_every_request_carries_the_secrets_and_a_user_agent_and_no_origin() -> None:
    async with against(token=TOKEN, authorization="Bearer xyz") as (server, swarm):
        server.answers["View"] = lambda request: web.Response(body=b"x", content_type="image/png")
        await draw(swarm)
        await swarm.fetch_image("View/local/raw/x.png")
        await swarm.is_session_busy(server.sessions[0])
        assert len(server.headers) >= 4
        for headers in server.headers:
            lower = {key.lower(): value for key, value in headers.items()}
            assert lower["cookie"] == f"swarm_token={TOKEN}"
            assert lower["authorization"] == "Bearer xyz"
            assert lower["user-agent"] == "swarmui-discord-bot"
            assert "origin" not in lower


async def test_the_session_of_a_broken_stream_is_never_given_to_another_job() -> None:
    """Salvage asks for it and stops it by its id, later."""
    async with against() as (server, swarm):
        server.plays = [drop]
        async with swarm.lease_session() as broken:
            with pytest.raises(BackendDown):
                async for _ in broken.generate_images(ORDER, "f/1"):
                    pass
        await asyncio.gather(
            *(task for task in asyncio.all_tasks() if task.get_name() == "watch a session")
        )
        async with swarm.lease_session() as next_one:
            assert next_one.session != broken.session


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        ("View/local/raw/1.png", "View/local/raw/1.png"),
        ("View/local/raw/a red fox, 100%ab.png", "View/local/raw/a%20red%20fox%2C%20100%25ab.png"),
        ("/View/local/raw/füchse #1?.png", "View/local/raw/f%C3%BCchse%20%231%3F.png"),
        ("Output/x.png", "Output/x.png"),
        ("ViewSpecial/Stable-Diffusion/a b", "ViewSpecial/Stable-Diffusion/a%20b"),
        ("View/\ud800.png", "View/%3F.png"),
    ],
)
def test_each_segment_is_quoted_once(ref: str, path: str) -> None:
    assert quote_ref(ref) == path


@pytest.mark.parametrize("ref", ["", "x.png", "View//x", "View/../x", "http://h/View/x", "view/x"])
def test_a_path_that_is_none_of_its_own_is_not_fetched(ref: str) -> None:
    with pytest.raises(ProtocolError):
        quote_ref(ref)


async def test_the_server_gets_the_path_as_it_was_quoted() -> None:
    async with against() as (server, swarm):
        asked: list[str] = []

        def view(request: web.Request) -> web.Response:
            asked.append(request.raw_path)
            return web.Response(body=b"x", content_type="image/png")

        server.answers["View"] = view
        await swarm.fetch_image("View/local/raw/a red fox, 100%ab.png")
        assert asked == ["/View/local/raw/a%20red%20fox%2C%20100%25ab.png"]


async def test_a_broken_fetch_is_tried_three_times_with_pauses() -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with against(sleep=sleep) as (server, swarm):
        tries: list[int] = []

        def view(request: web.Request) -> web.Response:
            tries.append(1)
            if len(tries) < 3:
                return web.Response(status=503, text="busy")
            return web.Response(body=b"picture", content_type="image/png")

        server.answers["View"] = view
        assert await swarm.fetch_image("View/local/raw/x.png") == b"picture"
        assert pauses == [0.5, 2.0]
        server.answers["View"] = lambda request: web.Response(status=503, text="busy")
        with pytest.raises(FileRefused):
            await swarm.fetch_image("View/local/raw/x.png")
        assert swarm.health.down_reason is None, "the API answers: it is the files alone"


async def test_a_missing_file_is_not_asked_for_again() -> None:
    async with against() as (server, swarm):
        tries: list[int] = []

        def view(request: web.Request) -> web.Response:
            tries.append(1)
            gone = {"error": "404, file not found.", "error_id": "file_not_found"}
            return web.json_response(gone, status=404)

        server.answers["View"] = view
        with pytest.raises(NoPicture):
            await swarm.fetch_image("View/local/raw/x.png")
        assert len(tries) == 1


async def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapters.swarmui.http.FILE_MAX", 1000)
    monkeypatch.setattr(client_module, "FILE_MAX", 1000)
    async with against() as (server, swarm):
        server.answers["View"] = lambda request: web.Response(
            body=b"x" * 1001, content_type="image/png"
        )
        with pytest.raises(BadPicture, match="too large"):
            await swarm.fetch_image("View/local/raw/x.png")
        with pytest.raises(BadPicture, match="too large"):
            await swarm.fetch_image("data:image/png;base64," + "A" * 2000)


async def test_busy_by_id() -> None:
    async with against() as (server, swarm):
        server.counters["a"] = DRAWING
        assert await swarm.is_session_busy("a")
        assert not await swarm.is_session_busy("b")
        server.answers["GetCurrentStatus"] = {"error": "x", "error_id": "invalid_session_id"}
        assert not await swarm.is_session_busy("a")


async def test_stop_never_raises() -> None:
    async with against(connect_s=0.2) as (server, swarm):
        await swarm.interrupt_session("abc")
        assert server.interrupts == ["abc"]
        server.answers["InterruptAll"] = lambda body: web.Response(status=502, text="<html>")
        await swarm.interrupt_session("abc")
    async with SwarmClient.open(SwarmSettings(url="http://127.0.0.1:9")) as swarm:
        await swarm.interrupt_session("abc")


async def test_nothing_listens_there() -> None:
    async with SwarmClient.open(SwarmSettings(url="http://127.0.0.1:9")) as swarm:
        with pytest.raises(BackendDown):
            await swarm.catalog.refresh_catalog()
        with pytest.raises(BackendDown):
            async with swarm.lease_session():
                pass
