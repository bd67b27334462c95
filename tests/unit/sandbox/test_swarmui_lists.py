"""Presets, wildcards and models of the stand-in, with the arguments that a page never sends."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.swarmui import Setup
from bot.sandbox.swarmui.pictures import decoded, draw, jpeg
from tests.unit.sandbox.swarm_caller import QUICK, Caller, caller

PICTURE = "data:image/jpeg;base64," + base64.b64encode(jpeg(draw("a", 1, 64, 32))).decode("ascii")
PRESET = {"title": "Ink", "description": "", "param_map": {"steps": 2}}
CARD = {
    "model": "v1-5-pruned-emaonly.safetensors",
    "title": "Old one",
    "author": "me",
    "type": "Stable-Diffusion-XL-v1-Base",
    "description": "",
    "standard_width": 640,
    "standard_height": 0,
    "usage_hint": "20 steps",
    "date": "",
    "license": "",
    "trigger_phrase": "sd",
    "prediction_type": " ",
    "tags": "one, two ,",
}


async def titles(swarm: Caller) -> list[str]:
    return [one["title"] for one in (await swarm.call("GetMyUserData"))["presets"]]


async def test_values_of_a_preset_become_text_as_json_does() -> None:
    values = {"a": ["x", "y"], "b": True, "c": None, "d": 0.5, "e": {"f": 1}, "g": 2.0, "h": "t"}
    async with caller() as swarm:
        await swarm.call("AddNewPreset", **(PRESET | {"param_map": values}))
        [preset] = (await swarm.call("GetMyUserData"))["presets"]
        assert preset["param_map"] == {
            "a": '[\n  "x",\n  "y"\n]',
            "b": "True",
            "c": "",
            "d": "0.5",
            "e": '{\n  "f": 1\n}',
            "g": "2",
            "h": "t",
        }


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"title": " .<> "}, {"preset_fail": "Invalid or empty title."}),
        ({"title": "ink"}, {"preset_fail": "A preset with that title already exists."}),
        ({"title": "B", "preview_image": "x?"}, {"preset_fail": "Forbidden preview-image path."}),
        ({"title": "B", "preview_image": "data:image/jpeg;base64,AAAA"}, "internal_error"),
        ({"title": "B", "param_map": None}, "internal_error"),
        ({"title": "B", "param_map": "steps"}, "internal_error"),
        ({"title": "B", "is_edit": True}, "internal_error"),
        ({"title": "B", "is_edit": "maybe"}, {"error": "Invalid value 'maybe' for parameter"}),
        ({"title": "B", "preview_image": "/ViewSpecial/Preset/Ink"}, {"success": True}),
        ({"title": "B", "is_edit": True, "editing": "nothing"}, {"success": True}),
    ],
)
async def test_a_preset_is_refused_as_swarmui_does(asked: dict[str, Any], wanted: Any) -> None:
    async with caller() as swarm:
        await swarm.call("AddNewPreset", **PRESET)
        told = await swarm.call("AddNewPreset", **(PRESET | asked))
        if wanted == "internal_error":
            assert told["error_id"] == wanted
        elif "error" in wanted:
            assert told["error"].startswith(wanted["error"])
        else:
            assert told == wanted


async def test_an_edit_keeps_the_place_unless_the_title_changes() -> None:
    async with caller() as swarm:
        for title in ("A", "B", "C"):
            await swarm.call("AddNewPreset", **(PRESET | {"title": title}))
        await swarm.call("AddNewPreset", **(PRESET | {"title": "A"}), is_edit=True, editing="A")
        assert await titles(swarm) == ["A", "B", "C"]
        await swarm.call("AddNewPreset", **(PRESET | {"title": "D"}), is_edit=True, editing="b")
        assert await titles(swarm) == ["A", "C", "D"]
        await swarm.call("AddNewPreset", **(PRESET | {"title": "a"}), is_edit=True, editing="A")
        assert await titles(swarm) == ["C", "D", "a"]
        await swarm.call("DuplicatePreset", preset="d")
        assert await titles(swarm) == ["C", "D", "a", "d (2)"]


async def test_a_wildcard_has_a_picture_until_it_is_cleared(tmp_path: Path) -> None:
    async with caller(replace(QUICK, data=tmp_path)) as swarm:
        form = {"card": "cats/big", "options": "lion\r\nlynx"}
        await swarm.call("EditWildcard", **form, preview_image=PICTURE)
        await swarm.call("EditWildcard", **form)
        [card] = (await swarm.call("ListModels", path="", depth=2, subtype="Wildcards"))["files"]
        shown = "/ViewSpecial/Wildcards/cats/big?editid=1"
        assert card == {"name": "cats/big", "raw": "lion\nlynx", "image": shown}
        status, body = await swarm.fetch("ViewSpecial/Wildcards/cats/big")
        assert (status, decoded(body).size) == (200, (512, 256))
        told = await swarm.call("DescribeModel", modelName="Cats/BIG", subtype="Wildcards")
        assert told["image"].startswith("data:image/jpeg;base64,")
        wrong = await swarm.call("EditWildcard", **form, preview_image="data:image/png;base64,AA")
        assert wrong["error_id"] == "internal_error"
        await swarm.call("EditWildcard", **form, preview_image="clear")
        assert (await swarm.fetch("ViewSpecial/Wildcards/cats/big"))[0] == 500
        assert (await swarm.fetch("ViewSpecial/Wildcards/nothing"))[0] == 404
        (tmp_path / "Wildcards" / "new.txt").write_text("one", "utf-8")
        names = (await swarm.call("TriggerRefresh", refreshType="wildcards"))["wildcards"]
        assert sorted(names) == ["cats/big", "new"]
    async with caller(replace(QUICK, data=tmp_path)) as swarm:
        assert (await swarm.call("ListT2IParams"))["wildcards"] == ["cats/big", "new"]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ({"sortBy": "title"}, "Flux/flux1-dev.safetensors"),
        ({"sortBy": "1", "sortReverse": True}, "v1-5-pruned-emaonly.safetensors"),
        ({"sortBy": " datecreated "}, "Flux/flux1-dev.safetensors"),
        ({"sortBy": "DateModified", "sortReverse": True}, "v1-5-pruned-emaonly.safetensors"),
        ({"sortBy": "9"}, "Flux/flux1-dev.safetensors"),
    ],
)
async def test_models_are_sorted_as_asked(asked: dict[str, Any], first: str) -> None:
    async with caller() as swarm:
        listed = await swarm.call("ListModels", path="", depth=9, **asked)
        assert listed["files"][0]["name"] == first


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"sortBy": "Size"}, "Invalid sort mode 'Size'."),
        ({"sortBy": ""}, "Invalid sort mode ''."),
        ({"subtype": "lora"}, "Invalid sub-type."),
        ({"sortBy": "Size", "subtype": "lora"}, "Invalid sort mode 'Size'."),
        ({"allowRemote": "x"}, "Invalid value 'x' for parameter 'allowRemote'"),
    ],
)
async def test_a_list_of_models_is_refused(asked: dict[str, Any], words: str) -> None:
    async with caller() as swarm:
        told = await swarm.call("ListModels", path="", depth=1, **asked)
        assert told["error"].startswith(words)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Flux/flux1-dev", True),
        ("//Flux\\\\flux1-dev.safetensors", True),
        ("flux/flux1-dev", False),
        ("flux1-dev", False),
        ("Flux/flux1-dev/", False),
        ("", False),
    ],
)
async def test_a_model_is_described_by_its_whole_name(name: str, known: bool) -> None:
    async with caller() as swarm:
        assert ("model" in await swarm.call("DescribeModel", modelName=name)) == known


async def test_what_is_known_of_a_model_can_be_edited() -> None:
    async with caller() as swarm:
        assert await swarm.call("EditModelMetadata", **CARD) == {"success": True}
        model = (await swarm.call("DescribeModel", modelName=CARD["model"]))["model"]
        wanted = {
            "title": "Old one",
            "class": "Stable Diffusion XL 1.0-Base",
            "resolution": "640x1024",
            "tags": ["one", "two"],
            "prediction_type": None,
            "license": "",
        }
        assert {key: model[key] for key in wanted} == wanted
        await swarm.call("EditModelMetadata", **(CARD | {"title": ""}), preview_image=PICTURE)
        model = (await swarm.call("DescribeModel", modelName=CARD["model"]))["model"]
        assert model["title"] is None
        assert (await swarm.fetch(f"ViewSpecial/Stable-Diffusion/{CARD['model']}"))[0] == 200
        await swarm.call("TriggerRefresh")
        model = (await swarm.call("DescribeModel", modelName=CARD["model"]))["model"]
        assert model["title"] == "v1-5-pruned-emaonly"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"model": "v1-5-pruned-emaonly"}, "Model not found."),
        ({"model": ""}, "Invalid empty name."),
        ({"subtype": "x"}, "Invalid sub-type."),
        ({"standard_width": "wide"}, "Invalid value 'wide' for parameter 'standard_width'"),
    ],
)
async def test_an_edit_of_a_model_is_refused(asked: dict[str, Any], words: str) -> None:
    async with caller() as swarm:
        assert (await swarm.call("EditModelMetadata", **(CARD | asked)))["error"].startswith(words)


async def test_a_model_is_deleted_and_its_hash_is_told() -> None:
    async with caller() as swarm:
        form = {"modelName": "Flux/flux1-dev"}
        described = (await swarm.call("DescribeModel", **form))["model"]
        assert await swarm.call("GetModelHash", **form) == {"hash": described["hash"]}
        assert await swarm.call("DeleteModel", **form) == {"success": True}
        assert await swarm.call("DeleteModel", **form) == {"error": "Model not found."}
        await swarm.call("TriggerRefresh")
        assert await swarm.call("DescribeModel", **form) == {"error": "Model not found."}


async def test_an_edit_of_one_server_is_not_seen_by_another() -> None:
    async with caller() as swarm:
        await swarm.call("EditModelMetadata", **CARD)
    async with caller() as swarm:
        model = (await swarm.call("DescribeModel", modelName=CARD["model"]))["model"]
        assert model["title"] == "Stable Diffusion v1-5"


async def test_choices_of_parameters_follow_the_files() -> None:
    async with caller() as swarm:
        rows = {one["id"]: one for one in (await swarm.call("ListT2IParams"))["list"]}
        assert rows["loras"]["values"][0] == "(None)"
        assert rows["videomodel"]["values"] == []
        assert rows["refinerupscalemethod"]["values"][-1] == "model-4x.pth"
        assert rows["refinerupscalemethod"]["value_names"][-1] == "Model: 4x.pth"
        assert rows["refinermodel"]["values"][:2] == ["(Use Base)", "-----"]


def test_a_recording_may_say_more_of_its_models_than_the_stand_in_knows(tmp_path: Path) -> None:
    model = {"name": "a.safetensors", "subtype": "LoRA", "architecture": None, "tags": ["x"]}
    server = {"models": [model | {"picture": True, "size": 7}], "upscalers": ["2x.pth"]}
    recording = tmp_path / "one.jsonl"
    recording.write_text(json.dumps({"server": server}) + "\n", "utf-8")
    first, second = Setup.like(recording).models
    assert (first.name, first.tags, first.picture) == ("a.safetensors", ("x",), "a.safetensors")
    assert (second.name, second.subtype) == ("2x.pth", "upscale_models")
