"""Files of jobs on the sandbox's SwarmUI: late, many, old, and everybody's in one folder a day."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.saved_files import PICTURE_ENDINGS
from bot.core.drawing.request import GenerationParams
from bot.sandbox.swarmui import Setup, SwarmStandIn
from tests.support.drawing import draw, order, png

QUICK = Setup(step_s=0.005, model_load_s=0.01, closing_s=0.02)
DAY = "swarmbot/2026-11-24"
JOB = f"{DAY}/k3v7q2m7x4t6w2z5b6na"
OTHER = f"{DAY}/a2b3c4d5e6f7g2h3i4j5"


@dataclass
class House:
    server: SwarmStandIn
    swarm: SwarmClient

    @property
    def disk(self) -> Path:
        return self.server.state.files.root / "local/raw"

    def order(self, images: int = 1) -> GenerationParams:
        model = self.swarm.catalog.get_snapshot().models[0].name
        return order(model=model, images=images, width=64, height=64)

    async def draw(self, path: str, images: int = 1) -> list[str]:
        return (await draw(self.swarm, self.order(images), path)).refs


@asynccontextmanager
async def housed(setup: Setup = QUICK) -> AsyncIterator[House]:
    async with (
        SwarmStandIn(setup) as server,
        SwarmClient.open(SwarmSettings(url=server.base, poll_s=0.02)) as swarm,
    ):
        await swarm.catalog.refresh_catalog()
        yield House(server, swarm)


async def test_a_picture_is_found_before_its_file_is_written() -> None:
    """The counters are at zero then, and no list names it."""
    async with housed(replace(QUICK, save_s=60)) as house:
        refs = await house.draw(f"{JOB}-1", images=3)
        assert not any(house.disk.rglob("*.png"))
        assert set(await house.swarm.list_saved_images(f"{JOB}-1")) == set(refs)
        assert await house.swarm.list_saved_images(f"{JOB}-2") == ()


async def test_pictures_are_found_among_more_than_a_list_can_hold() -> None:
    async with housed() as house:
        folder = house.disk / DAY
        folder.mkdir(parents=True)
        for number in range(1100):
            file = folder / f"{OTHER.rpartition('/')[2]}-{number + 2}.png"
            file.write_bytes(b"x")
            os.utime(file, (1_700_000_000, 1_700_000_000))
        refs = await house.draw(f"{JOB}-1", images=2)
        assert set(await house.swarm.list_saved_images(f"{JOB}-1")) == set(refs)
        for file in folder.glob(f"{JOB.rpartition('/')[2]}*"):  # older than all others
            os.utime(file, (1_600_000_000, 1_600_000_000))
        assert set(await house.swarm.list_saved_images(f"{JOB}-1")) == set(refs)


async def test_old_jobs_with_a_folder_of_their_own_are_found_and_deleted() -> None:
    async with housed() as house:
        refs = await house.draw(f"{JOB}/1", images=2)
        again = await house.draw(f"{JOB}/2")
        assert set(await house.swarm.list_saved_images(f"{JOB}/1")) == set(refs)
        assert await house.swarm.list_saved_images(f"{JOB}/2") == tuple(again)
        assert await house.swarm.delete_saved_images(JOB) == 3
        assert not any(house.disk.rglob("*.png"))


async def test_a_jobs_files_go_of_every_attempt_and_nobody_elses() -> None:
    async with housed() as house:
        await house.draw(f"{JOB}-1", images=2)
        await house.draw(f"{JOB}-2", images=3)
        await house.draw(f"{JOB}-22")
        await house.draw(f"{OTHER}-1")
        assert await house.swarm.delete_saved_images(f"{JOB}-2") == 5
        assert {file.name for file in house.disk.rglob("*.png")} == {
            f"{JOB.rpartition('/')[2]}-22.png",
            f"{OTHER.rpartition('/')[2]}-1.png",
        }
        assert await house.swarm.delete_saved_images(f"{JOB}-2") == 0, "memory still serves them"


async def test_a_picture_in_any_format_of_the_account_is_guessed() -> None:
    async with housed() as house:
        folder = house.disk / DAY
        for ending in PICTURE_ENDINGS:
            assert await house.swarm.list_saved_images(f"{JOB}-1") == ()
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"{JOB.rpartition('/')[2]}-1.{ending}"
            file.write_bytes(png())
            found = await house.swarm.list_saved_images(f"{JOB}-1")
            assert found == (f"View/local/raw/{JOB}-1.{ending}",)
            file.unlink()


async def test_many_at_once_share_one_folder() -> None:
    async with housed() as house:
        paths = [f"{DAY}/{'abcdefghij'[n] * 20}-1" for n in range(10)]
        await asyncio.gather(*(house.draw(path) for path in paths))
        assert [one.name for one in (house.disk / "swarmbot").iterdir()] == ["2026-11-24"]
        for path in paths:
            assert await house.swarm.list_saved_images(path) == (f"View/local/raw/{path}.png",)
