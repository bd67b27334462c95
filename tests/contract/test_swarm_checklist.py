"""The checklist of a faithful SwarmUI stand-in, line by line: each test is one of its numbers.

Most lines are proven in detail elsewhere (`tests/unit/sandbox/test_swarmui_*`, the recordings);
here each is asked once, over sockets, so that none can be forgotten.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.sandbox.swarmui.setup import Account
from tests.unit.sandbox.swarm_caller import QUICK, Caller, caller, having, until

JOB = "raw/swarmbot/2026-01-02/k3v9q2m7x4t8w1z5b6n0/1"


async def status(swarm: Caller, method: str, route: str, **kw: Any) -> tuple[int, str]:
    url = swarm.stand_in.base + route
    async with swarm.http.request(method, url, allow_redirects=False, **kw) as answer:
        return answer.status, await answer.text()


async def test_line_1_routes_know_no_case_and_a_get_is_redirected() -> None:
    async with caller() as swarm:
        assert "session_id" in await swarm.raw("POST", "/api/GETNEWSESSION", {})
        url = swarm.stand_in.base + "/API/GetNewSession"
        async with swarm.http.get(url, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "/Error/NoGetAPI")


async def test_line_2_the_envelope_is_400_unless_the_session_is_wrong() -> None:
    async with caller() as swarm:
        mine = {"session_id": swarm.session}
        for route, body, wanted, error_id in (
            ("GetModels", mine, 400, "bad_route"),
            ("GetCurrentStatus", {"session_id": "0" * 40}, 401, "invalid_session_id"),
            ("GenerateText2ImageWS", mine, 400, "bad_request_method"),
        ):
            got, text = await status(swarm, "POST", f"/API/{route}", json=body)
            assert (got, json.loads(text)["error_id"]) == (wanted, error_id)
        got, text = await status(swarm, "POST", "/API/ListModels", json=mine)
        assert (got, json.loads(text)) == (200, {"error": "Missing required parameter 'path'"})


async def test_line_3_length_and_kind_are_checked_and_the_session_may_be_a_header() -> None:
    async with caller() as swarm:
        headers = {"X-Session-ID": swarm.session}
        got, _ = await status(swarm, "POST", "/API/GetCurrentStatus", json={}, headers=headers)
        assert got == 200
        got, text = await status(swarm, "POST", "/API/GetNewSession", data="{}")
        assert (got, json.loads(text)["error"]) == (400, "Wrong content type")
        plain = {"Content-Type": "application/json"}
        got, text = await status(swarm, "POST", "/API/GetNewSession", data=b"", headers=plain)
        assert (got, json.loads(text)["error"]) == (400, "bad content length")


async def test_line_4_sessions_logins_and_the_header_that_a_proxy_demands() -> None:
    async with caller() as swarm:
        one, two = await swarm.call("GetNewSession"), await swarm.call("GetNewSession")
        assert len(bytes.fromhex(one["session_id"])) == 20
        assert one["server_id"] == two["server_id"]
    async with caller(replace(QUICK, login=True, localhost_bypass=False)) as swarm:
        assert await swarm.call("GetNewSession") == {"error": "Invalid or unauthorized."}
    async with caller(replace(QUICK, authorization="Bearer x")) as swarm:
        assert await status(swarm, "POST", "/API/GetNewSession") == (401, "Unauthorized")


@pytest.mark.parametrize(("fault", "ends"), [("restart", False), ("forget_session", True)])
async def test_line_5_sessions_outlive_a_restart_unless_they_are_to_end(
    fault: str, ends: bool
) -> None:
    async with caller() as swarm:
        await swarm.script(next=[fault])
        await swarm.draw()
        told = await swarm.call("GetCurrentStatus")
        assert (told.get("error_id") == "invalid_session_id") == ends


async def test_lines_6_and_7_the_frames_come_in_their_order_and_form() -> None:
    async with caller() as swarm:
        found = await swarm.draw(steps=8)
        kinds = [next(iter(frame)) for frame in found]
        assert kinds[:3] == ["status"] * 3
        tail = ["image", "status", "keep_alive", "discard_indices", "socket_intention", "status"]
        assert kinds[-6:] == tail
        steps = having(found, "gen_progress")
        assert "metadata" in steps[0]
        assert not any("metadata" in step for step in steps[1:])
        assert max(step["overall_percent"] for step in steps) <= 1.2
        assert having(found, "batch_index") == ["0"]
        await swarm.script(set={"progress": False})
        assert having(await swarm.draw(), "gen_progress") == []


async def test_line_8_paths_are_raw_and_a_picture_can_come_as_data() -> None:
    async with caller() as swarm:
        [path] = having(await swarm.draw(prompt="50% fox, füchse ab"), "image")
        assert "50% fox, füchse ab" in path
        await swarm.script(next=["huge"])
        [data] = having(await swarm.draw(donotsave=True), "image")
        assert data.startswith("data:image/png;base64,")
        assert len(data) > 4 << 20
        [jpeg] = having(await swarm.draw(imageformat="jp"), "image")
        assert jpeg.endswith(".jpg")


async def test_line_9_pictures_ask_for_the_cookie_and_for_no_session() -> None:
    bot = Account("bot", "a long password")
    setup = replace(QUICK, login=True, localhost_bypass=False, accounts=(bot,))
    async with caller(setup) as swarm:
        accounts = swarm.stand_in.state.accounts
        swarm.session = accounts.new_session(accounts.users["bot"]).id
        [path] = having(await swarm.draw(overrideoutpathformat=JOB), "image")
        assert (await swarm.fetch(f"{path}?session_id={swarm.session}"))[0] == 400
        cookie = {"Cookie": f"swarm_token={accounts.new_token(accounts.users['bot'], 'x', '')}"}
        assert (await swarm.fetch(path, **cookie))[0] == 200
        assert (await swarm.fetch(path, **cookie, Range="bytes=0-9"))[0] == 206
        assert (await swarm.fetch("View/bot/raw/none.png", **cookie))[0] == 404


async def test_lines_10_and_15_an_interrupt_and_the_counters_are_the_sessions_own() -> None:
    async with caller() as swarm, await swarm.begin(prompt="SLOWSTEPS", steps=20) as mine:
        await until(mine, lambda frame: "gen_progress" in frame)
        other = (await swarm.call("GetNewSession"))["session_id"]
        told = await swarm.call("GetCurrentStatus", session_id=other)
        assert told["status"]["waiting_gens"] == 0
        assert (await swarm.call("GetCurrentStatus"))["status"]["live_gens"] == 1
        await swarm.call("InterruptAll", session_id=other)
        assert (await swarm.call("GetCurrentStatus"))["status"]["live_gens"] == 1
        await swarm.call("InterruptAll")
        frame = await until(mine, lambda frame: "error" in frame)
        assert frame["error"] == "Generation session interrupted."


async def test_line_11_a_client_that_goes_cancels_nothing() -> None:
    async with caller() as swarm:
        await swarm.script(next=["close"])
        await swarm.draw(overrideoutpathformat=JOB)
        await swarm.stand_in.idle()
        listed = await swarm.call("ListImages", path=JOB.rpartition("/")[0], depth=1)
        assert [one["src"] for one in listed["files"]] == ["1.png"]


@pytest.mark.parametrize(
    ("script", "end"),
    [({"next": ["silent"]}, [[]]), ({"set": {"empty": True}}, [[]]), ({"next": ["restart"]}, [])],
)
async def test_line_12_a_generation_can_end_without_a_word(script: Any, end: Any) -> None:
    async with caller() as swarm:
        await swarm.script(**script)
        found = await swarm.draw()
        assert having(found, "image") == having(found, "error") == []
        assert having(found, "discard_indices") == end


async def test_line_13_names_are_matched_loosely_and_seeds_count_up() -> None:
    async with caller() as swarm:
        found = await swarm.draw(model="turbo", nosuch=1, images=2, seed=7)
        told = [json.loads(one)["sui_image_params"] for one in having(found, "metadata")]
        assert [one["seed"] for one in told] == [7, 8]
        assert "turbo" in told[0]["model"]
        odd = await swarm.draw(aspectratio="3:4", sidelength=512, width=96, height=64)
        assert having(odd, "image")


async def test_line_14_more_pictures_can_come_than_were_asked_for() -> None:
    async with caller() as swarm:
        found = await swarm.draw(prompt="a <param[batchsize]:3>fox")
        assert having(found, "batch_index")[0] == "0"
        assert len(having(found, "image")) == 3
