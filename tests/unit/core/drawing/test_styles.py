"""Styles: expanded here, beaten by what a person says, and stripped of what is never open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.drawing.catalog import CatalogSnapshot, ParameterInfo, Preset
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.prompt_markup import render_prompt
from bot.core.drawing.request import DrawingBounds, DrawRequest
from bot.core.drawing.styles import CFG_MAX, NO_STYLE, UPSCALE_MAX, PresetStyle, find_style
from bot.core.errors import Refused
from bot.core.policy import GuildSettings
from bot.flow.drawing.source_images import rebuild_request
from tests.support.shelf import HOST, SHELF, ordered
from tests.unit.core.make import MIA, MODELS


def test_a_style_goes_around_the_words_and_sets_what_was_left_open() -> None:
    made = ordered("a fox", style="oil")
    assert render_prompt(made.sent) == "oil painting of a fox, <random:warm|cold>"
    assert render_prompt(made.sent_negative) == "photo"
    assert (made.prompt, made.negative, made.style) == ("a fox", "", "Oil")
    assert (made.cfg, made.aspect, made.extras) == (5.0, "3:4", (("sampler", "dpm_2"),))
    assert made.steps == 50, "the host's bound holds for its presets too"
    assert made.loras == (("detail/add_detail", 0.5),)
    assert (made.images, made.seed) == (1, 7)
    assert made.notes == (
        "I ignored these settings of the style: Batch Size, Do Not Save, images, initimage, "
        "overrideoutpathformat, Scheduler and 2 more.",
    )


def test_what_a_person_says_beats_it() -> None:
    made = ordered(
        "a fox",
        style="Oil",
        steps=9,
        cfg=3.0,
        aspect="1:1",
        negative="fog",
        lora="add_detail:1",
        advanced="--sampler euler",
    )
    assert (made.steps, made.cfg, made.aspect) == (9, 3.0, "1:1")
    assert made.loras == (("detail/add_detail", 1.0),)
    assert made.extras == (("sampler", "euler"),)
    assert render_prompt(made.sent_negative) == "fog, photo"
    assert ordered(style="big", model="sdxl").model_title == "SDXL"


def test_a_style_without_a_place_for_the_words_follows_them() -> None:
    made = ordered("a fox", style="Plain")
    assert render_prompt(made.sent) == "a fox, line art"
    assert made.width == 1024
    assert made.notes == ("I ignored these settings of the style: width.",)


def test_a_style_chooses_a_model_and_an_upscale_within_the_bound() -> None:
    made = ordered(style="Big")
    assert (made.model_title, made.upscale) == ("Flux Dev", 2.0)
    assert ordered(style="Big", upscale=1.0).upscale == 1.0


def test_a_lora_of_the_styles_that_does_not_suit_is_left_out_with_a_word() -> None:
    assert ordered(style="Grainy", model="flux dev").loras == (("flux/Grain", 0.4),)
    made = ordered(style="Grainy", model="sdxl")
    assert made.loras == ()
    assert made.notes == (
        "I ignored the style's LoRA Film: grain: it doesn't work with this model.",
    )


def test_an_unknown_style_is_told_what_comes_close() -> None:
    with pytest.raises(Refused, match="Did you mean Oil"):
        ordered(style="oill")


def test_words_are_judged_with_the_style_around_them() -> None:
    assert ordered("a lamp", style="oil")
    with pytest.raises(Refused) as caught:
        ordered("a child", style="nude")
    assert caught.value.rule == "words.minors"


def test_a_persons_braces_are_words() -> None:
    assert render_prompt(ordered("a {value} fox", style="oil").sent).startswith(
        "oil painting of a {value} fox, "
    )


def read(*parameters: tuple[str, str]) -> PresetStyle:
    """A style with these parameters, as it is read."""
    return find_style("X", CatalogSnapshot(presets=(Preset("X", parameters=parameters),)), HOST)


@pytest.mark.parametrize("wished", ["", "  "])
def test_no_title_is_no_style(wished: str) -> None:
    assert find_style(wished, SHELF, HOST) is NO_STYLE


def test_a_title_is_found_in_any_case_and_two_alike_only_by_their_own() -> None:
    assert find_style(" OIL ", SHELF, HOST).title == "Oil"
    twins = CatalogSnapshot(presets=(Preset("Ink"), Preset("INK")))
    assert find_style("INK", twins, HOST).title == "INK"
    with pytest.raises(Refused):
        find_style("ink", twins, HOST)


@pytest.mark.parametrize(
    ("typed", "steps"), [("0", 1), ("1", 1), ("49.6", 50), ("400", HOST.steps_max), ("many", None)]
)
def test_steps_of_a_style_are_brought_within_the_bounds(typed: str, steps: int | None) -> None:
    assert read(("steps", typed)).steps == steps


def test_no_number_of_a_style_is_beyond_its_bound() -> None:
    made = read(("cfgscale", "999"), ("initimagecreativity", "7"), ("refinerupscale", "99"))
    assert (made.cfg, made.creativity, made.upscale) == (CFG_MAX, 1.0, UPSCALE_MAX)
    assert read(("cfgscale", "nan")).cfg is None


@pytest.mark.parametrize(
    ("parameters", "aspect", "size", "ignored"),
    [
        ((("aspectratio", "3:4"), ("width", "8"), ("height", "8")), "3:4", None, ()),
        (
            (("aspectratio", "Custom"), ("width", "1024"), ("height", "1024")),
            "1:1",
            (1024, 1024),
            (),
        ),
        ((("width", "1024"),), None, None, ("width",)),
        ((("width", "x"), ("height", "9")), None, None, ("width", "height")),
        ((), None, None, ()),
    ],
)
def test_a_style_gives_a_shape_or_a_size(
    parameters: tuple[tuple[str, str], ...],
    aspect: str | None,
    size: tuple[int, int] | None,
    ignored: tuple[str, ...],
) -> None:
    made = read(*parameters)
    assert (made.aspect, made.size, made.ignored) == (aspect, size, ignored)


@pytest.mark.parametrize(
    ("size", "model", "fields", "drawn", "noted"),
    [
        ((768, 1152), "SDXL", {}, (768, 1152), False),
        ((768, 1152), "SDXL", {"aspect": "1:1"}, (1024, 1024), False),
        ((1000, 1504), "SDXL", {}, (1000, 1504), False),
        ((1001, 1500), "SDXL", {}, (832, 1216), True),
        ((768, 1152), "sd15", {}, (384, 576), True),
        ((640, 768), "sd15", {}, (640, 768), False),
        ((1536, 1536), "SDXL", {}, (1024, 1024), True),  # over the host's megapixels
        ((768, 1160), "Flux Dev", {}, (832, 1248), True),
        (
            (768, 1152),
            "Flux Dev",
            {"image": "x", "image_width": 9, "image_height": 9},
            (768, 1152),
            False,
        ),
    ],
)
def test_the_size_of_a_style_is_drawn_exactly_where_the_model_can(
    size: tuple[int, int],
    model: str,
    fields: dict[str, Any],
    drawn: tuple[int, int],
    noted: bool,
) -> None:
    values = (("width", str(size[0])), ("height", str(size[1])))
    shelf = replace(SHELF, presets=(Preset("Tall", parameters=values),))
    made = ordered(style="Tall", model=model, shelf=shelf, **fields)
    assert (made.width, made.height) == drawn
    assert any("the style's size" in note for note in made.notes) is noted
    if not noted and not fields:
        again = ordered(style="Tall", model=model, shelf=shelf, aspect=rebuild_request(made).aspect)
        assert (again.width, again.height) == size, "Reroll draws the same size"


REFINER = ParameterInfo(
    "refinermodel", "Refiner Model", "model", choices=("(Use Base)", *(one.name for one in MODELS))
)
REFINING = (
    ("refinermodel", "sd15"),
    ("refinermethod", "PostApply"),
    ("refinercontrolpercentage", "0.2"),
    ("refinersteps", "900"),
    ("freeuversion", "2"),
)
REFINED = replace(
    SHELF,
    presets=(Preset("Refined", parameters=REFINING),),
    params=(
        *SHELF.params,
        REFINER,
        ParameterInfo("refinermethod", "Refiner Method", "dropdown", choices=("PostApply",)),
        ParameterInfo("refinercontrolpercentage", "Refiner Control", "decimal", "", 0, 1),
        ParameterInfo("freeuversion", "FreeU Version", "dropdown", choices=("1", "2")),
    ),
)


def test_what_a_style_names_is_sent_though_it_is_closed_to_members() -> None:
    made = ordered(style="Refined", shelf=REFINED, bounds=DrawingBounds())
    assert dict(made.extras) == {
        "refinermodel": "sd15.safetensors",
        "refinermethod": "PostApply",
        "refinercontrolpercentage": "0.2",
        "freeuversion": "2",
    }
    assert made.notes == ("I ignored these settings of the style: Refiner Steps.",)


def test_a_model_of_a_style_that_is_closed_to_the_member_is_left_out_with_a_word() -> None:
    policy = GuildSettings(models=(MODELS[0].name,))
    wish = DrawRequest("s", "a fox", style="Refined", model="SDXL")
    made = build_generation_params(wish, MIA, REFINED, HOST, 7, policy)
    assert "refinermodel" not in dict(made.extras)
    assert any("the style's model sd15" in note for note in made.notes)


@pytest.mark.parametrize(
    ("parameter", "ignored"),
    [
        (("model", "no such"), ("model",)),
        (("images", "4"), ("images",)),
        (("images", "1"), ()),
        (("seed", "5"), ("seed",)),
        (("seed", "-1"), ()),
        (("personalnote", "mine"), ()),
        (("refinermodel", "(Use Base)"), ()),
        (("sampler", ""), ()),
        (("videomodel", "wan"), ("videomodel",)),
        (("donotsave", "true"), ("donotsave",)),
    ],
)
def test_what_of_a_style_is_not_used_is_named(
    parameter: tuple[str, str], ignored: tuple[str, ...]
) -> None:
    assert read(parameter).ignored == ignored
