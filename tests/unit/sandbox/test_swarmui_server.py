"""The SwarmUI stand-in where no recording looks: envelope, files, backends, accounts, lists."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from bot.sandbox.swarmui import Account, ModelFile, Setup, SwarmStandIn
from tests.unit.sandbox.swarm_caller import QUICK, caller, frames, having, until

TWO = (
    ModelFile("one.safetensors", "stable-diffusion-v1"),
    ModelFile("deep/two.safetensors", "stable-diffusion-v1"),
)


async def test_routes_know_no_case_and_take_the_session_from_the_header() -> None:
    async with caller() as swarm:
        url = swarm.stand_in.base + "/api/getcurrentstatus"
        headers = {"X-Session-ID": swarm.session}
        async with swarm.http.post(url, json={"x": 1}, headers=headers) as answer:
            assert "status" in await answer.json()


async def test_a_body_without_length_is_refused() -> None:
    async def pieces() -> Any:
        yield b"{}"

    async with caller() as swarm:
        url = swarm.stand_in.base + "/API/GetNewSession"
        headers = {"Content-Type": "application/json"}
        async with swarm.http.post(url, data=pieces(), headers=headers) as answer:
            assert (await answer.json())["error"] == "bad content length"


async def test_only_whoever_takes_gzip_gets_it() -> None:
    async with caller() as swarm:
        url = swarm.stand_in.base + "/API/GetNewSession"
        for accepted, length in (("gzip", None), ("identity", True)):
            headers = {"Accept-Encoding": accepted}
            async with swarm.http.post(url, json={}, headers=headers) as answer:
                assert ("Content-Length" in answer.headers) is (length is True)
                assert (answer.headers.get("Content-Encoding") == "gzip") is (length is None)
                assert answer.headers["Cache-Control"] == "no-store"


async def test_required_authorization_guards_everything_but_the_doors() -> None:
    async with caller(replace(QUICK, authorization="Bearer xyz")) as swarm:
        async with swarm.http.post(swarm.stand_in.base + "/API/GetNewSession", json={}) as answer:
            assert (answer.status, await answer.text()) == (401, "Unauthorized")
        key = {"Authorization": "Bearer xyz"}
        url = swarm.stand_in.base + "/API/GetNewSession"
        async with swarm.http.post(url, json={}, headers=key) as answer:
            assert "session_id" in await answer.json()
        assert (await swarm.report())["sessions"] == 1


async def test_the_png_carries_the_metadata_of_its_frame() -> None:
    async with caller() as swarm:
        found = await swarm.draw(
            prompt="ein Füchslein", seed=5, extra_metadata={"job": "7"}, personalnote="hm"
        )
        (path,), (told,) = having(found, "image"), having(found, "metadata")
        _, data = await swarm.fetch(path)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (96, 64)
        assert picture.info["parameters"] == told
    metadata = json.loads(told)
    assert metadata["sui_image_params"]["seed"] == 5
    assert metadata["sui_image_params"]["prompt"] == "ein Füchslein"
    assert metadata["sui_image_params"]["swarm_version"]
    assert metadata["sui_extra_data"]["job"] == "7"
    assert metadata["sui_extra_data"]["generation_time"].endswith(" sec")


async def test_a_random_seed_is_told_and_counts_up_over_a_batch() -> None:
    async with caller() as swarm:
        found = await swarm.draw(images=3, seed=-1)
    seeds = [json.loads(told)["sui_image_params"]["seed"] for told in having(found, "metadata")]
    assert seeds[0] >= 0
    assert seeds == [seeds[0], seeds[0] + 1, seeds[0] + 2]


async def test_batchsize_makes_more_pictures_than_were_announced() -> None:
    async with caller() as swarm:
        found = await swarm.draw(prompt="x <param[batchsize]:3>")
    assert having(found, "batch_index") == ["0", "2", "3"]


async def test_tags_change_the_parameters_and_unknown_ones_stay() -> None:
    async with caller() as swarm:
        found = await swarm.draw(
            prompt="a <PARAM[steps]:2> <lora:watercolour_xl:0.5> <lora:none such> <unknown:z>"
        )
        (told,) = [json.loads(text) for text in having(found, "metadata")[-1:]]
    shown = told["sui_image_params"]
    assert (shown["steps"], shown["loras"], shown["loraweights"]) == (
        2,
        ["watercolour_xl"],
        ["0.5"],
    )
    assert shown["prompt"] == "a   <lora:none such> <unknown:z>"
    assert told["sui_extra_data"]["original_prompt"].startswith("a <PARAM")
    assert len(told["sui_extra_data"]["parser_warnings"]) == 1


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("<repeat[3]:x>", "x x x"),
        ("<repeat:2,<random:y>>", "y y"),
        ("<setvar[a]:b> and <var:a>", "b and b"),
        ("<setmacro[m,false]:<random:q>><macro:m>", "q"),
        ("<comment:<lora:x:abc>>z", "z"),
        ("<alt:a,b>", "[a|b]"),
        ("<fromto[0.5]:a,b>", "[a:b:0.5]"),
        ("<random[2,]:n|n>", "n, n,"),
        ("<param:steps> steps", "4 steps"),
        ("a < b and c > d", "a < b and c > d"),
        ("<repeat[many]:x>", "<repeat[many]:x>"),
        ("<wildcard:w>", "<wildcard:w>"),
        ("<setmacro[a,false]:<macro:a><macro:a>>", ""),
    ],
)
async def test_prompt_tags_become_text(prompt: str, text: str) -> None:
    async with caller() as swarm:
        told = json.loads(having(await swarm.draw(prompt=prompt), "metadata")[-1])
    assert told["sui_image_params"]["prompt"] == text


@pytest.mark.parametrize("prompt", ["<lora:x:abc>", "<setvar:x>", "<setmacro:x>", "<fromto:a,b>"])
async def test_some_tags_fail_in_silence(prompt: str) -> None:
    async with caller() as swarm:
        found = await swarm.draw(prompt=prompt)
        assert (having(found, "image"), having(found, "error")) == ([], [])
        assert having(found, "discard_indices") == [[]]


@pytest.mark.parametrize(
    "prompt",
    [
        "<repeat[999999999]:x>",
        "<repeat[9999]:<repeat[9999]:<random[9999]:x,y>>>",
        "<setmacro[a,false]:<macro:a><macro:a>><macro:a>",
    ],
)
async def test_tags_without_end_stop_here(prompt: str) -> None:
    async with caller() as swarm:
        assert having(await swarm.draw(prompt=prompt), "image")


async def test_a_refused_tag_is_an_error_and_the_counter_goes_below_zero() -> None:
    async with caller() as swarm:
        found = await swarm.draw(prompt="x <param[steps]:9999>")
    assert "must be between 0 and 500" in having(found, "error")[0]
    assert having(found, "status")[1]["waiting_backends"] == -1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"cfgscale": "much"}, "Invalid decimal value for param CFG Scale - 'much'"),
        ({"cfgscale": 101}, "must be between 0 and 100"),
        ({"donotsave": "maybe"}, "must be exactly 'true' or 'false'"),
        ({"loras": "zzz"}, "must be one of: `(None)`, `film_grain_flux`"),
        ({"promptimages": "!"}, "Invalid image-list value for param Prompt Images"),
        ({"initimage": "data:image/png;base64,%%%"}, "Invalid IMAGE value for param Init Image"),
        ({"teacachemode": "all"}, "- Request requires flag 'teacache' which is not present"),
        ({"exactbackendid": "0", "internalbackendtype": "swarmswarm"}, "type requested"),
    ],
)
async def test_bad_values_are_refused_in_the_servers_words(asked: Any, words: str) -> None:
    async with caller() as swarm:
        (error,) = having(await swarm.draw(**asked), "error")
    assert words in error


async def test_models_are_matched_by_substring() -> None:
    async with caller() as swarm:
        found = await swarm.draw(model="XL TURBO".replace(" ", "_"))
        told = json.loads(having(found, "metadata")[0])
    assert told["sui_image_params"]["model"] == "sd_xl_turbo_1.0_fp16"


async def test_presets_win_over_what_was_asked() -> None:
    async with caller() as swarm:
        added = await swarm.call(
            "AddNewPreset", title="Quick", description="", param_map={"steps": 2}
        )
        assert added == {"success": True}
        again = await swarm.call("AddNewPreset", title="Quick", description="", param_map={})
        assert again == {"preset_fail": "A preset with that title already exists."}
        found = await swarm.draw(presets=["Quick", "none such"])
        told = json.loads(having(found, "metadata")[0])
        assert told["sui_image_params"]["steps"] == 2
        assert told["sui_extra_data"]["presets_used"] == ["Quick", "none such"]
        (preset,) = (await swarm.call("GetMyUserData"))["presets"]
        assert preset["title"] == "Quick"


async def test_names_count_up_and_stay_taken_after_a_deletion() -> None:
    async with caller() as swarm:
        names = []
        for form in ("PNG", "JPG", "WEBP"):
            found = await swarm.draw(overrideoutpathformat="raw/a/b", imageformat=form)
            names += having(found, "image")
        assert names == [
            "View/local/raw/a/b.png",
            "View/local/raw/a/b-1.jpg",
            "View/local/raw/a/b-2.webp",
        ]
        assert await swarm.call("DeleteImage", path="raw/a/b.png") == {"success": True}
        assert having(await swarm.draw(overrideoutpathformat="raw/a/b"), "image") == [
            "View/local/raw/a/b-3.png"
        ]
        listed = await swarm.call("ListImages", path="raw", depth=2, sortBy="Name")
        assert listed["folders"] == ["a"]
        assert [file["src"] for file in listed["files"]] == ["a/b-3.png", "a/b-2.webp", "a/b-1.jpg"]
        assert all("sui_image_params" in file["metadata"] for file in listed["files"])


async def test_the_default_name_is_made_of_time_prompt_and_model() -> None:
    async with caller() as swarm:
        (path,) = having(await swarm.draw(prompt="50% of a/b: <3 foxes?"), "image")
        assert path.split("/")[:3] == ["View", "local", "raw"]
        assert path.endswith("-50% of ab 3 foxes-sd_xl_turbo_10_fp16.png")
        status, _ = await swarm.fetch(path.replace("%", "%25").replace(" ", "%20"))
        assert status == 200


async def test_files_by_part_by_thumbnail_and_what_is_not_there() -> None:
    async with caller() as swarm:
        (path,) = having(await swarm.draw(width=600, height=300), "image")
        quoted = path.replace(" ", "%20")
        status, part = await swarm.fetch(quoted, Range="bytes=1-3")
        assert (status, part) == (206, b"PNG")
        assert (await swarm.fetch(quoted, Range="bytes=-2"))[0] == 206
        assert (await swarm.fetch(quoted, Range="bytes=99999999-"))[0] == 416
        _, small = await swarm.fetch(quoted + "?preview=true")
        with Image.open(io.BytesIO(small)) as thumbnail:
            assert (thumbnail.format, min(thumbnail.size)) == ("JPEG", 256)
        assert (await swarm.fetch("View/local/raw"))[0] == 500
        assert (await swarm.fetch("view/local/raw/x.png"))[0] == 400
        assert (await swarm.fetch("ViewSpecial/Stable-Diffusion/nothing"))[0] == 404


async def test_starring_copies_a_picture() -> None:
    async with caller() as swarm:
        await swarm.draw(overrideoutpathformat="raw/s")
        assert await swarm.call("ToggleImageStarred", path="raw/s.png") == {"new_state": True}
        assert (await swarm.fetch("View/local/Starred/raw/s.png"))[0] == 200
        listed = await swarm.call("ListImages", path="", depth=3)
        assert [file["src"] for file in listed["files"]] == ["Starred/raw/s.png"]
        assert await swarm.call("ToggleImageStarred", path="raw/s.png") == {"new_state": False}
        assert "error" in await swarm.call("ToggleImageStarred", path="raw/none.png")


async def test_models_with_a_picture_have_it_under_view_special() -> None:
    async with caller() as swarm:
        files = (await swarm.call("ListModels", path="", depth=4))["files"]
        pictured = [one for one in files if one["preview_image"].startswith("/ViewSpecial/")]
        assert pictured
        status, data = await swarm.fetch(pictured[0]["preview_image"].lstrip("/"))
        assert (status, data[:2]) == (200, b"\xff\xd8")
        described = await swarm.call("DescribeModel", modelName=pictured[0]["name"])
        assert described["model"]["preview_image"].startswith("data:image/jpeg;base64,")
        assert {one["compat_class"] for one in files} == {
            "stable-diffusion-v1",
            "stable-diffusion-xl-v1",
            "flux-1",
        }
        inner = await swarm.call("ListModels", path="Flux", depth=1)
        assert [one["name"].split("/")[0] for one in inner["files"]] == ["Flux", "Flux"]


async def test_another_model_is_loaded_in_turn_and_shown_as_loaded() -> None:
    async with caller(replace(QUICK, models=TWO)) as swarm:
        await swarm.script(set={"hold": True})
        first = await swarm.begin(model="one")
        await until(first, lambda frame: "gen_progress" in frame)
        second = await swarm.begin(model="deep/two")
        await until(second, lambda frame: "status" in frame and frame["status"]["loading_models"])
        await swarm.script(set={"hold": False})
        for ws in (first, second):
            assert having([frame async for frame in frames(ws)], "image")
        (loaded,) = (await swarm.call("ListLoadedModels"))["models"]
        assert loaded["name"] == "deep/two.safetensors"


async def test_select_model_loads_it_and_names_what_it_does_not_know() -> None:
    async with caller(replace(QUICK, models=TWO)) as swarm:
        assert await swarm.call("SelectModel", model="deep/two") == {"success": True}
        backends = await swarm.call("ListBackends", full_data=True)
        assert backends["0"]["current_model"] == "deep/two.safetensors"
        assert await swarm.call("SelectModel", model="tw") == {"error": "Model not found."}
        assert await swarm.call("SelectModel", model="") == {"error": "Invalid empty name."}


async def test_interrupting_one_session_leaves_the_others() -> None:
    async with caller() as swarm:
        other = (await swarm.call("GetNewSession"))["session_id"]
        await swarm.script(set={"hold": True})
        mine = await swarm.begin()
        await until(mine, lambda frame: "gen_progress" in frame)
        theirs = await swarm.begin(session_id=other)
        await until(theirs, lambda frame: "status" in frame and frame["status"]["live_gens"])
        await swarm.call("InterruptAll")
        await swarm.script(set={"hold": False})
        ended = [frame async for frame in frames(mine)]
        assert having(ended, "error") == ["Generation session interrupted."]
        assert having([frame async for frame in frames(theirs)], "image")
        states = [told["state"] for told in (await swarm.report())["generations"]]
        assert states == ["interrupted", "done"]


async def test_other_sessions_true_interrupts_all_of_the_user() -> None:
    async with caller() as swarm:
        other = (await swarm.call("GetNewSession"))["session_id"]
        await swarm.script(set={"hold": True})
        theirs = await swarm.begin(session_id=other)
        await until(theirs, lambda frame: "gen_progress" in frame)
        await swarm.call("InterruptAll", other_sessions=True)
        assert having([frame async for frame in frames(theirs)], "error")


async def test_a_login_is_asked_of_everybody_who_is_not_at_the_machine() -> None:
    setup = replace(
        QUICK, login=True, localhost_bypass=False, accounts=(Account("bob", "long enough", "user"),)
    )
    async with caller(setup) as swarm:
        assert swarm.session == ""
        assert await swarm.call("GetNewSession") == {"error": "Invalid or unauthorized."}
        asked = {"username": "bob", "password": "long enough"}
        url = swarm.stand_in.base + "/API/Login"
        async with swarm.http.post(url, json=asked) as answer:
            assert await answer.json() == {"success": "true"}
            token = answer.cookies["swarm_token"].value
        assert bytes.fromhex(token.split(".")[0]) == b"bob"
        swarm.http.cookie_jar.clear()
        bare = await swarm.call("GetNewSession")
        assert "error" in bare
        cookie = {"Cookie": f"swarm_token={token}"}
        url = swarm.stand_in.base + "/API/GetNewSession"
        async with swarm.http.post(url, json={}, headers=cookie) as answer:
            swarm.session = (await answer.json())["session_id"]
        (path,) = having(await swarm.draw(overrideoutpathformat="raw/p"), "image")
        assert path == "View/bob/raw/p.png"
        assert (await swarm.fetch(path))[0] == 400
        assert (await swarm.fetch(path, **cookie))[0] == 200
        made = await swarm.call("CreateAuthToken", reason="bot")
        assert (await swarm.fetch(path, Cookie=f"swarm_token={made['token']}"))[0] == 200
        assert (await swarm.call("ListBackends"))["error_id"] == "bad_permissions"
        for _ in range(6):
            last = await swarm.call("Login", username="bob", password="wrong password")
        assert last == {"error_id": "ratelimit"}


async def test_the_owner_adds_a_user_and_speaks_as_them() -> None:
    async with caller(replace(QUICK, login=True)) as swarm:
        added = await swarm.call("AdminAddUser", name="bot", password="12345678", role="user")
        assert added == {"success": True}
        as_bot = await swarm.call("GetNewSession", impersonateUser="bot")
        assert as_bot["user_id"] == "bot"
        assert "*" not in as_bot["permissions"]
        nobody = await swarm.call("GetNewSession", impersonateUser="nobody")
        assert nobody["error_id"] == "bad_impersonate"


async def test_a_data_folder_keeps_files_sessions_and_names(tmp_path: Path) -> None:
    kept = replace(QUICK, data=tmp_path)
    async with caller(kept) as swarm:
        session = swarm.session
        await swarm.draw(overrideoutpathformat="raw/k")
    async with SwarmStandIn(kept) as stand_in, aiohttp.ClientSession() as http:
        again = type(swarm)(stand_in, http)
        again.session = session
        assert "status" in await again.call("GetCurrentStatus")
        assert (await again.fetch("View/local/raw/k.png"))[0] == 200
        assert having(await again.draw(overrideoutpathformat="raw/k"), "image") == [
            "View/local/raw/k-1.png"
        ]


async def test_without_a_data_folder_nothing_stays() -> None:
    async with caller() as swarm:
        root = swarm.stand_in.state.files.root
        await swarm.draw()
        assert any(root.rglob("*.png"))
    assert not root.exists()


async def test_a_client_close_is_answered_only_when_the_work_is_done() -> None:
    async with caller() as swarm:
        await swarm.script(set={"hold": True})
        ws = await swarm.begin(overrideoutpathformat="raw/c")
        await until(ws, lambda frame: "gen_progress" in frame)
        closing = asyncio.create_task(ws.close())
        await swarm.call("GetCurrentStatus")
        assert not closing.done()
        await swarm.script(set={"hold": False})
        await closing
        assert (await swarm.fetch("View/local/raw/c.png"))[0] == 200


def test_like_reads_the_first_line_of_a_recording(tmp_path: Path) -> None:
    recording = tmp_path / "some.jsonl"
    server = {"backends": ["autowebui"], "login": True, "image_s": 3, "users": {}}
    recording.write_text(json.dumps({"scenario": "some", "server": server}) + "\n{}\n")
    setup = Setup.like(recording)
    assert (setup.backends, setup.login, setup.image_s) == (("autowebui",), True, 3.0)
    recording.write_text("{}\n")
    with pytest.raises(ValueError, match="server"):
        Setup.like(recording)


async def test_tokens_are_listed_and_taken_back() -> None:
    setup = replace(QUICK, login=True, accounts=(Account("bob", "long enough", "user"),))
    async with caller(setup) as swarm:
        swarm.session = (await swarm.call("GetNewSession", impersonateUser="bob"))["session_id"]
        token = (await swarm.call("CreateAuthToken", reason="for a bot"))["token"]
        (told,) = (await swarm.call("ListMyAuthTokens"))["tokens"]
        assert (told["id"], told["user_agent"]) == (token.split(".")[1], "for a bot")
        assert await swarm.call("RevokeMyAuthToken", tokenId=told["id"]) == {"success": True}
        again = await swarm.call("RevokeMyAuthToken", tokenId=told["id"])
        assert again == {"error": "Token not found."}
        assert swarm.stand_in.state.accounts.by_token(token) is None


async def test_a_server_without_login_has_no_tokens() -> None:
    async with caller() as swarm:
        for route, body in (("CreateAuthToken", {"reason": "x"}), ("ListMyAuthTokens", {})):
            told = await swarm.call(route, **body)
            assert told == {"error": "Authorization is not enabled."}


async def test_a_later_request_on_a_socket_without_images_makes_one() -> None:
    async with caller(replace(QUICK, closing_s=30)) as swarm:
        ws = await swarm.begin(images=2)
        await until(ws, lambda frame: "socket_intention" in frame)
        later = {"prompt": "y", "model": "turbo", "width": 64, "height": 64, "steps": 1}
        await ws.send_json(later)
        frame = await until(ws, lambda frame: "image" in frame)
        assert frame["batch_index"] == "2"


async def test_the_whole_servers_status_sums_over_sessions() -> None:
    async with caller() as swarm:
        other = (await swarm.call("GetNewSession"))["session_id"]
        await swarm.script(set={"hold": True})
        for session in (swarm.session, other):
            ws = await swarm.begin(session_id=session)
            await until(ws, lambda frame: "status" in frame and frame["status"]["live_gens"])
        assert (await swarm.call("GetCurrentStatus"))["status"]["live_gens"] == 1
        assert (await swarm.call("GetGlobalStatus"))["status"]["live_gens"] == 2
        (user,) = (await swarm.call("ListConnectedUsers"))["users"]
        assert (user["id"], user["live_gens"]) == ("local", 2)


async def test_percentages_are_those_of_nodes_and_previews_jump_ahead_of_steps() -> None:
    async with caller() as swarm:
        shown = having(await swarm.draw(steps=6), "gen_progress")
    steps = [frame["overall_percent"] for frame in shown if "preview" not in frame]
    assert steps[:6] == [0, 0.125, 0.25, 0.375, 0.5, 0.625]
    assert steps[6] == 0.6458333
    assert steps[-4:] == [0.75, 0.75, 0.875, 1]
    (preview,) = [frame for frame in shown if "preview" in frame]
    assert (preview["overall_percent"], preview["current_percent"]) == (0.8095238, 0.6666667)
    assert ["metadata" in frame for frame in shown].index(True) == 0
    assert sum("metadata" in frame for frame in shown) == 1


async def test_a_picture_that_no_gpu_holds_is_out_of_memory() -> None:
    async with caller() as swarm:
        found = await swarm.draw(width=16384, height=16384)
    assert "CUDA out of memory" in having(found, "error")[0]
    assert having(found, "image") == []
