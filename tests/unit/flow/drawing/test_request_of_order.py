"""An order as a wish again: Reroll and Edit begin from what the person said, all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.sqlite.codec import pack, unpack
from bot.core.drawing.order import order_from
from bot.core.drawing.prompt_markup import written
from bot.core.drawing.request import Order
from bot.flow.drawing.source_images import wish_of
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
    assert order_from(wish_of(made), ARTIST, SHELF, HOST, 99) == made


def test_tags_survive_for_who_may_write_them() -> None:
    prompt = "a <random[2]:red|<alternate:b|c>> fox <segment:face,0.5> eyes <lora:add_detail:0.5>"
    made = ordered(prompt, negative="<wc:animals>", asker=ARTIST, bounds=TRUSTED)
    assert order_from(wish_of(made), ARTIST, SHELF, TRUSTED, 99) == made


@pytest.mark.parametrize("fields", WISHES)
def test_an_order_survives_the_books(fields: dict[str, Any]) -> None:
    made = ordered("a fox", **fields)
    assert unpack(Order, pack(made)) == made


def test_nested_tags_survive_the_books() -> None:
    made = ordered("a <random:a|<random:b|c>>", asker=ARTIST, bounds=TRUSTED)
    read = unpack(Order, pack(made))
    assert read == made
    assert written(read.sent) == "a <random:a|<random:b|c>>"


def test_a_row_of_the_first_version_still_opens() -> None:
    old = replace(ordered("a fox"), lora="", advanced="")
    first = (
        "prompt negative model model_title width height images seed steps cfg aspect guidance notes"
    )
    stored = {key: value for key, value in json.loads(pack(old)).items() if key in first.split()}
    assert unpack(Order, json.dumps(stored)) == old
