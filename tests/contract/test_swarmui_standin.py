"""The stand-in under the recordings of a real server, and through its own doors.

Every recording is played by the player that came with it, against a stand-in set up as the
recording's first line says; the player finds no difference. The short ones are played side by
side in one test, for most of their time is waiting.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType

import pytest

from bot.sandbox.swarmui import Setup, SwarmStandIn
from tests.support.shared import PLAYER, RECORDINGS, needs

# A process that is killed behind the server cannot be told from its recording's first line.
KILLED = {"backend-dies"}
LONG = {"long-quiet-generation"}
SHORT = sorted(path.stem for path in RECORDINGS.glob("*.jsonl") if path.stem not in KILLED | LONG)

Replay = Callable[[Path, str], Awaitable[list[str]]]

pytestmark = needs(PLAYER, RECORDINGS)


def player() -> ModuleType:
    spec = importlib.util.spec_from_file_location("swarmui_replay", PLAYER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def played(replay: Replay, name: str) -> tuple[str, list[str]]:
    recording = RECORDINGS / f"{name}.jsonl"
    async with SwarmStandIn(Setup.like(recording)) as stand_in:
        return name, await replay(recording, stand_in.base)


@pytest.mark.timeout(120)
async def test_every_short_recording_is_played_without_a_difference() -> None:
    assert len(SHORT) >= 28
    replay = player().replay
    outcome = dict(await asyncio.gather(*(played(replay, name) for name in SHORT)))
    assert {name: found for name, found in outcome.items() if found} == {}


@pytest.mark.soak
@pytest.mark.timeout(150)
@pytest.mark.parametrize("name", sorted(LONG))
async def test_a_long_recording_is_played_without_a_difference(name: str) -> None:
    assert await played(player().replay, name) == (name, [])


async def test_the_player_would_notice_a_server_of_another_kind() -> None:
    recording = RECORDINGS / "one-image-warm.jsonl"
    other = Setup.like(RECORDINGS / "autowebui-one-image.jsonl")
    async with SwarmStandIn(other) as stand_in:
        assert await player().replay(recording, stand_in.base)
