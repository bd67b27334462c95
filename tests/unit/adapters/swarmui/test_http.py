"""Plain calls: what an answer means by its keys, its type and its status, and when none comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmSettings
from bot.adapters.swarmui import http as http_module
from bot.adapters.swarmui.http import RestClient, translate_errors
from bot.core.errors import (
    BackendDown,
    BackendError,
    BadPicture,
    LoginRequired,
    NoPicture,
    ProtocolError,
    SessionForgotten,
    WebPage,
)
from tests.support.frames import FORGOTTEN, FrameServer, pause_briefly, serving


@asynccontextmanager
async def asking(**settings: Any) -> AsyncIterator[tuple[FrameServer, RestClient]]:
    async with FrameServer().running() as server:
        rest = RestClient(SwarmSettings(url=server.base, **settings))
        try:
            yield server, rest
        finally:
            await rest.close()


def answering(status: int, text: str, kind: str = "text/plain") -> Callable[[Any], web.Response]:
    return lambda _: web.Response(status=status, text=text, content_type=kind)


async def test_posts_have_a_length_and_are_json() -> None:
    async with serving() as (server, swarm):
        await swarm.is_session_busy("0" * 40)
        (headers,) = server.headers
        assert int(headers["Content-Length"]) > 0
        assert headers["Content-Type"] == "application/json"


async def test_a_page_instead_of_a_picture_is_said_to_be_one() -> None:
    async with serving(sleep=pause_briefly) as (server, swarm):
        server.answers["View"] = lambda request: web.Response(
            text="<html>log in</html>", content_type="text/html"
        )
        with pytest.raises(ProtocolError, match="web page"):
            await swarm.fetch_image("View/local/raw/x.png")


@pytest.mark.parametrize(
    ("status", "text", "kind", "error"),
    [
        (200, "<html>log in</html>", "text/html", WebPage),
        (200, "  <!DOCTYPE html>", "text/plain", WebPage),
        (302, "", "text/plain", WebPage),
        (401, "who are you", "text/plain", LoginRequired),
        (502, "<html>bad gateway</html>", "text/html", BackendDown),
        (503, "", "text/plain", BackendDown),
        (524, "", "text/plain", BackendDown),
        (200, "", "text/plain", ProtocolError),
        (500, "oops", "text/plain", BackendDown),
        (200, "[1, 2]", "application/json", ProtocolError),
        (200, '{"half": ', "application/json", ProtocolError),
    ],
)
async def test_what_is_no_json_object_is_told_apart(
    status: int, text: str, kind: str, error: type[BackendError]
) -> None:
    async with asking() as (server, rest):
        server.answers["GetNewSession"] = answering(status, text, kind)
        with pytest.raises(error) as caught:
            await rest.call_route("GetNewSession", {})
        assert type(caught.value) is error


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_an_answer_counts_by_its_keys_whatever_its_status(status: int) -> None:
    async with asking() as (server, rest):
        server.answers["A"] = answering(status, '{"fine": 1}', "application/json")
        server.answers["B"] = answering(status, json.dumps(FORGOTTEN), "application/json")
        assert await rest.call_route("A", {}) == {"fine": 1}
        with pytest.raises(SessionForgotten):
            await rest.call_route("B", {})


async def test_an_answer_too_long_for_the_loop_is_parsed_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the bound it is parsed at once, above it in a thread."""
    monkeypatch.setattr(http_module, "THREAD_PARSE_MIN", 11)
    async with asking() as (server, rest):
        for text in ('{"k": "12"}', '{"k": "123"}'):
            server.answers["A"] = answering(200, text, "application/json")
            assert await rest.call_route("A", {}) == json.loads(text)


async def test_an_answer_that_does_not_come_in_time_is_down() -> None:
    """The bound of one call counts for more than that of the settings."""
    never = asyncio.Event()

    async def answer(body: dict[str, Any]) -> web.Response:
        await never.wait()
        return web.Response()

    for settings, own in (({"answer_s": 0.05}, None), ({}, 0.05)):
        async with asking(**settings) as (server, rest):
            server.over_http = answer
            with pytest.raises(BackendDown):
                await rest.call_route("GenerateText2Image", {}, answer_s=own)
    never.set()


async def test_redirects_are_not_followed() -> None:
    """The session and the header belong to one server."""
    async with asking(authorization="Bearer xyz") as (server, rest), FrameServer().running() as two:
        elsewhere = {"Location": f"{two.base}/API/GetNewSession"}
        server.answers["GetNewSession"] = lambda body: web.Response(status=302, headers=elsewhere)
        with pytest.raises(ProtocolError):
            await rest.call_route("GetNewSession", {})
        assert two.headers == []


async def test_a_server_that_does_not_listen_is_down() -> None:
    rest = RestClient(SwarmSettings(url="http://127.0.0.1:9"))
    try:
        with pytest.raises(BackendDown):
            await rest.call_route("GetNewSession", {})
    finally:
        await rest.close()


async def test_a_download_is_the_bytes_of_a_picture_and_nothing_else() -> None:
    gone = {"error": "404, file not found.", "error_id": "file_not_found"}
    async with asking() as (server, rest):
        server.answers["View"] = lambda _: web.Response(body=b"pixels", content_type="image/png")
        assert await rest.download_file("View/local/raw/x.png") == b"pixels"
        server.answers["View"] = lambda _: web.json_response(gone, status=404)
        with pytest.raises(NoPicture):
            await rest.download_file("View/local/raw/x.png")
        server.answers["View"] = answering(200, '{"fine": 1}', "application/json")
        with pytest.raises(NoPicture):
            await rest.download_file("View/local/raw/x.png")


async def test_a_download_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "FILE_MAX", 10)
    async with asking() as (server, rest):
        size = 10
        server.answers["View"] = lambda _: web.Response(body=b"x" * size, content_type="image/png")
        assert len(await rest.download_file("View/x.png")) == 10
        size = 11
        with pytest.raises(BadPicture):
            await rest.download_file("View/x.png")


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (TimeoutError(), BackendDown),
        (aiohttp.ServerDisconnectedError(), BackendDown),
        (ConnectionResetError(), BackendDown),
        (aiohttp.InvalidURL("h:x"), ProtocolError),
    ],
)
def test_no_foreign_exception_comes_out(raised: Exception, kind: type[BackendError]) -> None:
    with pytest.raises(kind) as caught, translate_errors("too late"):
        raise raised
    assert caught.value.__cause__ is raised
    assert ("too late" in str(caught.value)) is isinstance(raised, TimeoutError)
