"""An order as a wish again: Reroll and Edit begin from what the person said, all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.sqlite.codec import pack_json, unpack_dataclass
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.prompt_markup import render_prompt
from bot.core.drawing.request import GenerationParams
from bot.flow.drawing.source_images import rebuild_request
from tests.support.shelf import ARTIST, HOST, SHELF, TRUSTED, ordered

WISHES: list[dict[str, Any]] = [
    {},
    {"lora": "Pixel Art, fine:0.3, add_detail", "negative": "fog"},
    {"style": "oil", "advanced": "--scheduler karras --sampler euler"},
    {"style": "big", "upscale": 1.0},
    {"image": "p1", "image_width": 1600, "image_height": 900, "creativity": 0.3},
    {"image": "p1", "image_width": 1600, "image_height": 900, "aspect": "2:3"},
    {"variation": 0.4, "upscale": 1.5},
    {"private": True, "spoiler": True, "images": 3, "steps": 9, "cfg": 2.0},
    {"style": "grainy", "model": "sdxl"},
]


@pytest.mark.parametrize("fields", WISHES)
def test_the_wish_of_an_order_makes_it_again(fields: dict[str, Any]) -> None:
    made = ordered("a fox", **fields)
    assert build_generation_params(rebuild_request(made), ARTIST, SHELF, HOST, 99) == made


def test_tags_survive_for_who_may_write_them() -> None:
    prompt = "a <random[2]:red|<alternate:b|c>> fox <segment:face,0.5> eyes <lora:add_detail:0.5>"
    made = ordered(prompt, negative="<wc:animals>", asker=ARTIST, bounds=TRUSTED)
    assert build_generation_params(rebuild_request(made), ARTIST, SHELF, TRUSTED, 99) == made


@pytest.mark.parametrize("fields", WISHES)
def test_an_order_survives_the_books(fields: dict[str, Any]) -> None:
    made = ordered("a fox", **fields)
    assert unpack_dataclass(GenerationParams, pack_json(made)) == made


def test_nested_tags_survive_the_books() -> None:
    made = ordered("a <random:a|<random:b|c>>", asker=ARTIST, bounds=TRUSTED)
    read = unpack_dataclass(GenerationParams, pack_json(made))
    assert read == made
    assert render_prompt(read.sent) == "a <random:a|<random:b|c>>"


def test_a_row_of_the_first_version_still_opens() -> None:
    old = replace(ordered("a fox"), lora="", advanced="")
    first = (
        "prompt negative model model_title width height images seed steps cfg aspect guidance notes"
    )
    stored = {
        key: value for key, value in json.loads(pack_json(old)).items() if key in first.split()
    }
    assert unpack_dataclass(GenerationParams, json.dumps(stored)) == old
