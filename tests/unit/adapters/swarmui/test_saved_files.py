"""What is deleted over there is one job's, whatever the folder is said to be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.core.errors import RequestRejected
from tests.support.frames import FrameServer

JOB = "swarmbot/2026-11-24/abcdefghijklmnopqr27"


@dataclass
class Disk:
    """A SwarmUI with one listing for every folder; `gone` is what it was told to delete."""

    swarm: SwarmClient
    files: list[str] = field(default_factory=lambda: ["1.png", "1-1.png", "2.mp4", "notes.txt"])
    asked: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def listing(self, body: dict[str, Any]) -> web.Response:
        self.asked.append(body["path"])
        return web.json_response({"folders": [], "files": [{"src": one} for one in self.files]})

    def delete(self, body: dict[str, Any]) -> web.Response:
        self.gone.append(body["path"])
        self.files.remove(body["path"].rpartition("/")[2])
        return web.json_response({"success": True})


@pytest.fixture
async def disk() -> AsyncIterator[Disk]:
    server = FrameServer()
    async with server.running(), SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
        disk = Disk(swarm)
        server.answers |= {"ListImages": disk.listing, "DeleteImage": disk.delete}
        yield disk


async def test_a_jobs_pictures_go_of_every_attempt(disk: Disk) -> None:
    assert await disk.swarm.delete_saved_images(JOB) == 3
    assert disk.gone == [f"raw/{JOB}/{name}" for name in ("1.png", "1-1.png", "2.mp4")]


@pytest.mark.parametrize(
    "folder",
    [
        "",
        "swarmbot",
        "swarmbot/2026-11-24",
        "swarmbot/2026-11-24/",
        "swarmbot/2026-11-24/..",
        "swarmbot/2026-11-24/job",
        "swarmbot/../abcdefghijklmnopqr27",
        "others/2026-11-24/abcdefghijklmnopqr27",
        f"{JOB}/1",
        f"{JOB}\n",
        f"raw/{JOB}",
    ],
)
async def test_a_folder_that_others_share_is_not_even_looked_into(disk: Disk, folder: str) -> None:
    with pytest.raises(RequestRejected, match="no job's folder"):
        await disk.swarm.delete_saved_images(folder)
    assert disk.asked == []
    assert len(disk.files) == 4
