"""The client against the sandbox's SwarmUI, over real sockets."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from PIL import Image

from bot.adapters.pictures import metadata
from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.lease import SwarmLease
from bot.core.drawing.request import GenerationParams
from bot.core.errors import (
    BackendDown,
    BadPicture,
    GenerationInterrupted,
    LoginRequired,
    NoPicture,
    ProtocolError,
    RequestRejected,
)
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame, SwarmEvent
from bot.sandbox.swarmui.server import SwarmStandIn
from bot.sandbox.swarmui.setup import Account, Setup
from tests.support.drawing import FOLDER, Drawn, draw, order, png

QUICK = Setup(step_s=0.01, model_load_s=0.02)


class House:
    """A stand-in, a client of it, and the stand-in's doors."""

    def __init__(
        self, server: SwarmStandIn, swarm: SwarmClient, http: aiohttp.ClientSession
    ) -> None:
        self.server, self.swarm, self._http = server, swarm, http

    async def script(self, *faults: str, **settings: object) -> None:
        body = {"set": settings, "next": list(faults)}
        async with self._http.post(f"{self.server.base}/sandbox/script", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def report(self) -> dict[str, Any]:
        async with self._http.get(f"{self.server.base}/sandbox/report") as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def states(self) -> list[str]:
        return [generation["state"] for generation in (await self.report())["generations"]]

    async def until(self, state: str) -> None:
        """Ask until some generation is in that state."""
        async with asyncio.timeout(60):
            while state not in await self.states():
                pass


@asynccontextmanager
async def housed(setup: Setup = QUICK, **settings: Any) -> AsyncIterator[House]:
    async with (
        SwarmStandIn(setup) as server,
        aiohttp.ClientSession() as http,
        SwarmClient.open(SwarmSettings(url=server.base, **settings)) as swarm,
    ):
        await swarm.catalog.refresh_catalog()
        yield House(server, swarm, http)


@asynccontextmanager
async def leased(
    house: House, wanted: GenerationParams, folder: str = FOLDER
) -> AsyncIterator[tuple[SwarmLease, AsyncGenerator[SwarmEvent, None]]]:
    async with (
        house.swarm.lease_session() as lease,
        aclosing(lease.generate_images(wanted, folder)) as events,
    ):
        yield lease, events


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with housed(poll_s=0.02) as one:
        yield one


def first_model(house: House) -> str:
    return house.swarm.catalog.get_snapshot().models[0].name


def asked(house: House, **changes: object) -> Any:
    return order(model=first_model(house), **changes)


async def test_one_image_comes_whole_with_its_parameters_inside(house: House) -> None:
    drawn = await draw(house.swarm, asked(house))

    assert drawn.error is None
    assert drawn.ended
    assert drawn.refs == [f"View/local/raw/{FOLDER}.png"]
    assert any(isinstance(event, StatusFrame) for event in drawn.events)
    assert max(step.fraction for step in drawn.steps) == 1.0
    data = await house.swarm.fetch_image(drawn.refs[0])
    with Image.open(BytesIO(data)) as image:
        image.load()
        assert image.size == (128, 128)
    assert '"seed": 42' in metadata.read_parameters(data)
    assert '"seed": 42' in drawn.images[0].metadata


async def test_a_job_ends_at_its_last_picture_not_at_the_close(house: House) -> None:
    loop = asyncio.get_running_loop()
    await draw(house.swarm, asked(house))  # the model is loaded now
    begun = loop.time()
    drawn = await draw(house.swarm, asked(house))

    assert drawn.ended
    assert loop.time() - begun < 1.5, "the server holds the socket for two seconds more"


async def test_four_images_each_once_and_found_again_in_order(house: House) -> None:
    drawn = await draw(house.swarm, asked(house, images=4))

    assert sorted(image.index for image in drawn.images) == [0, 1, 2, 3]
    assert len(set(drawn.refs)) == 4
    found = await house.swarm.list_saved_images(FOLDER)
    assert found == tuple(
        f"View/local/raw/{FOLDER}{suffix}.png" for suffix in ("", "-1", "-2", "-3")
    )
    assert set(found) == set(drawn.refs)
    assert await house.swarm.list_saved_images(FOLDER[:-1] + "2") == ()
    assert await house.swarm.list_saved_images("swarmbot/2026-01-01/nobody/1") == ()


async def test_a_stream_that_is_left_interrupts_its_own_session_alone(house: House) -> None:
    await draw(house.swarm, asked(house))
    await house.script(step_s=0.05)
    other = asyncio.create_task(draw(house.swarm, asked(house, steps=12), "swarmbot/d/other/1"))
    async with leased(house, asked(house, steps=50), "swarmbot/d/left/1") as (_, events):
        async for event in events:
            if isinstance(event, StatusFrame):
                break

    await house.until("interrupted")
    assert (await other).ended
    by_job = {
        generation["job"]: generation["state"]
        for generation in (await house.report())["generations"]
    }
    assert by_job["left"] == "interrupted"
    assert by_job["other"] == "done"


async def test_a_cancelled_task_interrupts_on_the_server(house: House) -> None:
    drawing = asyncio.Event()

    async def work() -> None:
        async with leased(house, asked(house, steps=500)) as (_, events):
            async for event in events:
                if isinstance(event, SamplingStep) and event.fraction > 0:
                    drawing.set()

    task = asyncio.create_task(work())
    await drawing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await house.until("interrupted")
    assert (await house.report())["interrupts"] >= 1


async def test_cancelled_before_the_first_frame_the_server_still_stops(house: House) -> None:
    async with house.swarm.lease_session() as lease:
        stream = lease.generate_images(asked(house, steps=500), FOLDER)
        first = asyncio.create_task(anext(stream))
        async with asyncio.timeout(60):
            while not await house.states():
                pass
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await stream.aclose()

    await house.until("interrupted")


async def test_interrupting_a_lease_ends_its_stream_with_interrupted(house: House) -> None:
    async def work() -> None:
        async with leased(house, asked(house, steps=500)) as (lease, events):
            async for event in events:
                assert not isinstance(event, ImageReady)
                if isinstance(event, SamplingStep) and event.fraction > 0:
                    await house.swarm.interrupt_session(lease.session)

    with pytest.raises(GenerationInterrupted):
        await work()


async def test_a_forgotten_session_is_renewed_once_with_the_same_order(house: House) -> None:
    await house.script("forget_session")
    async with house.swarm.lease_session() as lease:
        before = lease.session
        async with aclosing(lease.generate_images(asked(house), FOLDER)) as events:
            seen = [event async for event in events]
        assert lease.session != before
    drawn = Drawn(seen)

    assert [renewed.session for renewed in drawn.renewed] == [lease.session]
    assert drawn.ended
    assert drawn.refs == [f"View/local/raw/{FOLDER}.png"]
    told = (await house.report())["generations"][-1]["parameters"]
    assert told["seed"] == 42


async def test_questions_survive_a_forgotten_session_too(house: House) -> None:
    house.server.state.forget_sessions()
    await house.swarm.catalog.refresh_catalog()
    assert house.swarm.catalog.get_snapshot().models


async def test_without_a_websocket_pictures_come_over_plain_http(house: House) -> None:
    await house.script(websocket=False, step_s=0.05)
    drawn = await draw(house.swarm, asked(house, images=2, steps=4))

    assert drawn.error is None
    assert [image.index for image in drawn.images] == [0, 1]
    assert drawn.ended
    assert drawn.statuses
    assert drawn.steps == []
    assert not house.swarm.health.websocket_ok
    assert len(await house.swarm.fetch_image(drawn.refs[1])) > 100
    again = await draw(house.swarm, asked(house))
    assert again.ended


async def test_leaving_a_plain_http_drawing_interrupts_it(house: House) -> None:
    await house.script(websocket=False)
    async with leased(house, asked(house, steps=500)) as (_, events):
        async for _event in events:
            break
    await house.until("interrupted")


async def test_a_session_goes_back_to_the_pool_and_is_used_again(house: House) -> None:
    before = (await house.report())["sessions"]
    for _ in range(3):
        await draw(house.swarm, asked(house))
    assert (await house.report())["sessions"] == before + 1


async def test_a_silent_generation_is_given_up_and_interrupted() -> None:
    async with housed(silence_s=0.2) as house:
        house.server.state.script.keep_alive_s = 0.05
        await house.script("hang")
        async with SwarmClient.open(
            SwarmSettings(url=house.server.base, silence_s=0.2)
        ) as impatient:
            drawn = await draw(impatient, asked(house))
            assert isinstance(drawn.error, BackendDown)
            assert "busy with something else" in drawn.error.sentence
            assert impatient.health.down_reason is None, "a busy server is well"
        assert (await house.report())["interrupts"] >= 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("refuse", RequestRejected),
        ("silent", NoPicture),
        ("error_mid_batch", RequestRejected),
    ],
)
async def test_what_fails_says_so(house: House, fault: str, kind: type[Exception]) -> None:
    await house.script(fault)
    drawn = await draw(house.swarm, asked(house))
    assert isinstance(drawn.error, kind)
    assert drawn.images == []
    assert (await draw(house.swarm, asked(house))).ended, "and the next one works"


