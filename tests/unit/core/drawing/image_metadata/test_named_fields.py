"""Fields with names, as many programs write them."""

from __future__ import annotations

import json

import pytest

from bot.core.drawing.image_metadata.named_fields import UNNAMED_PROGRAM, parse_texts
from bot.core.drawing.image_metadata.values import ImageMetadata, load_object
from tests.support import picture_files as files


def read(texts: dict[str, str]) -> ImageMetadata | None:
    objects = {key: value for key, text in texts.items() if (value := load_object(text))}
    return parse_texts(texts, objects)


@pytest.mark.parametrize(
    ("texts", "program"),
    [
        ({"Comment": files.NOVELAI, "Software": "NovelAI"}, "NovelAI"),
        ({"invokeai_metadata": files.INVOKEAI}, "InvokeAI"),
        ({"sd-metadata": files.INVOKEAI_2}, "InvokeAI"),
        ({"Dream": '"a fox" -s 5'}, "InvokeAI"),
        ({"parameters": files.FOOOCUS}, "Fooocus"),
        ({"parameters": files.RUINED}, "Fooocus"),
        ({"UserComment": files.EASY}, "Easy Diffusion"),
        ({"prompt": "a fox", "negative_prompt": "", "seed": "5"}, "Easy Diffusion"),
        ({"UserComment": files.DRAW_THINGS}, "Draw Things"),
        ({"Description": "a fox --ar 16:9 Job ID: 1b"}, "Midjourney"),
        ({"x": files.UNKNOWN_JSON}, UNNAMED_PROGRAM),
    ],
)
def test_the_program_is_named(texts: dict[str, str], program: str) -> None:
    found = read(texts)
    assert found is not None
    assert found.program == program


def test_facts_have_the_same_labels_for_all_programs() -> None:
    found = read({"invokeai_metadata": files.INVOKEAI})
    assert found is not None
    assert found.facts == (("Model", "Juggernaut XL"), ("Seed", "5"))
    loras = {"prompt": "a", "loras": [{"model": {"name": "ink"}, "weight": 1}], "cfg": 7.5}
    listed = read({"x": json.dumps(loras)})
    assert listed is not None
    assert listed.facts == (("CFG", "7.5"), ("LoRAs", "ink"))


def test_novelais_hidden_copy_of_its_texts_is_read() -> None:
    copy = {"Description": "1girl", "Comment": '{"uc": "lowres"}', "Source": "NovelAI 4"}
    found = read({"parameters": json.dumps(copy)})
    assert found == ImageMetadata("NovelAI", "1girl", "lowres", (("Model", "NovelAI 4"),))


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"prompt": "a red fox"},
        {"Description": "a day at the sea -- with friends"},
        {"x": '{"width": 3, "model": "m"}'},
        {"Dream": "no quotes"},
        {"prompt": '{"1": 7}', "seed": "5"},
    ],
)
def test_other_texts_are_none(texts: dict[str, str]) -> None:
    assert read(texts) is None
