"""Sessions, files and plain calls."""

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
from bot.core.errors import BackendDown, BadPicture, LoginRequired, NoPicture, ProtocolError
from tests.support.drawing import ORDER, draw
from tests.support.frames import (
    DRAWING,
    ENDING,
    FREE,
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


async def test_posts_have_a_length_and_are_json() -> None:
    async with against() as (server, swarm):
        await swarm.is_session_busy("0" * 40)
        (headers,) = server.headers
        assert int(headers["Content-Length"]) > 0
        assert headers["Content-Type"] == "application/json"


def test_secrets_are_not_in_the_repr_nor_in_the_shown_address() -> None:
    settings = SwarmSettings(
        url="http://ada:hunter2@swarm:7801/", token=TOKEN, authorization="Bearer xyz"
    )
    assert TOKEN not in repr(settings)
    assert "xyz" not in repr(settings)
    assert settings.display_url == "http://swarm:7801"


@pytest.mark.parametrize(
    ("url", "http", "ws"),
    [
        ("http://h:7801", "http://h:7801/API/X", "ws://h:7801/API/X"),
        ("http://h:7801/", "http://h:7801/API/X", "ws://h:7801/API/X"),
        ("https://h/swarm/", "https://h/swarm/API/X", "wss://h/swarm/API/X"),
    ],
)
def test_addresses(url: str, http: str, ws: str) -> None:
    settings = SwarmSettings(url=url)
    assert str(settings.build_http_url("API/X")) == http
    assert settings.build_websocket_url("API/X") == ws


async def test_a_session_is_used_again_only_when_the_server_has_ended_with_it() -> None:
    async with against(sleep=_soon) as (server, swarm):
        ended = asyncio.Event()
        looked = asyncio.Event()

        def counters(body: dict[str, Any]) -> web.Response:
            looked.set()
            return web.json_response(status(FREE if ended.is_set() else DRAWING))

        server.answers["GetCurrentStatus"] = counters
        # The last status that this stream saw says that something is under way.
        server.plays = [saying(status(DRAWING), image(), {"discard_indices": []})]
        async with swarm.lease_session() as first:
            async for _ in first.generate_images(ORDER, "f/1"):
                pass
        await looked.wait()
        async with swarm.lease_session() as second:
            assert second.session != first.session
        ended.set()
        await asyncio.gather(
            *(task for task in asyncio.all_tasks() if task.get_name() == "watch a session")
        )
        async with swarm.lease_session() as third, swarm.lease_session() as fourth:
            assert {third.session, fourth.session} == {first.session, second.session}


async def _soon(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


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


async def test_two_leases_never_share_a_session() -> None:
    async with against() as (_, swarm), swarm.lease_session() as one, swarm.lease_session() as two:
        assert one.session != two.session


async def test_a_session_that_was_only_lent_goes_straight_back() -> None:
    async with against() as (server, swarm):
        async with swarm.lease_session() as one:
            pass
        async with swarm.lease_session() as two:
            assert one.session == two.session
        assert len(server.sessions) == 1


async def test_no_session_is_no_swarmui() -> None:
    async with against() as (server, swarm):
        server.answers["GetNewSession"] = {"hello": "world"}
        with pytest.raises(ProtocolError):
            async with swarm.lease_session():
                pass
        server.answers["GetNewSession"] = {"error": "Invalid or unauthorized."}
        with pytest.raises(LoginRequired):
            async with swarm.lease_session():
                pass


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
        with pytest.raises(BackendDown):
            await swarm.fetch_image("View/local/raw/x.png")
        assert not swarm.health.is_up


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


async def test_a_page_instead_of_a_picture_is_said_to_be_one() -> None:
    async with against() as (server, swarm):
        server.answers["View"] = lambda request: web.Response(
            text="<html>log in</html>", content_type="text/html"
        )
        with pytest.raises(ProtocolError, match="web page"):
            await swarm.fetch_image("View/local/raw/x.png")


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


async def test_found_counts_in_order_and_takes_only_this_attempt() -> None:
    async with against() as (server, swarm):
        names = ["1-10.png", "1-2.png", "1.jpg", "10.png", "11.png", "1-x.png", "1.txt", "2.png"]
        asked: list[dict[str, Any]] = []

        def listing(body: dict[str, Any]) -> web.Response:
            asked.append(body)
            files = [{"src": name, "metadata": "{}"} for name in names]
            return web.json_response({"folders": [], "files": [*files, {"src": 7}, "x"]})

        server.answers["ListImages"] = listing
        root = "View/local/raw/swarmbot/d/job/"
        assert await swarm.list_saved_images("swarmbot/d/job/1") == tuple(
            root + name for name in ("1.jpg", "1-2.png", "1-10.png")
        )
        assert asked[0]["path"] == "raw/swarmbot/d/job"
        assert asked[0]["depth"] == 1
        names[:] = ["raw/swarmbot/d/job/1.png"]
        assert await swarm.list_saved_images("swarmbot/d/job/1") == (root + "1.png",)


@pytest.mark.parametrize(
    "answer", [{"error": "404, path not found."}, {"folders": [], "files": []}, {"files": None}]
)
async def test_found_nothing(answer: dict[str, Any]) -> None:
    async with against() as (server, swarm):
        server.answers["ListImages"] = answer
        assert await swarm.list_saved_images("swarmbot/d/job/1") == ()


async def test_found_does_not_mistake_an_outage_for_nothing() -> None:
    async with against() as (server, swarm):
        server.answers["ListImages"] = lambda body: web.Response(status=502, text="<html>")
        with pytest.raises(BackendDown):
            await swarm.list_saved_images("swarmbot/d/job/1")


async def test_a_refused_right_is_not_an_outage() -> None:
    async with against() as (server, swarm):
        server.answers["ListImages"] = {
            "error_id": "bad_permissions",
            "error": "You lack permissions for this route.",
        }
        with pytest.raises(LoginRequired):
            await swarm.list_saved_images("swarmbot/d/job/1")
        assert swarm.health.is_up


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


async def test_an_answer_that_does_not_come_in_time_is_down() -> None:
    never = asyncio.Event()

    async def answer(body: dict[str, Any]) -> web.Response:
        await never.wait()
        return web.Response()

    async with against(answer_s=0.05) as (server, swarm):
        server.over_http = answer
        with pytest.raises(BackendDown, match="in time"):
            await swarm._context.rest.call_route("GenerateText2Image", {})
        never.set()


async def test_redirects_are_not_followed() -> None:
    async with against() as (server, swarm):
        server.answers["GetNewSession"] = lambda body: web.Response(
            status=302, headers={"Location": "http://127.0.0.1:9/"}
        )
        with pytest.raises(ProtocolError):
            await swarm.catalog.refresh_catalog()


@pytest.mark.parametrize("said", ["empty", "all_disabled", "idle"])
async def test_a_server_without_a_backend_is_not_ready(said: str) -> None:
    async with against() as (server, swarm):
        server.answers["GetCurrentStatus"] = {"status": FREE, "backend_status": {"status": said}}
        with pytest.raises(BackendDown, match="backend"):
            await swarm.check_backend()
        server.answers["GetCurrentStatus"] = status(FREE)
        await swarm.check_backend()
