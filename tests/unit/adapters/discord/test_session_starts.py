"""Session starts: counted, spaced, and waited for when none is left."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.adapters.discord.session_starts import (
    SPACING_S,
    GatewayInfo,
    SessionStarts,
    parse_gateway_info,
)


class Discord:
    """Answers with what is left, and counts how often it was asked. Sleeping moves the clock."""

    def __init__(self, *remaining: int, reset_after_s: float = 60.0, concurrency: int = 1) -> None:
        self.remaining, self.reset_after_s = list(remaining), reset_after_s
        self.concurrency, self.now, self.asked, self.pauses = concurrency, 0.0, 0, []
        self.starts = SessionStarts(self.ask, sleep=self.sleep, tick=lambda: self.now)

    async def ask(self) -> GatewayInfo:
        self.asked += 1
        left = self.remaining.pop(0) if len(self.remaining) > 1 else self.remaining[0]
        return GatewayInfo(1, None, left, self.reset_after_s, self.concurrency)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    async def start(self, shard: int = 0) -> None:
        async with self.starts.permit_start(shard):
            self.starts.count_start(shard)


async def test_an_empty_limit_is_waited_for_until_it_is_renewed() -> None:
    discord = Discord(0, 0, 1000, reset_after_s=3600.0)
    await discord.start()
    assert discord.pauses == [3601.0, 3601.0]


async def test_the_last_start_is_given_to_one_shard_only() -> None:
    """Both ask before one of them has identified."""
    discord = Discord(1, 1000, concurrency=2)
    await discord.starts.fetch_info()
    order: list[int] = []

    async def start(shard: int) -> None:
        async with discord.starts.permit_start(shard):
            order.append(shard)
            await asyncio.sleep(0)
            discord.starts.count_start(shard)

    await asyncio.gather(start(0), start(1))
    assert order == [0, 1]
    assert 61.0 in discord.pauses


async def test_starts_of_one_bucket_are_spaced() -> None:
    discord = Discord(1000)
    for shard in (0, 1, 2):
        await discord.start(shard)
    assert discord.now == pytest.approx(2 * SPACING_S)


async def test_other_buckets_do_not_wait() -> None:
    discord = Discord(1000, concurrency=3)
    await discord.starts.fetch_info()
    for shard in (0, 1, 2):
        await discord.start(shard)
    assert discord.now == 0.0
    await discord.start(3)
    assert discord.now == pytest.approx(SPACING_S)


async def test_discord_is_asked_before_each_start_but_once_for_those_together() -> None:
    """Another process may have used up the starts meanwhile."""
    discord = Discord(1000, concurrency=2)
    await discord.starts.fetch_info()
    await discord.start(0)
    await discord.start(1)
    assert discord.asked == 1
    discord.now += 2
    discord.remaining = [0, 5]
    await discord.start(0)
    assert (discord.asked, 61.0 in discord.pauses) == (3, True)


async def test_a_start_that_fails_gives_its_place_back() -> None:
    discord = Discord(1)
    for _ in range(3):
        with pytest.raises(OSError, match="gone"):
            async with discord.starts.permit_start(0):
                raise OSError("gone")
    assert discord.pauses == []


async def test_what_asking_raises_is_raised_and_holds_nobody_up() -> None:
    discord = Discord(1000)

    async def fail() -> GatewayInfo:
        raise OSError("no network")

    starts = SessionStarts(fail, sleep=discord.sleep, tick=lambda: 0.0)
    for _ in range(2):
        with pytest.raises(OSError, match="no network"):
            async with starts.permit_start(0):
                raise AssertionError("never reached")


@pytest.mark.parametrize(
    ("answer", "info"),
    [
        (
            {
                "url": "wss://x",
                "shards": 3,
                "session_start_limit": {
                    "total": 1000,
                    "remaining": 7,
                    "reset_after": 1500,
                    "max_concurrency": 16,
                },
            },
            GatewayInfo(3, "wss://x", 7, 1.5, 16),
        ),
        ({}, GatewayInfo(1, None, 1, 0.0, 1)),
        ({"shards": 0, "session_start_limit": None}, GatewayInfo(1, None, 1, 0.0, 1)),
    ],
)
def test_discords_answer_is_read(answer: dict[str, Any], info: GatewayInfo) -> None:
    assert parse_gateway_info(answer) == info
