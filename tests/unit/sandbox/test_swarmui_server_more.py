"""What a recording that nobody here has seen may ask of the stand-in: read from the real server."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from bot.sandbox.swarmui.pictures import decoded, draw, jpeg
from tests.unit.sandbox.swarm_caller import caller, frames, having, until

PICTURE = "data:image/jpeg;base64," + base64.b64encode(jpeg(draw("a", 1, 64, 64))).decode()


async def test_a_request_sent_while_another_runs_is_drawn_before_the_socket_closes() -> None:
    async with caller() as swarm, await swarm.begin(steps=8) as ws:
        await until(ws, lambda frame: "gen_progress" in frame)
        later = {"session_id": swarm.session, "images": 1, "prompt": "a house", "steps": 40}
        await ws.send_json(later | {"width": 64, "height": 64, "model": "sd_xl_turbo_1.0_fp16"})
        rest = [frame async for frame in frames(ws)]
        told = having(rest, "batch_index")
        kinds = [next(iter(frame)) for frame in rest if "gen_progress" not in frame]
    assert sorted(told) == ["0", "1"]
    assert kinds.index("socket_intention") > max(i for i, k in enumerate(kinds) if k == "image")


@pytest.mark.parametrize(
    ("session", "status", "error_id"),
    [({}, 400, "basic_api"), ({"session_id": None}, 401, "invalid_session_id")],
)
async def test_null_is_a_session_that_nobody_has(session: Any, status: int, error_id: str) -> None:
    async with caller() as swarm:
        url = swarm.stand_in.base + "/API/GetCurrentStatus"
        async with swarm.http.post(url, json=session | {"a": 1}) as answer:
            assert answer.status == status
            assert (await answer.json())["error_id"] == error_id


async def test_whole_numbers_are_those_of_32_bits() -> None:
    async with caller() as swarm:
        told = await swarm.call("GenerateText2Image", images=2**31, prompt="x")
    assert (
        told["error"] == "Invalid value '2147483648' for parameter 'images', must be type 'Int32'"
    )


async def test_a_brought_picture_is_checked_late_and_sometimes_without_a_word() -> None:
    async with caller() as swarm:
        bad = await swarm.draw(initimage="data:image/png;base64,AAAAAAAAAAAAA")
        assert having(bad, "image") == having(bad, "error") == having(bad, "discard_indices") == []
        no_picture = await swarm.draw(initimage="data:image/png;base64,QUJDREVGR0hJSktM")
        assert having(no_picture, "error") == ["Something went wrong while generating images."]
        assert len(having(await swarm.draw(initimage=PICTURE), "image")) == 1


async def test_a_switched_off_backend_is_told_everywhere_and_can_be_switched_on_again() -> None:
    async with caller() as swarm:
        assert await swarm.call("ToggleBackend", backend_id=7, enabled=False) == {
            "error": "Invalid backend ID 7"
        }
        switch = await swarm.call("ToggleBackend", backend_id=0, enabled=False)
        assert switch == {"result": "Success."}
        again = await swarm.call("ToggleBackend", backend_id=0, enabled=False)
        assert again == {"result": "No change."}
        told = (await swarm.call("GetCurrentStatus"))["backend_status"]
        assert (told["status"], told["class"], told["any_loading"]) == (
            "all_disabled",
            "error",
            False,
        )
        listed = (await swarm.call("ListBackends"))["0"]
        assert (listed["status"], listed["enabled"]) == ("disabled", False)
        assert having(await swarm.draw(), "error") == ["No backends available!"]
        starting = asyncio.create_task(swarm.call("ToggleBackend", backend_id=0, enabled=True))
        states = set()
        while not starting.done():
            states.add((await swarm.call("GetCurrentStatus"))["backend_status"]["status"])
        assert "loading" in states
        assert len(having(await swarm.draw(), "image")) == 1


async def test_wildcards_are_written_listed_drawn_with_and_deleted() -> None:
    async with caller() as swarm:
        made = await swarm.call("EditWildcard", card="beasts/fox", options="red fox # best\n\n#no")
        assert made == {"success": True}
        listed = await swarm.call("ListModels", path="", depth=3, subtype="Wildcards")
        assert listed["folders"] == ["beasts"]
        assert [(one["name"], one["raw"]) for one in listed["files"]] == [
            ("beasts/fox", "red fox # best\n\n#no")
        ]
        described = await swarm.call("DescribeModel", modelName="Beasts/Fox", subtype="Wildcards")
        assert described["name"] == "beasts/fox"
        filled = await swarm.call("TestPromptFill", prompt="a <wildcard:fox> here")
        assert filled == {"result": "a red fox here"}
        assert (await swarm.call("ListT2IParams"))["wildcards"] == ["beasts/fox"]
        assert await swarm.call("DeleteWildcard", card="beasts/fox") == {"success": True}
        gone = await swarm.call("DeleteWildcard", card="beasts/fox")
        assert gone == {"error": "Model not found."}


async def test_settings_of_a_user_hold_for_the_next_picture() -> None:
    async with caller() as swarm:
        wanted = {
            "FileFormat.ImageFormat": "JPG",
            "OutPathBuilder.Format": "raw/mine/[prompt]",
            "NoSuch": 1,
        }
        assert await swarm.call("ChangeUserSettings", settings=wanted) == {"success": True}
        [path] = having(await swarm.draw(prompt="a fox"), "image")
        assert path == "View/local/raw/mine/a fox.jpg"
        told = (await swarm.call("GetUserSettings"))["settings"]
        assert told["fileformat"]["value"]["imageformat"]["value"] == "JPG"
        await swarm.call("ChangeUserSettings", settings={"SaveFiles": False})
        [unsaved] = having(await swarm.draw(), "image")
        assert unsaved.startswith("data:image/png;base64,")
        assert (await swarm.call("ChangeUserSettings"))["error_id"] == "internal_error"


async def test_presets_know_no_case_keep_their_picture_and_fill_in_the_prompt() -> None:
    async with caller() as swarm:
        form = {"title": "Ink", "description": "", "param_map": {"prompt": "ink of {value}"}}
        made = await swarm.call("AddNewPreset", **form, preview_image=PICTURE)
        assert made == {"success": True}
        assert "preset_fail" in await swarm.call("AddNewPreset", **(form | {"title": "INK"}))
        odd = form | {"title": "Odd", "preview_image": "http://elsewhere/x.png"}
        assert await swarm.call("AddNewPreset", **odd) == {
            "preset_fail": "Forbidden preview-image path."
        }
        [preset] = (await swarm.call("GetMyUserData"))["presets"]
        assert preset["preview_image"] == "/ViewSpecial/Preset/Ink?editid=1"
        status, body = await swarm.fetch("ViewSpecial/Preset/Ink")
        assert (status, body[:2]) == (200, b"\xff\xd8")
        [whole] = (await swarm.call("ExportUserPresets"))["presets"]
        head, _, inline = whole["preview_image"].partition(",")
        assert (head, base64.b64decode(inline)) == ("data:image/jpeg;base64", body)
        assert decoded(body).size == (256, 256)
        found = await swarm.draw(prompt="a fox", presets=["ink"])
        told = json.loads(having(found, "metadata")[0])["sui_image_params"]
        assert told["prompt"] == "ink of a fox"
        links = {"LoRA": {"x": ["Ink"]}}
        assert await swarm.call("SetPresetLinks", **links) == {"success": True}
        assert (await swarm.call("GetMyUserData"))["model_preset_links"] == links
        assert await swarm.call("DeletePreset", preset="INK") == {"success": True}
        assert await swarm.call("DeletePreset", preset="INK") == {"success": False}


async def test_a_brought_picture_joins_the_history() -> None:
    async with caller() as swarm:
        form = {"image": PICTURE, "prompt": "brought", "overrideoutpathformat": "raw/b/x"}
        [told] = (await swarm.call("AddImageToHistory", **form))["images"]
        assert (told["image"], told["batch_index"]) == ("View/local/raw/b/x.png", "0")
        assert (await swarm.fetch(told["image"]))[0] == 200
        wrong = await swarm.call("AddImageToHistory", image="data:image/png;base64,AAAA")
        assert wrong["error_id"] == "internal_error"
        refused = await swarm.call("AddImageToHistory", image=PICTURE, steps=5000)
        assert refused["error"].startswith("Invalid value for parameter Steps: ")
        assert (await swarm.report())["generations"] == []


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"tokenset": "../x"}, "Invalid tokenset (refused characters or format), refused."),
        ({"tokenset": "t5"}, "Tokenset 't5' does not exist."),
        ({"weighting": "maybe"}, "Invalid value 'maybe' for parameter 'weighting'"),
    ],
)
async def test_tokens_are_counted_in_known_sets_only(asked: Any, error: str) -> None:
    async with caller() as swarm:
        assert (await swarm.call("CountTokens", text="a fox", **asked))["error"].startswith(error)
        assert "count" in await swarm.call("CountTokens", text="a fox")
