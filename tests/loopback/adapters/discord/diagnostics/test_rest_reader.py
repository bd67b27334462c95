"""One request at a time, and each answer a value or a sentence."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from bot.adapters.discord.diagnostics import rest_reader
from bot.adapters.discord.diagnostics.rest_reader import DiscordProblem, RestReader
from bot.sandbox.discord.server import SandboxDiscord


def limit(server: SandboxDiscord, times: int, **body: Any) -> None:
    do = {"status": 429, "body": body, "times": times}
    server.hub.faults.set([{"on": {"route": "/users/@me"}, "do": do}])


async def test_a_short_wait_is_waited_and_asked_again(
    server: SandboxDiscord, session: aiohttp.ClientSession
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    limit(server, 1, retry_after=1.5)
    me = await RestReader(session, server.token, sleep=sleep).get("/users/@me")
    assert me["id"] == server.world.bot_id
    assert pauses == [rest_reader.PACE_S, 1.5]


async def test_a_long_wait_is_a_sentence(server: SandboxDiscord, reader: RestReader) -> None:
    limit(server, 9, retry_after=300.0)
    with pytest.raises(DiscordProblem) as caught:
        await reader.get("/users/@me")
    assert caught.value.sentence == "Discord asks me to wait 300 seconds (429)."
    assert server.hub.report.requests == 1


async def test_what_is_refused_names_discords_reason(
    server: SandboxDiscord, reader: RestReader
) -> None:
    with pytest.raises(DiscordProblem) as caught:
        await reader.get("/channels/5")
    assert (caught.value.status, caught.value.code) == (404, 10003)
    assert "Unknown Channel" in caught.value.sentence


async def test_discords_clock_is_read(server: SandboxDiscord, reader: RestReader) -> None:
    assert reader.date is None
    await reader.get("/users/@me")
    assert reader.date is not None


async def test_a_page_of_a_proxy_is_no_outage_of_discord(
    server: SandboxDiscord, reader: RestReader
) -> None:
    do = {"status": 302, "body": {}, "headers": {"Location": "http://login.example"}}
    server.hub.faults.set([{"on": {"route": "/users/@me"}, "do": do}])
    with pytest.raises(DiscordProblem) as caught:
        await reader.get("/users/@me")
    assert "Something else answers" in caught.value.sentence
    assert "proxy" in caught.value.fix
