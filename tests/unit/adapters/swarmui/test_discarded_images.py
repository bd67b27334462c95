"""`discard_indices` that name pictures: the caller hears which of them are taken back."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.protocol import decode_frame
from bot.core.errors import GenerationInterrupted
from bot.core.jobs.progress import RequestEnded
from tests.support.drawing import draw, order
from tests.support.frames import DRAWING, FrameServer, image, saying, status


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ([], ()),
        ([1, "0", "1", 2.0], (0, 1, 2)),
        (["-1", -11, "00", None, [], True], ()),
        ("0", ()),
        (None, ()),
    ],
    ids=repr,
)
def test_which_indices_are_named(said: Any, heard: tuple[int, ...]) -> None:
    assert decode_frame({"discard_indices": said}) == (RequestEnded(heard),)


async def drawn_of(*frames: dict[str, Any]) -> tuple[list[RequestEnded], Any]:
    async with (
        FrameServer(saying(status(DRAWING), *frames)).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base)) as swarm,
    ):
        drawn = await draw(swarm, order(images=2))
    return [event for event in drawn.events if isinstance(event, RequestEnded)], drawn.error


async def test_only_pictures_that_came_can_be_taken_back() -> None:
    ended, error = await drawn_of(image("0"), image("1"), {"discard_indices": ["1", "5"]})
    assert ended == [RequestEnded((1,))]
    assert error is None


async def test_they_are_taken_back_after_an_error_too() -> None:
    broken = {"error": "Generation session interrupted."}
    ended, error = await drawn_of(image("0"), broken, {"discard_indices": ["0"]})
    assert ended == [RequestEnded((0,))]
    assert isinstance(error, GenerationInterrupted)
