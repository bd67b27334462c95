"""Every kind of SwarmUI: with and without WebSocket, steps and header; drawn, hung, cancelled."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from bot.core.errors import (
    BackendStalled,
    GenerationNotStarted,
    NoPicture,
    RequestRejected,
)
from bot.core.jobs.progress import SessionRenewed, StatusFrame
from bot.sandbox.swarmui.setup import Setup
from tests.loopback.adapters.swarmui.test_client import asked, housed
from tests.support.drawing import FOLDER, draw

COMFY = Setup(step_s=0.01, model_load_s=0.02)
MUTE = Setup(step_s=0.01, model_load_s=0.02, backends=("autowebui",), image_s=0.1)


@pytest.mark.parametrize("setup", [COMFY, MUTE], ids=["steps", "no steps"])
@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "http"])
async def test_drawn_in_every_mode_with_phases_and_steps_where_there_are_some(
    setup: Setup, websocket: bool
) -> None:
    async with housed(setup, poll_s=0.01) as house:
        await house.script(websocket=websocket)
        assert await house.swarm.detect_websocket() is websocket
        drawn = await draw(house.swarm, asked(house, images=2))
        assert drawn.ended
        assert len(drawn.refs) == 2
        for ref in drawn.refs:
            assert await house.swarm.fetch_image(ref)
        assert bool(drawn.steps) is (websocket and setup is COMFY)
        assert any(status.live or status.loading for status in drawn.statuses)


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "http"])
async def test_a_late_picture_of_a_backend_that_does_not_stop_is_dropped(websocket: bool) -> None:
    """AutoWebUI works on after an interrupt: its session serves nobody else meanwhile."""
    async with housed(Setup(backends=("autowebui",), image_s=0.4), poll_s=0.01) as house:
        await house.script(websocket=websocket)
        await house.swarm.detect_websocket()
        async with house.swarm.lease_session() as lease:
            async with aclosing(lease.generate_images(asked(house), FOLDER)) as events:
                async for event in events:
                    if isinstance(event, StatusFrame) and event.live:
                        break
            mine = lease.session
            assert (await house.report())["interrupts"] >= 1
        async with house.swarm.lease_session() as other:
            assert other.session != mine
        drawn = await draw(house.swarm, asked(house))
        assert len(drawn.refs) == 1
        assert drawn.ended


@pytest.mark.parametrize("setup", [COMFY, MUTE], ids=["steps", "no steps"])
@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "http"])
async def test_a_hanging_backend_is_given_up(setup: Setup, websocket: bool) -> None:
    async with housed(setup, poll_s=0.01, silence_s=0.5, lost_stream_s=0.5) as house:
        await house.script(websocket=websocket)
        await house.swarm.detect_websocket()
        await house.script("hang", websocket=websocket)
        async with asyncio.timeout(60):
            drawn = await draw(house.swarm, asked(house))
        assert isinstance(drawn.error, BackendStalled | GenerationNotStarted)
        assert (await house.report())["interrupts"] >= 1
        assert (await draw(house.swarm, asked(house))).ended, "the slot is free again"


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "http"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [("refuse", RequestRejected), ("silent", NoPicture), ("error_mid_batch", RequestRejected)],
)
async def test_refusals_and_silent_ends_are_submitted_once(
    websocket: bool, fault: str, kind: type[Exception]
) -> None:
    async with housed(COMFY, poll_s=0.01) as house:
        await house.script(fault, websocket=websocket)
        drawn = await draw(house.swarm, asked(house))
        assert type(drawn.error) is kind
        assert len(await house.states()) == 1


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "http"])
async def test_a_forgotten_session_is_renewed_over_either_way(websocket: bool) -> None:
    async with housed(COMFY, poll_s=0.01) as house:
        await house.script("forget_session", websocket=websocket)
        drawn = await draw(house.swarm, asked(house))
        assert drawn.ended
        assert sum(isinstance(event, SessionRenewed) for event in drawn.events) == 1


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "http"])
async def test_a_header_and_a_login_go_with_either_way(websocket: bool) -> None:
    setup = Setup(step_s=0.01, model_load_s=0.02, authorization="Bearer xyz")
    async with housed(setup, poll_s=0.01, authorization="Bearer xyz") as house:
        house.server.state.script.websocket = websocket
        assert await house.swarm.detect_websocket() is websocket
        drawn = await draw(house.swarm, asked(house))
        assert drawn.ended
        assert await house.swarm.fetch_image(drawn.refs[0])
