"""Styles: expanded here, beaten by what a person says, and stripped of what is never open."""

from __future__ import annotations

import pytest

from bot.core.drawing.catalog import CatalogSnapshot, Preset
from bot.core.drawing.prompt_markup import render_prompt
from bot.core.drawing.styles import CFG_MAX, NO_STYLE, UPSCALE_MAX, PresetStyle, find_style
from bot.core.errors import Refused
from tests.support.shelf import HOST, SHELF, ordered


def test_a_style_goes_around_the_words_and_sets_what_was_left_open() -> None:
    made = ordered("a fox", style="oil")
    assert render_prompt(made.sent) == "oil painting of a fox, <random:warm|cold>"
    assert render_prompt(made.sent_negative) == "photo"
    assert (made.prompt, made.negative, made.style) == ("a fox", "", "Oil")
    assert (made.cfg, made.aspect, made.extras) == (5.0, "3:4", (("sampler", "dpm_2"),))
    assert made.steps == 50, "the host's bound holds for its presets too"
    assert made.loras == (("detail/add_detail", 0.5),)
    assert (made.images, made.seed) == (1, 7)


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
    ("parameters", "aspect"),
    [
        ((("aspectratio", "3:4"),), "3:4"),
        ((("aspectratio", "Custom"), ("width", "1024"), ("height", "1024")), "1:1"),
        ((("width", "1024"),), None),
        ((), None),
    ],
)
def test_a_style_gives_a_shape_and_no_size(
    parameters: tuple[tuple[str, str], ...], aspect: str | None
) -> None:
    assert read(*parameters).aspect == aspect
