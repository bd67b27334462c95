"""The package of SwarmUI: what a host's program needs of it, by its public names."""

from __future__ import annotations

from bot.adapters.swarmui import Health, SwarmCatalog, SwarmClient, SwarmSettings, probe_swarmui
from tests.support.drawing import draw
from tests.support.frames import DRAWING, ENDING, FrameServer, image, saying, status


async def test_a_client_draws_by_the_public_names_alone() -> None:
    async with (
        FrameServer(saying(status(DRAWING), image(), *ENDING)).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base)) as swarm,
    ):
        assert isinstance(swarm.health, Health)
        assert isinstance(swarm.catalog, SwarmCatalog)
        assert (await draw(swarm)).ended
        assert swarm.health.down_reason is None


async def test_the_probe_stops_where_nothing_answers() -> None:
    found = [one async for one in probe_swarmui(SwarmSettings(url="http://127.0.0.1:9"))]
    assert [(one.name, one.ok) for one in found] == [("address", False)]