async def test_an_error_in_a_batch_comes_after_the_pictures_that_were_done(house: House) -> None:
    await house.script("error_mid_batch")
    drawn = await draw(house.swarm, asked(house, images=3))
    assert isinstance(drawn.error, RequestRejected)
    assert drawn.error.sentence == "The GPU ran out of memory."
    assert drawn.images


async def test_garbage_between_the_frames_costs_no_picture(house: House) -> None:
    await house.script("garbage")
    drawn = await draw(house.swarm, asked(house))
    assert drawn.error is None
    assert len(drawn.images) == 1


async def test_a_socket_that_drops_is_down_and_is_not_asked_again(house: House) -> None:
    await house.script("close")
    drawn = await draw(house.swarm, asked(house))
    assert isinstance(drawn.error, BackendDown)
    assert len((await house.report())["generations"]) == 1
    await house.until("done")
    assert await house.swarm.list_saved_images(FOLDER) == (f"View/local/raw/{FOLDER}.png",)


async def test_a_huge_picture_passes_and_a_dripping_one_is_whole(house: House) -> None:
    await house.script("huge", "slow_drip")
    huge = await draw(house.swarm, asked(house))
    assert len(await house.swarm.fetch_image(huge.refs[0])) > 1_000_000
    slow = await draw(house.swarm, asked(house), "swarmbot/d/slow/1")
    with Image.open(BytesIO(await house.swarm.fetch_image(slow.refs[0]))) as image:
        image.load()


