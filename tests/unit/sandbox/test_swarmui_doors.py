"""The doors of the SwarmUI stand-in: settings that hold, faults that are used up, the report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from tests.unit.sandbox.swarm_caller import QUICK, caller, frames, having, until

PATH = "raw/swarmbot/2026-01-02/k3v9q2m7x4t8w1z5b6n0/1"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"set": {"speed": 1}}, "speed"),
        ({"set": {"step_s": -1}}, "step_s"),
        ({"set": {"down": "yes"}}, "down"),
        ({"set": {"error": 7}}, "error"),
        ({"next": ["explode"]}, "explode"),
        ({"next": "hang"}, "list"),
        ({"later": []}, "later"),
        ([], "object"),
    ],
)
async def test_a_script_that_makes_no_sense_is_refused_in_a_sentence(body: Any, why: str) -> None:
    async with caller() as swarm:
        async with swarm.http.post(swarm.stand_in.base + "/sandbox/script", json=body) as answer:
            assert answer.status == 400
            assert why in (await answer.json())["error"]
        assert (await swarm.raw("GET", "/sandbox/script"))["set"]["step_s"] == QUICK.step_s


async def test_a_refused_script_changes_nothing_at_all() -> None:
    async with caller() as swarm:
        await swarm.script(set={"step_s": 9, "nonsense": 1})
        assert (await swarm.raw("GET", "/sandbox/script"))["set"]["step_s"] == QUICK.step_s


async def test_the_report_tells_of_a_generation_by_its_job_folder() -> None:
    async with caller() as swarm:
        await swarm.draw(images=2, overrideoutpathformat=PATH, prompt="a <b> fox")
        report = await swarm.report()
    (told,) = report["generations"]
    assert told["job"] == "k3v9q2m7x4t8w1z5b6n0"
    assert told["prompt"] == "a <b> fox"
    assert told["parameters"]["steps"] == 4
    assert told["state"] == "done"
    assert told["images"] == [f"View/local/{PATH}.png", f"View/local/{PATH}-1.png"]
    assert report["requests_with_tag"] == 1
    assert report["sessions"] == 1
    assert report["at_once_max"] == 1
    assert report["interrupts"] == 0
    assert report["busy_s"] > 0


async def test_down_drops_connections_and_ends_with_the_script() -> None:
    async with caller() as swarm:
        await swarm.script(set={"hold": True})
        ws = await swarm.begin()
        await until(ws, lambda frame: "gen_progress" in frame)
        await swarm.script(set={"down": True})
        while not ws.closed:
            await ws.receive()
        assert ws.close_code == 1006
        with pytest.raises(aiohttp.ClientError):
            await swarm.call("GetCurrentStatus")
        await swarm.script(set={"down": False, "hold": False})
        assert "status" in await swarm.call("GetCurrentStatus")


async def test_html_is_what_a_proxy_says() -> None:
    async with caller() as swarm:
        await swarm.script(set={"html": True})
        async with swarm.http.post(swarm.stand_in.base + "/API/GetNewSession", json={}) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")


async def test_without_websocket_the_upgrade_is_a_get_and_http_still_draws() -> None:
    async with caller() as swarm:
        await swarm.script(set={"websocket": False})
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await swarm.begin()
        asked = {"prompt": "x", "width": 64, "height": 64, "steps": 1, "model": "turbo"}
        (path,) = (await swarm.call("GenerateText2Image", images=1, **asked))["images"]
        assert (await swarm.fetch(path))[0] == 200


@pytest.mark.parametrize(
    ("switch", "gone"), [("progress", "gen_progress"), ("previews", "preview")]
)
async def test_progress_and_previews_can_be_switched_off(switch: str, gone: str) -> None:
    async with caller() as swarm:
        assert gone in json.dumps(await swarm.draw())
        await swarm.script(set={switch: False})
        found = await swarm.draw()
    assert f'"{gone}"' not in json.dumps(found)
    assert having(found, "image")


async def test_error_and_empty_answer_every_generation() -> None:
    async with caller() as swarm:
        await swarm.script(set={"error": "No."})
        assert having(await swarm.draw(), "error") == ["No."]
        assert await swarm.call("GenerateText2Image", images=1, prompt="x") == {"error": "No."}
        await swarm.script(set={"error": None, "empty": True})
        found = await swarm.draw()
        assert (having(found, "image"), having(found, "error")) == ([], [])
        assert [told["state"] for told in (await swarm.report())["generations"]] == ["failed"] * 3


async def test_a_dead_backend_still_reads_running() -> None:
    async with caller() as swarm:
        await swarm.script(set={"dead": True})
        words = "Something went wrong while generating images."
        assert having(await swarm.draw(), "error") == [words]
        status = await swarm.call("GetCurrentStatus")
        assert status["backend_status"]["status"] == "running"


async def test_faults_strike_one_by_one_and_are_used_up() -> None:
    async with caller() as swarm:
        await swarm.script(next=["refuse", "silent"])
        assert having(await swarm.draw(), "error")
        found = await swarm.draw()
        assert (having(found, "image"), having(found, "error")) == ([], [])
        assert having(found, "discard_indices") == [[]]
        assert having(await swarm.draw(), "image")


async def test_a_hanging_generation_ends_only_by_an_interrupt() -> None:
    async with caller(replace(QUICK, keep_alive_s=0.01)) as swarm:
        await swarm.script(next=["hang"])
        ws = await swarm.begin()
        await until(ws, lambda frame: "keep_alive" in frame)
        assert (await swarm.report())["generations"][0]["state"] == "waiting"
        assert await swarm.call("InterruptAll") == {"success": True}
        rest = [frame async for frame in frames(ws)]
        assert (having(rest, "image"), having(rest, "error")) == ([], [])
        report = await swarm.report()
        assert (report["generations"][0]["state"], report["interrupts"]) == ("interrupted", 1)


async def test_close_cuts_the_socket_and_the_picture_is_made_all_the_same() -> None:
    async with caller() as swarm:
        await swarm.script(next=["close"])
        found = await swarm.draw(overrideoutpathformat=PATH)
        assert having(found, "image") == []
        await swarm.stand_in.idle()
        status, data = await swarm.fetch(f"View/local/{PATH}.png")
        assert (status, data[:4]) == (200, b"\x89PNG")


async def test_garbage_comes_between_good_frames() -> None:
    async with caller() as swarm:
        await swarm.script(next=["garbage"])
        found = await swarm.draw()
        assert "<html>502</html>" in found
        assert None in found
        assert [image for image in having(found, "image") if image]


@pytest.mark.parametrize(("images", "delivered"), [(1, 0), (2, 1), (3, 2)])
async def test_an_error_in_the_middle_of_a_batch(images: int, delivered: int) -> None:
    async with caller() as swarm:
        await swarm.script(next=["error_mid_batch"])
        found = await swarm.draw(images=images)
        assert having(found, "error")
        assert len(having(found, "image")) == delivered


async def test_huge_sends_frames_and_files_of_megabytes() -> None:
    async with caller() as swarm:
        await swarm.script(next=["huge"])
        found = await swarm.draw()
        assert max(len(json.dumps(frame)) for frame in found) > 2**20
        _, data = await swarm.fetch(having(found, "image")[0])
        assert len(data) > 5_000_000


async def test_slow_drip_sends_the_whole_file_in_small_pieces() -> None:
    async with caller() as swarm:
        await swarm.script(next=["slow_drip"])
        (path,) = having(await swarm.draw(), "image")
        async with swarm.http.get(f"{swarm.stand_in.base}/{path}") as answer:
            pieces = [piece async for piece, _ in answer.content.iter_chunks()]
            assert sum(map(len, pieces)) == int(answer.headers["Content-Length"])
        assert max(map(len, pieces)) <= 4096


async def test_a_forgotten_session_is_401_and_a_new_one_works() -> None:
    async with caller() as swarm:
        await swarm.script(next=["forget_session"])
        found = await swarm.draw()
        assert [frame.get("error_id") for frame in found] == ["invalid_session_id"]
        swarm.session = (await swarm.call("GetNewSession"))["session_id"]
        assert having(await swarm.draw(), "image")


async def test_a_restart_loses_the_work_keeps_the_sessions_and_shows_in_server_id() -> None:
    async with caller() as swarm:
        before = (await swarm.call("GetNewSession"))["server_id"]
        await swarm.script(next=["restart"])
        assert having(await swarm.draw(), "image") == []
        assert (await swarm.call("GetNewSession"))["server_id"] != before
        assert (await swarm.report())["generations"][0]["state"] == "failed"
        assert having(await swarm.draw(), "image")


async def test_a_picture_can_be_no_picture() -> None:
    async with caller() as swarm:
        await swarm.script(next=["not_a_picture"])
        (path,) = having(await swarm.draw(), "image")
        assert (await swarm.fetch(path))[1].startswith(b"<html>")
