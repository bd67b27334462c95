"""What is offered while people type: what was typed before stays, and Discord's limits hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.discord.interactions import autocomplete
from bot.core.drawing.catalog import Lora, ParameterInfo, Preset
from bot.core.drawing.loras import parse_loras
from bot.core.drawing.name_match import find_unique
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.drawing.styles import find_style
from tests.support.shelf import SHELF

LORAS = (
    Lora("style/ink", "Ink drawing"),
    Lora("style/pastel", "Pastel"),
    Lora("people/linking", "Chains"),
)
PARAMS = (
    ParameterInfo(
        "sampler", "Sampler", "dropdown", choices=("euler", "euler_ancestral", "dpmpp_2m")
    ),
    ParameterInfo("scheduler", "Scheduler", "dropdown", choices=("normal", "karras")),
    ParameterInfo("sigmashift", "Sigma Shift", "decimal"),
)


def values(choices: list[autocomplete.Choice]) -> list[str]:
    return [str(choice.value) for choice in choices]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["style/ink", "style/pastel", "people/linking"]),
        ("INK", ["style/ink", "people/linking"]),
        ("style/ink:0.8, pas", ["style/ink:0.8, style/pastel"]),
        ("style/ink:0.8,", ["style/ink:0.8, style/pastel", "style/ink:0.8, people/linking"]),
        ("style/ink, style/pastel:0.", ["style/ink, style/pastel:0."]),
        ("nothing like it", []),
        ("<lora:ink", ["style/ink", "people/linking"]),
        ("style/ink, < LoRA : pas", ["style/ink, style/pastel"]),
        ("<lora:style/ink:0.8>", ["style/ink:0.8"]),
    ],
)
def test_loras_go_on_behind_the_last_comma(typed: str, offered: list[str]) -> None:
    assert values(autocomplete.lora_choices(LORAS, typed)) == offered


def test_styles_by_their_titles() -> None:
    shelf = (Preset("Watercolour"), Preset("Photo"))
    assert values(autocomplete.style_choices(shelf, "wat")) == ["Watercolour"]


LONG = "/".join(["a very long folder"] * 6)


def test_long_names_can_be_chosen() -> None:
    """Discord takes 100 characters, and a path on the server may be longer."""
    models = (Model(f"{LONG}/one", "One " + "x" * 100 + " v1"), Model(f"{LONG}/two", "Two"))
    offered = autocomplete.ModelAutocomplete().find_choices(models, "")
    assert [find_unique(str(one.value), models) for one in offered] == list(models)
    assert [(len(one.name), one.name[-3:]) for one in offered] == [(100, " v1"), (3, "Two")]

    loras = (Lora(f"{LONG}/one", ""), Lora(f"{LONG}/two", "Two"), *LORAS)
    for typed in ("two", "style/ink:0.5, two"):
        (choice,) = autocomplete.lora_choices(loras, typed)
        assert len(choice.value) <= 100
        found = parse_loras(str(choice.value), loras, DrawingBounds())
        assert found[-1].lora == loras[1]

    style = Preset("A style with many words " * 6, parameters=(("steps", "9"),))
    (choice,) = autocomplete.style_choices((style, Preset("Photo")), "many words")
    shelf = replace(SHELF, presets=(style,))
    assert find_style(str(choice.value), shelf, DrawingBounds()).steps == 9


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["--sampler", "--scheduler", "--sigmashift"]),
        ("sam", ["--sampler"]),
        ("--s", ["--sampler", "--scheduler", "--sigmashift"]),
        ("--sampler eu", ["--sampler euler", "--sampler euler_ancestral"]),
        ("--sampler euler --", ["--sampler euler --scheduler", "--sampler euler --sigmashift"]),
        ("--sigmashift 3", ["--sigmashift 3"]),
    ],
)
def test_advanced_offers_names_and_then_their_values(typed: str, offered: list[str]) -> None:
    assert values(autocomplete.advanced_choices(PARAMS, typed)) == offered


def test_nothing_is_offered_that_discord_would_refuse() -> None:
    many = tuple(Lora(f"{'x' * (number % 120)}{number}", "t" * 200) for number in range(500))
    before = "y" * 40
    for typed in ("", "x", f"{before}, x", f"{'z' * 99}:1"):
        offered = autocomplete.lora_choices(many, typed)
        assert len(offered) <= 25
        assert all(1 <= len(choice.name) <= 100 for choice in offered)
        assert all(1 <= len(str(choice.value)) <= 100 for choice in offered)
    assert autocomplete.lora_choices(many, f"{before}, x")
    assert autocomplete.lora_choices(many, f"{'z' * 101}:1") == []
