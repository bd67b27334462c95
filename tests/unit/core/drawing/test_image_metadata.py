"""The programs' ways of writing into a picture, and everything else that may stand there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.drawing import remix_cards
from bot.core.drawing.image_metadata import ImageMetadata, has_unknown_text, parse_metadata
from bot.core.drawing.image_metadata.values import (
    FACTS_MAX,
    PROMPT_LENGTH_MAX,
    TEXT_LENGTH_MAX,
)
from tests.support.picture_files import GRAPHS, TEXT_SETS

SWARM = json.dumps(
    {
        "sui_image_params": {
            "prompt": "a red fox",
            "negativeprompt": "snow",
            "model": "sdxl/base",
            "images": 1,
            "seed": 42,
            "cfgscale": 7.0,
            "loras": ["ink", "line"],
            "automaticvae": True,
            "nested": {"too": "deep"},
        },
        "sui_extra_data": {"date": "2026-11-24"},
    }
)
LINES = (
    "a red fox,\nin the snow\nNegative prompt: text,\nblurry\n"
    'Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x768, Lora hashes: "ink: 1a, '
    'line: 2b", Model: base'
)
GRAPH = json.dumps(
    {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 42,
                "steps": 20,
                "cfg": 8,
                "sampler_name": "euler",
                "model": ["4", 0],
                "positive": ["10", 0],
                "negative": ["7", 0],
            },
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "base.safetensors"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red fox"}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0]}},
        "9": {"class_type": "PrimitiveString", "inputs": {"value": "blurry"}},
        "10": {"class_type": "ConditioningSetArea", "inputs": {"conditioning": ["6", 0]}},
    }
)


def test_swarmui() -> None:
    assert parse_metadata({"parameters": SWARM}) == ImageMetadata(
        "SwarmUI",
        "a red fox",
        "snow",
        (
            ("Model", "sdxl/base"),
            ("Seed", "42"),
            ("CFG", "7"),
            ("LoRAs", "ink, line"),
            ("automaticvae", "yes"),
        ),
    )


def test_automatic1111() -> None:
    assert parse_metadata({"parameters": LINES}) == ImageMetadata(
        "AUTOMATIC1111",
        "a red fox,\nin the snow",
        "text,\nblurry",
        (
            ("Steps", "20"),
            ("Sampler", "Euler a"),
            ("CFG scale", "7"),
            ("Seed", "42"),
            ("Size", "512x768"),
            ("Lora hashes", "ink: 1a, line: 2b"),
            ("Model", "base"),
        ),
    )


def test_automatic1111_without_a_prompt_or_without_a_negative_one() -> None:
    assert parse_metadata({"parameters": "Steps: 20, Seed: 1"}) == ImageMetadata(
        "AUTOMATIC1111", "", "", (("Steps", "20"), ("Seed", "1"))
    )
    found = parse_metadata({"parameters": "a fox\nSteps: 20"})
    assert found is not None
    assert (found.prompt, found.negative) == ("a fox", "")


def test_comfyui() -> None:
    assert parse_metadata({"prompt": GRAPH, "workflow": "{}"}) == ImageMetadata(
        "ComfyUI",
        "a red fox",
        "blurry",
        (
            ("Model", "base.safetensors"),
            ("Seed", "42"),
            ("Steps", "20"),
            ("CFG", "8"),
            ("Sampler", "euler"),
        ),
    )


def circle() -> str:
    nodes = {str(n): {"inputs": {"text": [str((n + 1) % 3), 0]}} for n in range(3)}
    nodes["9"] = {"inputs": {"positive": ["0", 0], "negative": ["0", 0]}}
    return json.dumps(nodes)


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"parameters": ""},
        {"parameters": "a holiday, 2019"},
        {"parameters": "{"},
        {"parameters": "[" * 100_000},
        {"parameters": '{"a":' * 50_000},
        {"parameters": '{"sui_image_params": 7}'},
        {"parameters": '{"sui_image_params": []}'},
        {"parameters": SWARM + " " * TEXT_LENGTH_MAX},
        {"prompt": "a red fox"},
        {"prompt": "{}"},
        {"prompt": '{"1": 7, "2": {"inputs": [1]}, "3": {"inputs": {"positive": 1}}}'},
        {"prompt": circle()},
        {"Software": "a camera"},
    ],
)
def test_what_is_no_recipe_is_none(texts: dict[str, str]) -> None:
    assert parse_metadata(texts) is None


def test_numbers_beyond_reason_are_left_out() -> None:
    huge = '{"sui_image_params": {"prompt": "x", "seed": ' + "9" * 3000 + ', "cfgscale": 1e999}}'
    assert parse_metadata({"parameters": huge}) == ImageMetadata("SwarmUI", "x")


def test_everything_is_bounded() -> None:
    params = {f"key{n}" * 40: "v" * 5000 for n in range(500)} | {"prompt": "x" * 50_000}
    large = json.dumps({"sui_image_params": params})
    assert len(large) > TEXT_LENGTH_MAX
    assert parse_metadata({"parameters": large}) is None
    small = {f"key{n}" * 40: "v" * 2000 for n in range(60)}
    found = parse_metadata({"parameters": json.dumps({"sui_image_params": small})})
    assert found is not None
    assert len(found.facts) == FACTS_MAX
    assert all(len(name) <= 60 and len(value) <= 200 for name, value in found.facts)
    long = parse_metadata(
        {"parameters": json.dumps({"sui_image_params": {"prompt": "x" * 50_000}})}
    )
    assert long is not None
    assert len(long.prompt) == PROMPT_LENGTH_MAX


@given(st.dictionaries(st.sampled_from(["parameters", "prompt", "UserComment"]), st.text()))
def test_any_text_is_read_without_a_stumble(texts: dict[str, str]) -> None:
    found = parse_metadata(texts)
    assert found is None or len(found.prompt) <= PROMPT_LENGTH_MAX


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["inputs", "positive", "negative", "text", "1", "sui_image_params"]), inner
    ),
)  # fmt: skip


@given(_JSON)
def test_any_json_is_read_without_a_stumble(value: object) -> None:
    text = json.dumps({"sui_image_params": value, "1": value})
    for key in ("parameters", "prompt"):
        found = parse_metadata({key: text})
        if found is not None:
            assert remix_cards.metadata_card(found).embed is not None


def test_a_last_line_without_an_end_is_read_for_so_far_only() -> None:
    """Made of quotes that never close, a long one took more than a second."""
    far = parse_metadata({"parameters": "a fox\nSteps: 20, " + 'a:"\\' * 2_000 + ", Seed: 5"})
    assert far is not None
    assert far.prompt == "a fox"
    assert "5" not in [value for _, value in far.facts]
    near = parse_metadata({"parameters": "a fox\nSteps: 20, " + "w, " * 1_000 + "Seed: 5"})
    assert near is not None
    assert near.facts == (("Steps", "20"), ("Seed", "5"))


@pytest.mark.parametrize("name", TEXT_SETS)
def test_other_programs_texts_are_read(name: str) -> None:
    texts, prompt, negative = TEXT_SETS[name]
    found = parse_metadata(texts)
    assert found is not None
    assert (found.prompt, found.negative) == (prompt, negative)
    assert ("Seed", "5") in found.facts


def test_a_known_text_is_found_before_an_unknown_one() -> None:
    """Some programs write their own text beside the common one."""
    graph = json.dumps(GRAPHS["plain"][0])
    found = parse_metadata({"notes": "a holiday", "prompt": graph, "parameters": LINES})
    assert found is not None
    assert found.program == "AUTOMATIC1111"


@pytest.mark.parametrize(
    ("texts", "is_unknown"),
    [
        ({}, False),
        ({"parameters": "  "}, False),
        ({"Software": "Krita", "Make": "Maker", "Model": "Phone 7"}, False),
        ({"date:create": "2026-01-01", "Thumb::URI": "file.png"}, False),
        ({"filename:d": "/home/mia/pictures", "filename:e": "png"}, False),
        ({"Comment": "Created with GIMP"}, False),
        ({"Comment": "Lavc61.19.100"}, False),
        ({"ImageDescription": "OLYMPUS DIGITAL CAMERA"}, False),
        ({"parameters": "a holiday, 2019"}, True),
        ({"prompt": "a red fox"}, True),
        ({"UserComment": "?"}, True),
        ({"Model": 'prompt:{"1": {}}'}, True),
        ({"Title": "t" * 400}, True),
    ],
)
def test_notes_of_cameras_and_programs_are_no_unknown_texts(
    texts: dict[str, str], is_unknown: bool
) -> None:
    assert has_unknown_text(texts) is is_unknown
    assert parse_metadata(texts) is None


def test_words_far_apart_are_read_in_time() -> None:
    """A search that tried each blank anew took minutes."""
    far = "a" + " " * 900_000 + "b"
    for key in ("parameters", "UserComment", "Description", "Comment", "Dream", "prompt"):
        assert parse_metadata({key: far}) is None
        assert has_unknown_text({key: far})
