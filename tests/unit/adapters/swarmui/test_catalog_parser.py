"""The server's lists become a shelf, whatever their shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.swarmui.catalog_parser import CatalogResponses, build_snapshot
from bot.core.drawing.catalog import CatalogSnapshot, Lora, ParameterInfo, Preset
from tests.support.shared import RECORDINGS

PARAMS: dict[str, Any] = {
    "model_classes": {"xl/lora": {"compat_class": "stable-diffusion-xl-v1"}},
    "models": {
        "LoRA": [["styles/ink, wet.safetensors", "xl/lora"], ["plain.safetensors", None]],
        "VAE": [["ft-mse.safetensors", None], ["(None)", None]],
    },
    "wildcards": ["animals", "animals", "places/town"],
    "list": [
        {
            "id": "cfgscale",
            "name": "CFG Scale",
            "type": "decimal",
            "min": 0,
            "max": 100,
        },
        {
            "id": "sampler",
            "name": "Sampler",
            "type": "dropdown",
            "min": 0,
            "max": 0,
            "values": ["euler", "heun", 3, None],
            "feature_flag": "comfyui",
            "toggleable": True,
        },
        {"id": "cfgscale", "name": "again"},
        {"id": "hologram", "type": "hologram", "min": "NaN", "max": {}, "values": "x", "newer": 1},
        {"name": "without an id"},
        None,
    ],
}
LORAS: dict[str, Any] = {
    "files": [
        {
            "name": "styles/ink, wet.safetensors",
            "title": "Wet ink",
            "lora_default_weight": "0.8",
            "trigger_phrase": "inkwash",
            "preview_image": "/ViewSpecial/LoRA/styles/ink%2C%20wet?editid=3",
        },
        {"name": "plain.safetensors", "lora_default_weight": "", "preview_image": None},
    ]
}
MINE: dict[str, Any] = {
    "presets": [
        {
            "title": "Noir",
            "description": "Black and white",
            "param_map": {"prompt": "{value}, film noir", "steps": 30, "seamless": True, "odd": []},
            "preview_image": "data:image/jpeg;base64,AAAA",
        },
        {"title": "Noir"},
        {"title": "  "},
        {"title": "Bare", "param_map": None, "preview_image": "imgs/model_placeholder.jpg"},
    ]
}
STATUS: dict[str, Any] = {"supported_features": ["comfyui", "refiners", 7]}


@pytest.fixture
def shelf() -> CatalogSnapshot:
    return build_snapshot(
        CatalogResponses(params=PARAMS, loras=LORAS, user_data=MINE, status=STATUS)
    )


def test_loras_come_with_class_weight_words_and_picture(shelf: CatalogSnapshot) -> None:
    ink = Lora(
        "styles/ink, wet",
        "Wet ink",
        "stable-diffusion-xl-v1",
        0.8,
        "inkwash",
        "ViewSpecial/LoRA/styles/ink, wet",
    )
    assert shelf.loras == (ink, Lora("plain", "plain"))


def test_presets_bring_their_parameters_as_text(shelf: CatalogSnapshot) -> None:
    noir = (("prompt", "{value}, film noir"), ("steps", "30"), ("seamless", "true"))
    assert shelf.presets == (
        Preset("Noir", "Black and white", noir, "data:image/jpeg;base64,AAAA"),
        Preset("Bare"),
    )


def test_parameters_bring_type_range_and_choices(shelf: CatalogSnapshot) -> None:
    assert shelf.params == (
        ParameterInfo("cfgscale", "CFG Scale", "decimal", least=0, most=100),
        ParameterInfo(
            "sampler",
            "Sampler",
            "dropdown",
            choices=("euler", "heun", "3"),
            feature="comfyui",
        ),
        ParameterInfo("hologram", "hologram", "hologram"),
    )


def test_the_small_lists(shelf: CatalogSnapshot) -> None:
    assert shelf.wildcards == ("animals", "places/town")
    assert shelf.features == {"comfyui", "refiners", "7"}


def test_what_a_real_server_said_fills_the_shelf() -> None:
    said: dict[str, Any] = {}
    asked = ""
    text = (RECORDINGS / "session-and-lists.jsonl").read_text(encoding="utf-8")
    for line in map(json.loads, text.splitlines()):
        if line.get("dir") == "out":
            asked = line["path"].rpartition("/")[2] + line["body"].get("subtype", "")
        elif line.get("dir") == "in":
            said[asked] = line["body"]
    shelf = build_snapshot(
        CatalogResponses(
            said["ListT2IParams"],
            said["ListModels"],
            said["ListModelsLoRA"],
            said["GetMyUserData"],
            said["GetCurrentStatus"],
        )
    )
    params = {param.id: param for param in shelf.params}
    assert len(params) == len(said["ListT2IParams"]["list"]) >= 50
    assert {"euler", "dpmpp_2m"} <= set(params["sampler"].choices)
    assert "karras" in params["scheduler"].choices
    assert (params["cfgscale"].least, params["cfgscale"].most) == (0, 100)
    assert (params["prompt"].least, params["prompt"].most) == (None, None)
    assert params["refinermethod"].feature == "refiners"
    assert "variation_seed" in shelf.features
    assert len(shelf.models) == 2


_leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
_odd = (
    _leaf
    | st.lists(_leaf | st.lists(_leaf, max_size=2), max_size=3)
    | st.dictionaries(st.text(max_size=3), _leaf, max_size=2)
)
_KEYS = """id name title type min max values default toggleable param_map preview_image architecture
    lora_default_weight standard_width loaded usage_hint compat_class feature_flag"""
_SHELVES = ("Stable-Diffusion", "LoRA", "VAE")
_LISTS = ("list", "files", "presets", "wildcards", "supported_features")


@st.composite
def _item(draw: st.DrawFn) -> Any:
    if draw(st.booleans()):
        return draw(_odd)
    known = {key: draw(st.just("x") | _odd) for key in ("name", "title", "id")}
    some = draw(st.lists(st.sampled_from(_KEYS.split()), max_size=5, unique=True))
    return known | {key: draw(_odd) for key in some}


@st.composite
def _answer(draw: st.DrawFn) -> Any:
    said = {}
    for key in draw(st.lists(st.sampled_from(_LISTS), max_size=3, unique=True)):
        said[key] = [draw(_item()), draw(_item())] if draw(st.booleans()) else draw(_odd)
    if draw(st.booleans()):
        said["models"] = {draw(st.sampled_from(_SHELVES)): draw(_odd)}
        said["model_classes"] = {"x": draw(_item())} if draw(st.booleans()) else draw(_odd)
    return said


@settings(max_examples=60, deadline=None)
@given(_answer(), _answer(), _answer(), _answer(), _answer())
def test_no_shape_of_the_answers_raises(
    params: Any, models: Any, loras: Any, mine: Any, status: Any
) -> None:
    shelf = build_snapshot(CatalogResponses(params, models, loras, mine, status))
    assert all(model.name for model in shelf.models)
    assert all(lora.name and -10 <= lora.weight <= 10 for lora in shelf.loras)
    assert all(param.id and (param.least is None) is (param.most is None) for param in shelf.params)


@pytest.mark.parametrize("key", _KEYS.split())
@pytest.mark.parametrize(
    "odd", [None, True, 7, float("nan"), "x", "1e999", [], [[1]], {"a": None}], ids=str
)
def test_any_field_of_any_item_may_be_odd(key: str, odd: Any) -> None:
    item = {"name": "x", "title": "x", "id": "x"} | {key: odd}
    said: dict[str, Any] = {"files": [item], "presets": [item], "list": [item]}
    classes = {"model_classes": {"x": item}, "models": {"LoRA": [["x", odd]]}}
    shelf = build_snapshot(CatalogResponses(said | classes, said, said, said, said))

    assert all(isinstance(model.width, int) for model in shelf.models)
    assert all(isinstance(style.parameters, tuple) for style in shelf.presets)
