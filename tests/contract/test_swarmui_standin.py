"""The stand-in under the recordings of a real server, and through its own doors.

Each recording is played against a stand-in that is set up as its first line says, and the player
finds no difference. The short ones are played side by side, for most of their time is waiting.
"""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.swarmui import Setup, SwarmStandIn
from tests.support.shared import RECORDINGS
from tests.support.swarmui_replay import replay

# A process that is killed behind the server cannot be told from its recording's first line.
KILLED = {"backend-dies"}
LONG = {"long-quiet-generation"}
# It draws 1,010 pictures, which leaves no time for others beside it.
BUSY = {"list-many"}
APART = KILLED | LONG | BUSY
SHORT = sorted(path.stem for path in RECORDINGS.glob("*.jsonl") if path.stem not in APART)

# So many side by side that the player is still in time on a busy machine.
GROUPS = 4


async def played(name: str) -> tuple[str, list[str]]:
    recording = RECORDINGS / f"{name}.jsonl"
    async with SwarmStandIn(Setup.like(recording)) as stand_in:
        return name, await replay(recording, stand_in.base)


def test_no_recording_is_left_out() -> None:
    assert len(SHORT) >= 40


@pytest.mark.timeout(120)
@pytest.mark.parametrize("first", range(GROUPS))
async def test_every_short_recording_is_played_without_a_difference(first: int) -> None:
    names = SHORT[first::GROUPS]
    outcome = dict(await asyncio.gather(*(played(name) for name in names)))
    assert {name: found for name, found in outcome.items() if found} == {}


@pytest.mark.soak
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", sorted(BUSY))
async def test_a_busy_recording_is_played_without_a_difference(name: str) -> None:
    assert await played(name) == (name, [])


@pytest.mark.timeout(60)
async def test_a_backend_that_dies_is_played_without_a_difference() -> None:
    """The recorder killed the GPU process in the middle of the first picture."""
    recording = RECORDINGS / "backend-dies.jsonl"
    async with SwarmStandIn(Setup.like(recording)) as stand_in:
        stand_in.state.script.obey({"next": ["die"]})
        assert await replay(recording, stand_in.base) == []


@pytest.mark.soak
@pytest.mark.timeout(150)
@pytest.mark.parametrize("name", sorted(LONG))
async def test_a_long_recording_is_played_without_a_difference(name: str) -> None:
    assert await played(name) == (name, [])


async def test_the_player_would_notice_a_server_of_another_kind() -> None:
    recording = RECORDINGS / "one-image-warm.jsonl"
    other = Setup.like(RECORDINGS / "autowebui-one-image.jsonl")
    async with SwarmStandIn(other) as stand_in:
        assert await replay(recording, stand_in.base)
