"""LoRAs by name, exactly, within the host's bounds."""

from __future__ import annotations

import pytest

from bot.core.errors import Refused
from tests.support.shelf import SHELF, ordered


def refused(lora: str, **fields: object) -> Refused:
    with pytest.raises(Refused) as caught:
        ordered(lora=lora, **fields)
    assert caught.value.sentence.endswith((".", "?"))
    assert caught.value.prompt == "a red fox"
    return caught.value


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", ()),
        (" , ,", ()),
        ("add_detail", (("detail/add_detail", 0.7),)),
        ("Add Detail:0.5", (("detail/add_detail", 0.5),)),
        ("add_detail:-0.5, PIXEL:1", (("detail/add_detail", -0.5), ("pixel.safetensors", 1.0))),
        (
            "Pixel Art, fine:0.3, add detail",
            (("pixel.safetensors", 0.3), ("detail/add_detail", 0.7)),
        ),
        ("add_detail:1, add_detail:2", (("detail/add_detail", 2.0),)),
        ("a/twin, b/twin:0", (("a/twin", 1.0), ("b/twin", 0.0))),
        ("loud", (("loud", 2.0),)),
    ],
)
def test_names_and_weights(typed: str, asked: tuple[tuple[str, float], ...]) -> None:
    assert ordered(lora=typed).loras == asked


def test_a_title_may_hold_a_colon() -> None:
    assert ordered(lora="film: grain", model="flux dev").loras == (("flux/Grain", 1.0),)
    assert ordered(lora="film: grain:0.2", model="flux dev").loras == (("flux/Grain", 0.2),)


@pytest.mark.parametrize(
    ("typed", "rule", "word"),
    [
        ("add_detial", "lora", "Did you mean Add Detail?"),
        ("twin", "lora", "Twin A or Twin B"),
        ("qqqqqqqqqq", "lora", "Pick one"),
        ("add_detail:2.5", "lora.weight", "from -2 to 2; 2.5"),
        ("add_detail:nan", "lora", "I don't know"),
        ("add_detail:1e400", "lora", "I don't know"),
        ("odd", "lora.name", "comma"),
        ("film: grain", "lora.kind", "flux-1"),
        ("a/twin, b/twin, loud, pixel, add_detail, flux/grain", "lora.many", "5 LoRAs"),
        ("," * 3000, "lora.many", "5 LoRAs"),
        ("@everyone <lora:x>", "lora", "I don't know"),
    ],
)
def test_what_is_none_is_said(typed: str, rule: str, word: str) -> None:
    answer = refused(typed)
    assert answer.rule == rule
    assert word in answer.sentence
    assert "@everyone" not in answer.sentence


def test_a_shelf_without_loras_says_so() -> None:
    empty = type(SHELF)(models=SHELF.models)
    assert "no LoRAs" in refused("x", shelf=empty).sentence


def test_a_lora_of_an_unknown_kind_goes_with_any_model() -> None:
    assert ordered(lora="loud", model="flux dev").loras