async def test_a_server_that_is_down_is_down_and_comes_back(house: House) -> None:
    async with SwarmClient.open(SwarmSettings(url=house.server.base)) as swarm:
        await swarm.catalog.refresh_catalog()
        await house.script(down=True)
        for _ in range(2):
            drawn = await draw(swarm, asked(house))
            assert isinstance(drawn.error, BackendDown)
            assert swarm.health.down_reason is not None
        assert swarm.catalog.get_snapshot().models, "the last known list stays"
        await house.script(down=False)
        for _ in range(2):
            assert (await draw(swarm, asked(house))).ended
            assert swarm.health.down_reason is None


async def test_a_page_instead_of_the_api_is_said_to_be_one(house: House) -> None:
    await house.script(html=True)
    drawn = await draw(house.swarm, asked(house))
    assert isinstance(drawn.error, ProtocolError | BackendDown)
    with pytest.raises(ProtocolError, match="web page"):
        await house.swarm.catalog.refresh_catalog()


async def test_an_empty_end_is_no_picture(house: House) -> None:
    await house.script(empty=True)
    assert isinstance((await draw(house.swarm, asked(house))).error, NoPicture)
    await house.script(empty=True, websocket=False)
    assert isinstance((await draw(house.swarm, asked(house))).error, NoPicture)


async def test_a_restart_is_noticed_and_sessions_survive_it() -> None:
    async with housed() as house:
        before = await house.swarm.fetch_identity()
        house.server.state.restart()
        house.swarm.health.record_failure(BackendDown())
        await house.swarm.check_backend()  # back: the next question asks who answers
        await house.swarm.check_backend()
        after = await house.swarm.fetch_identity()
        assert after.server != before.server
        assert not await house.swarm.is_session_busy(before.session), (
            "the old session is still known"
        )


async def test_detection_at_the_start(house: House) -> None:
    assert await house.swarm.detect_websocket()
    await house.script(websocket=False)
    assert not await house.swarm.detect_websocket()
    assert not house.swarm.health.websocket_ok
    assert await house.states() == [], "nothing was drawn for it"


