"""From a wish to an order, or to a sentence."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import DrawingBounds, DrawRequest, GenerationParams, Model
from bot.core.errors import Refused
from tests.unit.core.make import FLUX, MIA, MODELS, SD15, SDXL

BOUNDS = DrawingBounds()


def order(
    prompt: str = "a red fox",
    *,
    models: tuple[Model, ...] = MODELS,
    bounds: DrawingBounds = BOUNDS,
    **fields: Any,
) -> GenerationParams:
    return build_generation_params(
        DrawRequest("interaction:1", prompt, **fields),
        MIA,
        CatalogSnapshot(models=models),
        bounds,
        7,
    )


def refusal(prompt: str = "a red fox", **fields: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        order(prompt, **fields)
    assert caught.value.prompt == (prompt if caught.value.rule != "words.minors" else "")
    assert str(caught.value) == caught.value.sentence
    return caught.value


def test_what_was_left_open_is_filled_in() -> None:
    assert order() == GenerationParams(
        prompt="a red fox",
        negative="",
        model=SDXL.name,
        model_title="SDXL",
        width=1024,
        height=1024,
        images=1,
        seed=7,
        steps=20,
        cfg=7.0,
        aspect="1:1",
    )


def test_what_was_said_is_obeyed() -> None:
    made = order(
        "a fox", negative="fog", model="flux dev", aspect="16:9", images=3, seed=0, steps=5, cfg=2.5
    )
    assert (made.negative, made.model, made.images, made.seed) == ("fog", FLUX.name, 3, 0)
    assert (made.steps, made.cfg, made.guidance, made.aspect) == (5, 2.5, 3.5, "16:9")


def test_tags_are_taken_out_and_said() -> None:
    made = order("a fox <lora:x:1>", negative="\uff1cparam[steps]:500\uff1e fog")
    assert (made.prompt, made.negative) == ("a fox", "fog")
    assert made.notes == (
        "I ignored the lora and param tags: SwarmUI's tags don't work in prompts here.",
    )
    assert order("fox <wc:x>").notes[0].startswith("I ignored the wc tag:")
    assert order().notes == ()


@pytest.mark.parametrize("prompt", ["", "   ", "\u200b", "<lora:x>", "<<>>"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    assert refusal(prompt).rule == "prompt.empty"


@pytest.mark.parametrize("prompt", ["\U0001f98a", "\u05e9\u05dc\u05d5\u05dd", "x" * 2000, "7"])
def test_unusual_prompts_are_drawn(prompt: str) -> None:
    assert order(prompt).prompt == prompt


def test_a_long_prompt_is_told_both_numbers() -> None:
    refused = refusal("x" * 6000)
    assert refused.rule == "prompt.long"
    assert "6,000" in refused.sentence
    assert "2,000" in refused.sentence
    assert "negative" in refusal(negative="x" * 2001).sentence


@pytest.mark.parametrize("images", [0, 5, 99, -1])
def test_the_number_of_pictures(images: int) -> None:
    refused = refusal(images=images)
    assert refused.rule == "images"
    assert "1 to 4 pictures" in refused.sentence
    assert order(images=4).images == 4


@pytest.mark.parametrize("seed", [-5, -2, 2**53])
def test_seeds_that_are_none(seed: int) -> None:
    assert refusal(seed=seed).rule == "seed"
    assert refusal(seed=seed).sentence.startswith("Seed must be a whole number")


def test_minus_one_is_a_random_seed() -> None:
    assert order(seed=-1).seed == 7
    assert order(seed=2**53 - 1).seed == 2**53 - 1


@pytest.mark.parametrize("steps", [0, -1, 51, 10**9])
def test_steps_out_of_bounds(steps: int) -> None:
    assert refusal(steps=steps).rule == "steps"


@pytest.mark.parametrize("cfg", [-0.1, 30.1, math.nan, math.inf])
def test_cfg_out_of_bounds(cfg: float) -> None:
    assert refusal(cfg=cfg).rule == "cfg"


def test_the_usual_steps_obey_the_hosts_bound() -> None:
    assert order(bounds=DrawingBounds(steps_max=8)).steps == 8


@pytest.mark.parametrize("aspect", ["7:1", "big", "0:0", "1:1:1"])
def test_unknown_shapes(aspect: str) -> None:
    refused = refusal(aspect=aspect)
    assert refused.rule == "aspect"
    assert "16:9" in refused.sentence


@pytest.mark.parametrize(
    ("said", "meant"), [("16x9", "16:9"), (" 2 / 3 ", "2:3"), ("Square", "1:1"), ("", "1:1")]
)
def test_shapes_in_other_words(said: str, meant: str) -> None:
    assert order(aspect=said).aspect == meant


def test_sexualised_minors_are_refused_in_every_setting() -> None:
    refused = refusal("nude child")
    assert (refused.rule, refused.offers) == ("words.minors", ())
    assert refusal("<lora:nude child> a fox").rule == "words.minors"
    restricted = replace(MIA, age_restricted=True)
    with pytest.raises(Refused, match="sexual"):
        build_generation_params(
            DrawRequest("s", "nude child"), restricted, CatalogSnapshot(models=MODELS), BOUNDS, 7
        )


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [
        ("a little girl at the beach, full body", "clothes, clothing, swimsuit, dressed"),
        ("a little girl at the beach", "clo<b>thes"),
        ("a little girl at the beach", "<lora:clothes>"),
        ("a lit<b>tle girl at the beach", "swim<b>suit"),
        ("a ch\x01ild at the beach", "clo\x01thes"),
        ("a sexy woman", "ad\x01ult"),
        ("sexy woman", "adult"),
        ("sexy woman", "ad<b>ult"),
    ],
)
def test_what_is_left_out_is_judged_as_typed_and_as_read(prompt: str, negative: str) -> None:
    assert refusal(prompt, negative=negative).rule == "words.minors"


def test_an_innocent_negative_is_drawn() -> None:
    assert order("a child in a garden", negative="blurry, ugly").negative == "blurry, ugly"
    assert order("a sexy woman", negative="<lora:x> child").negative == "child"


def test_explicit_words_need_an_age_restricted_channel() -> None:
    assert refusal("hentai").rule == "words.adult"
    restricted = replace(MIA, age_restricted=True)
    shelf = CatalogSnapshot(models=MODELS)
    assert (
        build_generation_params(DrawRequest("s", "hentai"), restricted, shelf, BOUNDS, 7).prompt
        == "hentai"
    )


# --- models --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    ["official/sd_xl_base.safetensors", "OFFICIAL/SD_XL_BASE", "sd_xl_base", "sdxl", " SDXL "],
)
def test_a_model_has_many_names(said: str) -> None:
    assert order(model=said).model == SDXL.name


def test_an_unknown_model_is_refused_with_the_nearest() -> None:
    refused = refusal(model="flx dev")
    assert refused.rule == "model"
    assert "Did you mean Flux Dev" in refused.sentence
    assert "flx dev" in refused.sentence


def test_a_title_of_two_models_is_refused_with_their_full_names() -> None:
    twins = (Model("a/dream.safetensors", "Dream"), Model("b/dream.safetensors", "Dream"))
    refused = refusal(models=twins, model="Dream")
    assert refused.rule == "model"
    assert "a/dream.safetensors or b/dream.safetensors" in refused.sentence
    assert order(models=twins, model="b/dream.safetensors").model == "b/dream.safetensors"
    host = DrawingBounds(default_model="dream")
    assert order(models=(SDXL, *twins), bounds=host).model == "a/dream.safetensors"


def test_an_unknown_model_pings_nobody() -> None:
    assert "@everyone" not in refusal(model="@everyone").sentence


def test_the_model_when_none_is_named() -> None:
    loaded = replace(SD15, loaded=True)
    assert order(models=(SDXL, loaded)).model == SD15.name
    assert (
        order(models=(SDXL, loaded), bounds=DrawingBounds(default_model="sdxl")).model == SDXL.name
    )
    assert (
        order(models=(SDXL, loaded), bounds=DrawingBounds(default_model="gone")).model == SD15.name
    )
    assert order(models=(FLUX, SDXL)).model == FLUX.name


def test_a_video_model_is_taken_only_by_name() -> None:
    video = Model("wan.safetensors", "Wan", "wan-2_1-text2video-14b", "wan-21-14b", 960, 960, True)
    assert order(models=(video, SDXL)).model == SDXL.name
    assert order(models=(video, SDXL), model="wan").model == video.name
    assert order(models=(video,)).model == video.name


def test_without_models_nothing_can_be_checked() -> None:
    assert refusal(models=()).rule == "no-models"


def test_titles_are_shown_without_their_extension() -> None:
    assert order(model="sd15").model_title == "sd15"
    assert order(models=(Model("a/b.gguf", "b.gguf"),)).model_title == "b"


@pytest.mark.parametrize("nothing", ["\u3164", "<", "<>", "  ", "\u200b"])
def test_a_prompt_of_nothing_is_not_said_to_be_tags(nothing: str) -> None:
    assert refusal(nothing).sentence == "Tell me what to draw: the prompt was empty."


def test_a_mention_is_not_called_a_tag_of_swarmui() -> None:
    assert order("a portrait of <@123>, red").notes == (
        "I left out a mention. Write the name if it belongs in the picture.",
    )
