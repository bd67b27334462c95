"""A busy SwarmUI with few open files: every folder that receives a picture costs it three."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.flow.runtime.context import HostSettings
from bot.sandbox.swarmui import Setup, SwarmStandIn
from bot.sandbox.swarmui.models import ModelFile
from tests.support.books import MIA
from tests.support.flow import FakeBoard
from tests.support.swarm_stage import swarm_stage

SMALL = ModelFile("small.safetensors", "stable-diffusion-v1")
FOLDERS_A_DAY_MAX = 24


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("orders", "file_limit"), [(45, 15), pytest.param(2_000, 700, marks=pytest.mark.soak)]
)
async def test_a_busy_day_needs_few_folders(tmp_path: Path, orders: int, file_limit: int) -> None:
    """With a folder for each job, a third of these orders fills the limit."""
    setup = Setup(step_s=0, model_load_s=0, closing_s=0, file_limit=file_limit, models=(SMALL,))
    board = FakeBoard()
    async with (
        SwarmStandIn(setup) as server,
        swarm_stage(tmp_path, server, board=board, house=HostSettings(max_in_flight=4)) as drawn,
    ):
        here = drawn.here
        here.work()
        for first in range(0, orders, 10):
            asked = [
                await here.ask(f"fox {number}", replace(MIA, user=1000 + number), steps=1)
                for number in range(first, min(first + 10, orders))
            ]
            for job, message in asked:
                await here.becomes(job.id, "done")
                assert board.messages[message].files, "delivered"
        await here.balanced()
        files = [*server.state.files.root.rglob("*.png")]
        assert len(files) == orders
        assert len({file.parent for file in files}) <= FOLDERS_A_DAY_MAX
        assert 0 < server.state.files.databases.open_files <= file_limit
