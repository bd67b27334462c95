"""A Discord that enforces its rules, and a client of it that is logged in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import discord
import pytest

from bot.adapters.discord.rest.messages import DiscordMessages
from bot.adapters.discord.rest.rate_limit_headers import trace_config
from bot.adapters.discord.rest.request_queue import RequestQueue
from bot.core.ids import JobId
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageCard, MessageContent
from bot.sandbox.discord import posts
from bot.sandbox.discord.model import TEXT, Channel, Interaction
from bot.sandbox.discord.server import SandboxDiscord

JOB = JobId("abcdefghijklmnopqrst")


class Place:
    """One sandbox with a client that is logged in, and what a test asks of both."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.server = SandboxDiscord(now=lambda: time.time() + self.ahead_s)
        self.turns = RequestQueue()
        self.client = discord.Client(
            intents=discord.Intents(guilds=True), http_trace=trace_config(self.turns)
        )
        self.board = DiscordMessages(self.client, self.turns)

    @property
    def report(self) -> dict[str, Any]:
        return self.server.hub.report.as_json()

    def channel(self, name: str) -> int:
        return next(int(c.id) for c in self.server.world.channels.values() if c.name == name)

    def new_channel(self) -> int:
        number = self.server.hub.new_id()
        guild = next(iter(self.server.world.guilds))
        self.server.world.channels[number] = Channel(number, TEXT, f"c{number}", guild)
        return int(number)

    def person(self, name: str) -> int:
        return next(int(u.id) for u in self.server.world.users.values() if u.username == name)

    def seen(self, channel: int, message: int) -> dict[str, Any]:
        hub = self.server.hub
        return posts.for_person(
            hub, hub.world.messages[str(channel)][str(message)], str(self.person("mia"))
        )

    def put(self, channel: int) -> int:
        """A message of the bot, without a request for it."""
        hub = self.server.hub
        origin = posts.Origin(str(channel), hub.world.bot_id)
        return int(posts.create(hub, origin, {"content": "queued"}, ()).id)

    def answered(self, channel: int, message: int) -> str:
        """The token of an interaction whose first answer is that message."""
        hub = self.server.hub
        number = hub.new_id()
        token = f"token-{number}"
        hub.world.tokens[token] = number
        hub.world.interactions[number] = Interaction(
            number,
            token,
            2,
            str(self.person("mia")),
            str(channel),
            hub.now(),
            kind=4,
            original_id=str(message),
            messages=(str(message),),
        )
        return token


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    place = Place()
    async with place.server:
        monkeypatch.setattr(discord.http.Route, "BASE", place.server.api_base)
        await place.client.login(place.server.token)
        yield place
        await place.board.close()
        await place.client.close()
    assert place.report["invalid"] == []
    assert place.report["unknown_routes"] == []


def intent(channel: int, message: int | None = None, **more: Any) -> Post:
    purpose = more.pop("purpose", Purpose.STATUS)
    at = more.pop("created_at", datetime.now(UTC))
    return Post(
        more.pop("job", JOB), purpose, more.pop("nonce", "n1"), channel, at, message, **more
    )


def words(text: str) -> MessageContent:
    return MessageContent(MessageCard(text))
