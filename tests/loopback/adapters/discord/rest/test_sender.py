"""One request at a time: what is repeated, what is not, and what becomes of one that is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.adapters.discord.rest import sender as sender_module
from bot.adapters.discord.rest.messages import DiscordMessages
from bot.adapters.discord.rest.rate_limit_headers import build_channel_route
from bot.adapters.discord.rest.request_queue import RequestQueue
from bot.adapters.discord.rest.sender import THROTTLED_MAX, OutgoingRequest, RequestSender
from bot.core.errors import DiscordUnavailable, MessageGone
from bot.core.ui.card import MessageContent
from tests.loopback.adapters.discord.rest.conftest import Place, intent, words


class Reader:
    """Reads one message by a sender of its own; `made` counts how often the request was made."""

    def __init__(self, place: Place, message: int | None = None) -> None:
        self.place, self.channel = place, place.channel("imagine")
        self.message = place.put(self.channel) if message is None else message
        self.sender = RequestSender(place.client, place.turns)
        self.made = 0

    def make(self) -> OutgoingRequest:
        self.made += 1
        return OutgoingRequest(
            lambda: self.place.client.http.get_message(self.channel, self.message)
        )

    async def read(self, *, final: bool = True) -> Any:
        route = build_channel_route("GET", self.channel)
        return await self.sender.send_request(route, self.make, final=final)


def fault(place: Place, do: dict[str, Any], times: int = 1) -> None:
    place.server.hub.faults.set([{"on": {"method": "GET", "nth": 1}, "do": do, "times": times}])


REFUSAL = {
    "status": 429,
    "headers": {"Via": "1.1 google", "Retry-After": "1"},
    "body": {"message": "You are being rate limited.", "retry_after": 0.001, "global": False},
}


async def test_what_discord_answered_comes_back(place: Place) -> None:
    reader = Reader(place)
    assert (await reader.read())["id"] == str(reader.message)
    assert reader.made == 1


async def test_where_there_is_nothing_to_send_nothing_is_sent(place: Place) -> None:
    """And its place in the window is free again: a hundred of them wait for nothing."""
    sender = RequestSender(place.client, place.turns)
    route = build_channel_route("GET", place.channel("imagine"))
    before = place.report["requests"]
    for _ in range(100):
        assert await sender.send_request(route, lambda: None, message=1) is None
    assert place.report["requests"] == before


async def test_what_is_raised_while_a_request_is_made_comes_out(place: Place) -> None:
    """The message is free for the next edit."""
    sender = RequestSender(place.client, place.turns)
    route = build_channel_route("GET", place.channel("imagine"))

    def fail() -> OutgoingRequest:
        raise ValueError("as a test")

    with pytest.raises(ValueError, match="as a test"):
        await sender.send_request(route, fail, message=1)
    assert await sender.send_request(route, lambda: None, message=1) is None


async def test_too_many_429s_are_given_up(place: Place) -> None:
    """Each of them is made anew; one less is lived through."""
    reader = Reader(place)
    fault(place, REFUSAL, THROTTLED_MAX - 1)
    assert await reader.read()
    assert reader.made == THROTTLED_MAX
    fault(place, REFUSAL, THROTTLED_MAX)
    with pytest.raises(DiscordUnavailable):
        await reader.read()
    assert reader.made == 2 * THROTTLED_MAX


async def test_a_refusal_that_another_try_would_meet_again_is_not_repeated(place: Place) -> None:
    reader = Reader(place, message=1)
    with pytest.raises(MessageGone):
        await reader.read()
    assert reader.made == 1


async def test_an_answer_that_does_not_come_is_given_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Larger files are waited for longer."""
    monkeypatch.setattr(sender_module, "SEND_TIMEOUT_S", 0.02)
    monkeypatch.setattr(sender_module, "SLOWEST_UPLOAD_RATE", 1.0)
    reader = Reader(place)
    fault(place, {"delay_ms": 300})
    with pytest.raises(DiscordUnavailable):
        await reader.read(final=False)
    fault(place, {"delay_ms": 300})
    small = reader.make
    reader.make = lambda: replace(small(), size=60)  # type: ignore[method-assign]  # as a test
    assert await reader.read(final=False)


