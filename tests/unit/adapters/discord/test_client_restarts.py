"""Opening the client again: when, after how long, and when not at all."""

import asyncio
from typing import Any

import discord
import pytest

from bot.adapters.discord.client_restarts import compute_restart_delay, run_client
from bot.adapters.discord.gateway_shard import FATAL_CLOSE_CODES


class Closed(discord.ConnectionClosed):
    """Made without a socket."""

    def __init__(self, code: int) -> None:
        Exception.__init__(self, f"closed with {code}")
        self.code, self.reason, self.shard_id = code, "", 0


class Client:
    """Ends each connection as the story says; a number is how long one lasts before it ends."""

    def __init__(self, *story: Exception | float | None) -> None:
        self.story, self.now, self.pauses = list(story), 0.0, []
        self.opened = self.closed = self.reopened = 0

    async def __aenter__(self) -> "Client":
        self.opened += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closed += 1

    async def start(self, token: str) -> None:
        assert token == "token"
        what = self.story.pop(0)
        if isinstance(what, float):
            self.now += what
            raise OSError("lost")
        if what is not None:
            raise what

    def reset_client(self) -> None:
        assert self.opened == self.closed
        self.reopened += 1

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if not self.story:
            raise asyncio.CancelledError


async def keep(client: Any) -> None:
    await run_client(client, "token", sleep=client.sleep, tick=lambda: client.now)


async def test_whatever_ends_a_connection_opens_it_again_later_and_later() -> None:
    client = Client(KeyError("guild_id"), OSError("gone"), None, TypeError("None"), 1.0)
    with pytest.raises(asyncio.CancelledError):
        await keep(client)

    assert client.pauses == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert (client.opened, client.closed, client.reopened) == (5, 5, 4)


async def test_a_connection_that_lasted_begins_the_count_anew() -> None:
    client = Client(OSError(), OSError(), 301.0, OSError())
    with pytest.raises(asyncio.CancelledError):
        await keep(client)

    assert client.pauses == [1.0, 2.0, 1.0, 2.0]


async def test_what_cannot_be_cured_is_raised_after_closing() -> None:
    client = Client(OSError(), discord.LoginFailure("no"))
    with pytest.raises(discord.LoginFailure):
        await keep(client)

    assert (client.opened, client.closed, client.reopened) == (2, 2, 1)


@pytest.mark.parametrize("code", sorted(FATAL_CLOSE_CODES))
def test_some_closes_are_hopeless(code: int) -> None:
    assert compute_restart_delay(Closed(code), 0) is None


def test_refused_intents_are_hopeless() -> None:
    assert compute_restart_delay(discord.PrivilegedIntentsRequired(0), 0) is None


def test_other_closes_pass() -> None:
    assert compute_restart_delay(Closed(1006), 0) == 1.0


def test_logins_are_tried_each_half_minute_at_most() -> None:
    assert [compute_restart_delay(None, attempt) for attempt in (0, 4, 5, 10)] == [1, 16, 30, 30]