async def test_a_login_is_wanted_and_the_token_opens() -> None:
    setup = Setup(
        step_s=0.01,
        model_load_s=0.02,
        login=True,
        localhost_bypass=False,
        accounts=(Account("bot", "a long password"),),
    )
    async with SwarmStandIn(setup) as server:
        async with SwarmClient.open(SwarmSettings(url=server.base)) as stranger:
            with pytest.raises(LoginRequired):
                await stranger.catalog.refresh_catalog()
            assert stranger.health.down_reason is not None
        token = await _token(server.base)
        async with SwarmClient.open(SwarmSettings(url=server.base, token=token)) as swarm:
            await swarm.catalog.refresh_catalog()
            assert (await swarm.fetch_identity()).user == "bot"
            drawn = await draw(swarm, order(model=swarm.catalog.get_snapshot().models[0].name))
            assert drawn.refs == [f"View/bot/raw/{FOLDER}.png"]
            assert await swarm.list_saved_images(FOLDER) == tuple(drawn.refs)
            assert await swarm.fetch_image(drawn.refs[0])


async def _token(base: str) -> str:
    async with aiohttp.ClientSession(headers={"User-Agent": "test"}) as http:
        body = {"username": "bot", "password": "a long password"}
        async with http.post(f"{base}/API/Login", json=body) as answer:
            cookie = answer.headers["Set-Cookie"]
    return cookie.partition("swarm_token=")[2].partition(";")[0]


async def test_the_authorization_header_goes_with_everything() -> None:
    setup = Setup(step_s=0.01, model_load_s=0.02, authorization="Bearer xyz")
    async with SwarmStandIn(setup) as server:
        async with SwarmClient.open(SwarmSettings(url=server.base)) as stranger:
            with pytest.raises(LoginRequired) as caught:
                await stranger.catalog.refresh_catalog()
            assert "SWARMBOT_SWARMUI__AUTHORIZATION" in caught.value.fix
        good = SwarmSettings(url=server.base, authorization="Bearer xyz")
        async with SwarmClient.open(good) as swarm:
            await swarm.catalog.refresh_catalog()
            drawn = await draw(swarm, order(model=swarm.catalog.get_snapshot().models[0].name))
            assert drawn.ended
            assert await swarm.fetch_image(drawn.refs[0])


async def test_previews_are_pictures_and_can_be_switched_off(house: House) -> None:
    drawn = await draw(house.swarm, asked(house, steps=8))
    assert drawn.previews
    with Image.open(BytesIO(drawn.previews[0].data)) as image:
        image.load()
    async with SwarmClient.open(SwarmSettings(url=house.server.base, previews=False)) as swarm:
        assert (await draw(swarm, asked(house, steps=8))).previews == []
    assert (await house.report())["generations"][-1]["parameters"]["nopreviews"] is True


async def test_busy_and_stop_work_by_id_alone(house: House) -> None:
    assert await house.swarm.is_session_busy("0" * 40) is False
    async with leased(house, asked(house, steps=500)) as (lease, events):
        async for event in events:
            if isinstance(event, SamplingStep):
                break
        assert await house.swarm.is_session_busy(lease.session)
        await house.swarm.interrupt_session(lease.session)
        await house.until("interrupted")


async def test_data_urls_and_foreign_paths(house: House) -> None:
    data = png()
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    assert await house.swarm.fetch_image(url) == data
    with pytest.raises(BadPicture):
        await house.swarm.fetch_image("data:image/png;base64,%%%")
    for ref in ("http://example.org/x.png", "View/../../etc/passwd", "API/GetNewSession", ""):
        with pytest.raises(ProtocolError):
            await house.swarm.fetch_image(ref)
    with pytest.raises(NoPicture):
        await house.swarm.fetch_image("View/local/raw/nothing.png")


async def test_the_wall_lets_no_tag_through(house: House) -> None:
    drawn = await draw(house.swarm, asked(house, prompt="a <param[steps]:500> fox", negative="<x>"))
    assert drawn.ended
    assert (await house.report())["requests_with_tag"] == 0


async def test_nothing_is_left_running_when_the_client_is_closed() -> None:
    async with housed() as house:
        await draw(house.swarm, asked(house))
        async with leased(house, asked(house, steps=500)) as (_, events):
            async for event in events:
                if isinstance(event, ImageReady | SamplingStep | RequestEnded):
                    break
        before = asyncio.all_tasks()
        assert any(task.get_name() in ("hang up", "watch a session") for task in before)
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not names & {"hang up", "watch a session", "interrupt after leaving"}
