"""Plain calls: what an answer means by its keys, its type and its status, and when none comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.adapters.swarmui import SwarmSettings
from bot.adapters.swarmui import http as http_module
from bot.adapters.swarmui.http import (
    ANSWER_KEYS,
    RestClient,
    classify_foreign_answer,
    describe_target,
    translate_errors,
)
from bot.core.errors import (
    BackendDown,
    BackendError,
    BadPicture,
    FileRefused,
    HostMustAct,
    LoginRequired,
    NoPicture,
    NotSwarmUI,
    OrderTooLarge,
    ProtocolError,
    SessionForgotten,
    WebPage,
)
from tests.support.frames import FORGOTTEN, FrameServer, pause_briefly, serving
from tests.support.proxy import TUNNEL_JSON


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
        with pytest.raises(FileRefused) as caught:
            await swarm.fetch_image("View/local/raw/x.png")
        assert isinstance(caught.value.__cause__, WebPage)


@pytest.mark.parametrize(
    ("status", "text", "kind", "error"),
    [
        (200, "<html>log in</html>", "text/html", WebPage),
        (200, "  <!DOCTYPE html>", "text/plain", WebPage),
        (302, "", "text/plain", NotSwarmUI),
        (403, "blocked", "text/plain", NotSwarmUI),
        (413, "<html>413</html>", "text/html", OrderTooLarge),
        (401, '{"message": "who are you"}', "application/json", LoginRequired),
        (400, "The plain HTTP request was sent to HTTPS port", "text/html", HostMustAct),
        (401, "who are you", "text/plain", LoginRequired),
        (502, "<html>bad gateway</html>", "text/html", BackendDown),
        (503, "", "text/plain", BackendDown),
        (524, "", "text/plain", BackendDown),
        (530, "error code: 1033", "text/plain", BackendDown),
        (530, json.dumps(TUNNEL_JSON), "application/json", BackendDown),
        (502, '{"error": "upstream"}', "application/json", BackendDown),
        (404, '{"error": "no route"}', "application/json", NotSwarmUI),
        (200, '{"title": "hello"}', "application/json", NotSwarmUI),
        (200, "", "text/plain", NotSwarmUI),
        (500, "oops", "text/plain", BackendDown),
        (200, "[1, 2]", "application/json", NotSwarmUI),
        (200, '{"half": ', "application/json", NotSwarmUI),
    ],
)
async def test_an_answer_of_another_program_is_told_apart(
    status: int, text: str, kind: str, error: type[BackendError]
) -> None:
    async with asking() as (server, rest):
        server.answers["GetNewSession"] = answering(status, text, kind)
        with pytest.raises(error) as caught:
            await rest.call_route("GetNewSession", {})
        assert type(caught.value) is error


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
async def test_swarmuis_own_error_counts_by_its_keys_whatever_its_status(status: int) -> None:
    async with asking() as (server, rest):
        server.answers["A"] = answering(status, json.dumps(FORGOTTEN), "application/json")
        with pytest.raises(SessionForgotten):
            await rest.call_route("A", {})


@pytest.mark.parametrize("route", ANSWER_KEYS)
async def test_an_answer_without_its_own_key_is_of_another_program(route: str) -> None:
    """Or of the right name and the wrong kind, as the `status` of a tunnel's page."""
    keys = ANSWER_KEYS[route]
    async with asking() as (server, rest):
        for wrong in ({"title": "hello"}, {key: 530 for key, _ in keys}):
            server.answers[route] = wrong
            with pytest.raises(NotSwarmUI):
                await rest.call_route(route, {})
        for key, kind in keys:
            server.answers[route] = {key: kind()}
            assert await rest.call_route(route, {}) == {key: kind()}


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
        with pytest.raises(HostMustAct) as caught:
            await rest.call_route("GetNewSession", {})
        assert two.headers == []
        assert caught.value.detail == two.base
        assert two.base not in f"{caught.value.sentence} {caught.value.report}"


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


@pytest.mark.parametrize("call", ["download_file", "has_file"])
async def test_a_download_that_never_ends_is_given_up(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A server that sends a byte now and then is never silent for long."""
    monkeypatch.setattr(http_module, "DOWNLOAD_MAX_S", 0.05)
    over = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        kind = "image/png" if call == "download_file" else "text/html"
        answer = web.StreamResponse(headers={"Content-Type": kind})
        await answer.prepare(request)
        with suppress(ConnectionError):
            while not over.is_set():
                await answer.write(b"x")
                await pause_briefly(0.005)
        return answer

    app = web.Application()
    app.router.add_get("/View/{name:.*}", drip)
    async with TestServer(app) as server:
        rest = RestClient(SwarmSettings(url=str(server.make_url(""))))
        try:
            async with asyncio.timeout(30):
                with pytest.raises(BackendDown):
                    await getattr(rest, call)("View/x.png")
        finally:
            over.set()
            await rest.close()


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
    with pytest.raises(kind) as caught, translate_errors():
        raise raised
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://swarm.example.org/API/GetNewSession", "https://swarm.example.org"),
        ("https://swarm.example.org/", "https://swarm.example.org"),
        ("https://sso.example.org/login?state=secret", "https://sso.example.org/login"),
        ("https://ada:secret@other.org/sub/API/GetNewSession", "https://other.org/sub"),
        ("/Login", "http://swarm:7801/Login"),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_a_redirect_names_its_target_without_the_call_and_any_secret(
    location: str, target: str
) -> None:
    assert describe_target(URL("http://swarm:7801/API/GetNewSession"), location) == target


def test_a_wrong_header_is_told_from_a_missing_one() -> None:
    missing, wrong = (
        classify_foreign_answer(401, "", b"", has_header=has_header) for has_header in (False, True)
    )
    assert missing.report != wrong.report
    assert "SWARMBOT_SWARMUI__AUTHORIZATION" in missing.fix
    assert "SWARMBOT_SWARMUI__AUTHORIZATION" in wrong.fix


@pytest.mark.parametrize(
    ("token", "was_let_in", "report"),
    [
        ("", False, "SwarmUI requires a login, and I have no token."),
        ("6d.a.b", False, "SwarmUI doesn't know my token."),
        ("6d.a.b", True, "SwarmUI doesn't accept my token any more."),
    ],
)
async def test_a_login_is_missing_wrong_or_expired(
    token: str, was_let_in: bool, report: str
) -> None:
    async with asking(token=token) as (server, rest):
        if was_let_in:
            await rest.call_route("GetNewSession", {})
        server.answers["GetNewSession"] = {"error": "Invalid or unauthorized."}
        with pytest.raises(LoginRequired) as caught:
            await rest.call_route("GetNewSession", {})
        assert caught.value.report == report
