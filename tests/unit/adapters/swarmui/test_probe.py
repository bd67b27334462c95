"""`swarmbot check` says what is wrong with a SwarmUI and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui.probe import describe_tried_versions, probe_swarmui
from bot.adapters.swarmui.settings import SwarmSettings
from bot.core.check_result import CheckResult
from tests.support.drawing import png
from tests.support.frames import (
    DRAWING,
    ENDING,
    FREE,
    FrameServer,
    image,
    say,
    silence,
    status,
)

PARAMS = {"models": {"Stable-Diffusion": [["stub.safetensors", "stable-diffusion-v1"]]}}


async def play(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
    if "images" in asked:
        ref = f"View/local/raw/{asked.get('overrideoutpathformat', 'x')}.png"
        await say(ws, status(DRAWING), image(ref=ref), *ENDING)
    else:
        await say(ws, {"error": "Missing required parameter 'images'"})


@asynccontextmanager
async def well() -> AsyncIterator[FrameServer]:
    """A server with which everything is well."""
    async with FrameServer(play).running() as server:
        server.answers |= {
            "ListT2IParams": PARAMS,
            "ListModels": {"files": []},
            "ListImages": {"files": [], "folders": []},
            "DeleteImage": {"success": True},
            "View": lambda request: web.Response(body=png(), content_type="image/png"),
        }
        yield server


async def findings(
    server: FrameServer, default_model: str = "", **settings: Any
) -> dict[str, CheckResult]:
    asked = SwarmSettings(url=server.base, first_frame_s=0.5, poll_s=0.01, **settings)
    probing = probe_swarmui(asked, default_model=default_model)
    return {finding.name: finding async for finding in probing}


async def test_all_is_well() -> None:
    async with well() as server:
        found = await findings(server)
    assert list(found) == [
        "address",
        "SwarmUI",
        "login",
        "rights",
        "session",
        "websocket",
        "models",
        "styles",
        "backend",
        "picture",
        "interrupt",
        "list",
        "delete",
    ]
    assert all(finding.ok for finding in found.values()), found
    assert "stub" in found["models"].detail
    assert len(server.requests) == 2, "one question on the socket, one picture"
    assert server.requests[1]["width"] <= 256


async def test_a_default_model_is_looked_for() -> None:
    async with well() as server:
        assert (await findings(server, "stub"))["default model"].ok
        missing = (await findings(server, "stup"))["default model"]
    assert (missing.ok, missing.detail) == (
        False,
        "SwarmUI has no model named stup. Did you mean stub?",
    )
    assert "swarmui.model" in missing.fix


@pytest.mark.parametrize(
    ("presets", "said"),
    [([], "0 styles in the account"), ([{"title": "Noir"}], "1 style in the account")],
)
async def test_styles_are_counted_and_none_is_no_problem(
    presets: list[dict[str, str]], said: str
) -> None:
    async with well() as server:
        server.answers["GetMyUserData"] = {"presets": presets}
        styles = (await findings(server))["styles"]
    assert styles.ok
    assert said in styles.detail
    assert ("belongs to one account" in styles.detail) is not bool(presets)


async def test_the_picture_can_be_left_out() -> None:
    async with well() as server:
        settings = SwarmSettings(url=server.base)
        names = [finding.name async for finding in probe_swarmui(settings, picture=False)]
    assert "picture" not in names


async def test_nothing_answers() -> None:
    settings = SwarmSettings(url="http://ada:secret@127.0.0.1:9/")
    found = [finding async for finding in probe_swarmui(settings)]
    assert [finding.ok for finding in found] == [False]
    assert found[0].detail.startswith("Nothing answers at http://127.0.0.1:9.")
    assert "swarmui.url" in found[0].fix


async def test_in_a_container_the_host_is_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    class There:
        def exists(self) -> bool:
            return True

    module = sys.modules["bot.adapters.swarmui.probe"]  # the package's own name is the function
    monkeypatch.setattr(module, "DOCKER_MARKER", There())
    found = [finding async for finding in probe_swarmui(SwarmSettings(url="http://127.0.0.1:9"))]
    assert "host.docker.internal" in found[0].detail


async def test_a_proxys_page_names_the_proxy_and_the_missing_route() -> None:
    async with well() as server:
        server.answers["GetNewSession"] = lambda body: web.Response(
            text="<html>Welcome</html>", content_type="text/html"
        )
        found = await findings(server)
    assert list(found) == ["address", "SwarmUI"]
    assert not found["SwarmUI"].ok
    assert "web page" in found["SwarmUI"].detail
    assert "/API/" in found["SwarmUI"].fix


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"error": "Invalid or unauthorized."}, "TOKEN"),
        (lambda body: web.Response(status=401, text="Unauthorized"), "AUTHORIZATION"),
    ],
)
async def test_a_login_is_wanted(answer: Any, word: str) -> None:
    async with well() as server:
        server.answers["GetNewSession"] = answer
        found = await findings(server)
    assert list(found)[-1] == "login"
    assert not found["login"].ok
    assert word in found["login"].fix


async def test_what_is_missing_is_named_and_the_rest_goes_on() -> None:
    async with well() as server:
        server.refuse_upgrade = 400
        server.answers["ListT2IParams"] = {"models": {}}
        server.answers["GetCurrentStatus"] = {
            "status": FREE,
            "backend_status": {"status": "empty"},
        }
        found = await findings(server)
    bad = {name: finding for name, finding in found.items() if not finding.ok}
    assert list(bad) == ["websocket", "models", "backend"]
    assert "proxy" in bad["websocket"].fix
    assert bad["models"].detail == "SwarmUI lists no models."
    assert "Backends" in bad["backend"].fix


async def test_a_socket_that_swallows_everything_is_no_websocket() -> None:
    async with well() as server:
        server.plays = [silence, play]
        found = await findings(server)
    assert not found["websocket"].ok


async def test_an_account_without_rights() -> None:
    denied = {"error_id": "bad_permissions", "error": "You lack permissions for this route."}
    async with well() as server:
        server.answers["GetCurrentStatus"] = denied
        server.answers["ListT2IParams"] = denied
        found = await findings(server)
    assert not found["session"].ok
    assert '"user"' in found["session"].fix
    assert not found["models"].ok


async def test_a_picture_that_fails_says_why() -> None:
    async def failing(ws: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await say(ws, status(DRAWING), {"error": "CUDA out of memory."}, *ENDING)

    async with well() as server:
        server.plays = [play, failing]
        found = await findings(server)
    assert not found["picture"].ok
    assert "out of memory" in found["picture"].detail


async def test_no_finding_tells_a_secret() -> None:
    async with well() as server:
        found = await findings(server, token="626f74.a.b", authorization="Bearer xyz")
    assert "626f74" not in str(found)
    assert "xyz" not in str(found)


async def test_an_address_stands_in_what_the_host_reads_alone() -> None:
    settings = SwarmSettings(url="http://ada:secret@127.0.0.1:9/")
    [found] = [finding async for finding in probe_swarmui(settings)]
    assert "127.0.0.1" in found.detail
    assert "127.0.0.1" not in found.public
    async with well() as server:
        ports = str(server.base).rpartition(":")[2]
        for finding in (await findings(server)).values():
            assert ports not in (finding.public or finding.detail)


async def test_the_version_and_those_that_were_tried_are_named() -> None:
    async with well() as server:
        server.answers["GetNewSession"] = {"session_id": "0" * 40, "version": "0.9.9.1"}
        found = await findings(server)
    assert "SwarmUI 0.9.9.1." in found["login"].detail
    assert describe_tried_versions() in found["login"].detail
    assert describe_tried_versions() == "I was tried with 0.9.6, 0.9.7, 0.9.8 and 0.9.8.2."