async def test_closing_ends_what_is_under_way(place: Place) -> None:
    """Progress is not tried again, and whoever waits for it hears that Discord is away."""
    sender, under_way = RequestSender(place.client, place.turns), asyncio.Event()

    async def send() -> None:
        under_way.set()
        await asyncio.Event().wait()

    route = build_channel_route("GET", place.channel("imagine"))
    sending = asyncio.create_task(
        sender.send_request(route, lambda: OutgoingRequest(send), final=False)
    )
    await under_way.wait()
    await sender.close()
    with pytest.raises(DiscordUnavailable):
        await sending


async def test_a_429_is_waited_for_and_the_newest_is_sent(place: Place) -> None:
    """It happens in spite of all care; what was refused is old by the time it may go."""
    channel = place.channel("imagine")
    message = place.put(channel)
    contents = iter(["old", "new"])
    refusal = {
        "status": 429,
        "headers": {"Via": "1.1 google", "Retry-After": "1"},
        "body": {"message": "You are being rate limited.", "retry_after": 0.3, "global": False},
    }
    place.server.hub.faults.set([{"on": {"method": "PATCH", "nth": 1}, "do": refusal}])
    await place.board.edit_message(
        intent(channel, message), lambda: words(next(contents)), final=False, by_token=False
    )
    assert place.seen(channel, message)["content"] == "new"
    assert place.seen(channel, message)["edits"] == 1


async def test_discord_away_is_said_and_tried_again_for_what_matters(place: Place) -> None:
    """A final is repeated, a progress is not: the next one is newer. Neither has a foreign name."""
    faults = place.server.hub.faults
    for do in ({"status": 503}, {"status": 500}, {"drop": "before"}):
        channel = place.new_channel()
        message = place.put(channel)
        faults.set([{"on": {"method": "PATCH", "nth": 1}, "do": do}])
        with pytest.raises(DiscordUnavailable):
            await place.board.edit_message(
                intent(channel, message), lambda: words("progress"), final=False, by_token=False
            )
    faults.set([{"on": {"method": "PATCH", "nth": 1}, "do": {"drop": "after"}}])
    await place.board.edit_message(
        intent(channel, message), lambda: words("final"), final=True, by_token=False
    )
    assert place.seen(channel, message)["content"] == "final"


async def test_before_login_and_after_close_discord_is_away(place: Place) -> None:
    """No half-open client's own error gets out."""
    stranger = discord.Client(intents=discord.Intents(guilds=True))
    board = DiscordMessages(stranger, RequestQueue())
    post = intent(place.channel("imagine"), 1)
    with pytest.raises(DiscordUnavailable):
        await board.edit_message(post, lambda: words("x"), final=False, by_token=False)
    post = replace(post, token="never")
    with pytest.raises(DiscordUnavailable):
        await board.edit_message(post, lambda: words("x"), final=False, by_token=True)
    await place.client.close()
    with pytest.raises(DiscordUnavailable):
        await place.board.edit_message(post, lambda: words("x"), final=False, by_token=False)


async def test_a_cancelled_caller_does_not_stop_the_request(place: Place) -> None:
    """The next edit of the message waits for it, and comes after."""
    channel = place.channel("imagine")
    message = place.put(channel)
    # Once the channel has been heard of, nothing but the message itself holds the second back.
    await place.board.edit_message(
        intent(channel, place.put(channel)), lambda: words("x"), final=True, by_token=False
    )
    place.server.hub.faults.set([{"on": {"method": "PATCH", "nth": 1}, "do": {"delay_ms": 300}}])
    asked = asyncio.Event()

    def supply() -> MessageContent:
        asked.set()
        return words("first")

    first = asyncio.create_task(
        place.board.edit_message(intent(channel, message), supply, final=False, by_token=False)
    )
    await asked.wait()
    await asyncio.sleep(0)
    first.cancel()
    await place.board.edit_message(
        intent(channel, message), lambda: words("second"), final=True, by_token=False
    )
    assert place.seen(channel, message)["content"] == "second"
    assert place.seen(channel, message)["edits"] == 2
