"""A sandbox Discord, and the checks of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.adapters.discord.diagnostics import rest_reader
from bot.adapters.discord.diagnostics.rest_reader import RestReader
from bot.sandbox.discord.server import SandboxDiscord
from tests.support.standin import point_at


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxDiscord]:
    monkeypatch.setattr(rest_reader, "PACE_S", 0)
    async with SandboxDiscord() as server:
        point_at(server, monkeypatch)
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def reader(server: SandboxDiscord, session: aiohttp.ClientSession) -> RestReader:
    return RestReader(session, server.token)
