"""A HELLO over a WebSocket, and the session starts that are left."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.adapters.discord.diagnostics import gateway_check
from bot.adapters.discord.diagnostics.gateway_check import (
    check_hello,
    check_session_starts,
    fetch_gateway_info,
)
from bot.adapters.discord.diagnostics.rest_reader import RestReader
from bot.adapters.discord.session_starts import GatewayInfo
from bot.sandbox.discord.server import SandboxDiscord


def info_of(url: str | None, remaining: int = 1000, shards: int = 1) -> GatewayInfo:
    return GatewayInfo(shards, url, remaining, 7200.0, 1)


async def test_hello_is_heard_without_a_session_start(
    server: SandboxDiscord, reader: RestReader, session: aiohttp.ClientSession
) -> None:
    found = await check_hello(session, await fetch_gateway_info(reader))
    assert found.ok
    assert "HELLO" in found.detail
    assert (await fetch_gateway_info(reader)).remaining == 1000


async def test_the_gateway_of_the_settings_is_used_where_discord_names_none(
    server: SandboxDiscord, session: aiohttp.ClientSession
) -> None:
    assert (await check_hello(session, info_of(None))).ok


@pytest.mark.parametrize("do", [{"no_hello": True}, {"refuse": True}])
async def test_a_gateway_without_hello_is_told(
    server: SandboxDiscord,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    do: dict[str, bool],
) -> None:
    monkeypatch.setattr(gateway_check, "HELLO_WITHIN_S", 0.3)
    server.hub.faults.set([{"on": {"gateway": True}, "do": do}])
    found = await check_hello(session, info_of(server.gateway_url))
    assert not found.ok
    assert "doesn't say HELLO" in found.detail
    assert "WebSockets" in found.fix


@pytest.mark.parametrize("path", ["/nothing/there", "/sandbox/events?as=mia"])
async def test_something_else_at_that_address_is_told(
    server: SandboxDiscord,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    monkeypatch.setattr(gateway_check, "HELLO_WITHIN_S", 0.3)
    address = server.gateway_url.replace("/gateway", path)
    assert not (await check_hello(session, info_of(address))).ok


@pytest.mark.parametrize("frame", ['{"op": 11}', "[]", "hello", b"\x00"])
async def test_another_websocket_is_no_gateway(
    session: aiohttp.ClientSession, frame: str | bytes
) -> None:
    async def greet(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
        await socket.close()
        return socket

    application = web.Application()
    application.add_routes([web.get("/", greet)])
    async with TestServer(application) as other:
        found = await check_hello(session, info_of(str(other.make_url("/").with_scheme("ws"))))
    assert not found.ok
    assert "Something else answers there" in found.detail


async def test_no_network_to_the_gateway_is_a_sentence(session: aiohttp.ClientSession) -> None:
    found = await check_hello(session, info_of("ws://127.0.0.1:9"))
    assert not found.ok
    assert "no connection" in found.detail


@pytest.mark.parametrize(
    ("remaining", "shards", "ok"), [(1000, 1, True), (1, 1, True), (0, 1, False), (3, 4, False)]
)
def test_each_shard_needs_a_start(remaining: int, shards: int, ok: bool) -> None:
    found = check_session_starts(info_of(None, remaining, shards))
    assert found.ok == ok
    assert f"{remaining:,} session start" in found.detail
    assert ok or ("2.0 hours" in found.detail and "log" in found.fix)
