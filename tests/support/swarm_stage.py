"""A whole flow over the sandbox's SwarmUI and a fake Discord, in real time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.pictures import FileSpool
from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.flow.runtime.clock import Clock
from bot.flow.runtime.context import HostSettings
from bot.flow.runtime.tasks import TaskSupervisor
from bot.sandbox.swarmui import SwarmStandIn
from tests.support.books import open_desk
from tests.support.flow import (
    FakeBoard,
    FakePainter,
    FlowParts,
    Hands,
    Stage,
    build_numbered_ids,
)


@dataclass
class SwarmStage:
    """The flow, and the client that it draws with. `here.painter` draws nothing."""

    here: Stage
    swarm: SwarmClient


@asynccontextmanager
async def swarm_stage(
    folder: Path,
    server: SwarmStandIn,
    *,
    token: str = "",
    board: FakeBoard | None = None,
    house: HostSettings | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[SwarmStage]:
    """Run the flow over `server`; the same folder again is a restart of the bot."""
    board = board or FakeBoard()
    settings = SwarmSettings(url=server.base, token=token, poll_s=0.02)
    async with (
        SwarmClient.open(settings) as swarm,
        open_desk(folder / "books.db") as desk,
        TaskSupervisor() as crew,
    ):
        await swarm.catalog.refresh_catalog()
        kit = FlowParts(
            desk.books,
            swarm,
            swarm.catalog,
            FileSpool(folder / "spool"),
            board,
            clock or Clock(),
            crew,
            house or HostSettings(),
            build_numbered_ids(desk),
        )
        yield SwarmStage(Stage(kit, board, FakePainter(), desk, Hands()), swarm)
