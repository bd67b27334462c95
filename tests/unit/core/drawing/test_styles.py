"""Styles: expanded here, beaten by what a person says, and stripped of what is never open."""

from __future__ import annotations

import pytest

from bot.core.drawing.prompt_markup import render_prompt
from bot.core.errors import Refused
from tests.support.shelf import ordered


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
    assert made.extras == (), "the server's own default, which nobody need be told"
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
    assert made.notes == ("I left out the style's LoRA Film: grain: it doesn't suit this model.",)


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
