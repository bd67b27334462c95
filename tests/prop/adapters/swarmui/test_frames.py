"""Frames of all kinds in all orders: nothing but our errors, and a bar that never falls."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.core.errors import BackendError
from tests.support.drawing import draw, order
from tests.support.frames import FrameServer, saying
from tests.support.odd import beginning, follow, frame

SEQUENCE = 50


def play(random: Random) -> None:
    progress = beginning(random)
    now = 0.0
    for _ in range(SEQUENCE):
        now += random.choice((0.0, 0.01, 1.0, -1.0))
        progress = follow(progress, frame(random), now)


@given(st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_five_thousand_frames_that_can_be_made_smaller(random: Random) -> None:
    play(random)


def test_ten_thousand_frames() -> None:
    for seed in range(10_000 // SEQUENCE):
        play(Random(seed))


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_two_hundred_thousand_frames() -> None:
    for seed in range(200_000 // SEQUENCE):
        play(Random(1_000_000 + seed))


async def test_over_a_real_socket_too() -> None:
    """A stream of such frames ends: with pictures, or with one of our errors."""
    for seed in range(25):
        random = Random(seed)
        frames = [one for one in (frame(random) for _ in range(SEQUENCE)) if isinstance(one, str)]
        async with (
            FrameServer(saying(*frames)).running() as server,
            SwarmClient.open(SwarmSettings(url=server.base, poll_s=0.01)) as swarm,
        ):
            drawn = await draw(swarm, order(images=2))
        assert (drawn.error is None) == drawn.ended or isinstance(drawn.error, BackendError)
        assert len({image.index for image in drawn.images}) == len(drawn.images) <= 2
