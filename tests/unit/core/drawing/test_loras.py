"""LoRAs by name, exactly, within the host's bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.drawing.catalog import Lora
from bot.core.drawing.loras import (
    WeightedLora,
    check_compatibility,
    format_loras,
    parse_loras,
)
from bot.core.errors import Refused
from tests.support.shelf import HOST, SHELF, ordered
from tests.unit.core.make import FLUX, SDXL


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
        ("<lora:detail/add_detail:0.8>", (("detail/add_detail", 0.8),)),
        ("<lora:add_detail>", (("detail/add_detail", 0.7),)),
        (
            "<lora:add_detail:0.8><LORA:Pixel:-1> <lyco:b/twin:0.5:0.9>, a/twin:0.1",
            (
                ("detail/add_detail", 0.8),
                ("pixel.safetensors", -1.0),
                ("b/twin", 0.5),
                ("a/twin", 0.1),
            ),
        ),
        ("< lora : add_detail : 0.8 >", (("detail/add_detail", 0.8),)),
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
        ("twin", "lora", "Which one? Choose a/twin or b/twin."),
        ("<lora:twin:0.5>", "lora", "Which one? Choose a/twin or b/twin."),
        ("qqqqqqqqqq", "lora", "Choose one"),
        ("add_detail:2.5", "lora.weight", "between -2 and 2"),
        ("add_detail:nan", "lora", "There's no LoRA"),
        ("add_detail:1e400", "lora", "There's no LoRA"),
        ("odd", "lora.name", "comma"),
        ("film: grain", "lora.kind", "flux-1"),
        ("a/twin, b/twin, loud, pixel, add_detail, flux/grain", "lora.many", "5 LoRAs"),
        ("," * 3000, "lora.many", "5 LoRAs"),
        ("@everyone <lora:x>", "lora", "There's no LoRA"),
        ("<lora:x>", "lora", "There's no LoRA called “x”"),
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


@pytest.mark.parametrize("typed", ["", "add_detail", "film: grain:0.25, loud:-1, a/twin"])
def test_a_choice_that_is_written_out_is_read_as_itself(typed: str) -> None:
    chosen = parse_loras(typed, SHELF.loras, HOST)
    assert parse_loras(format_loras(chosen), SHELF.loras, HOST) == chosen


@pytest.mark.parametrize("count", [HOST.loras_max, HOST.loras_max + 1])
def test_as_many_loras_as_the_host_allows_are_taken(count: int) -> None:
    shelf = tuple(Lora(f"lora-{number}", "") for number in range(count))
    typed = ",".join(one.name for one in shelf)
    if count > HOST.loras_max:
        with pytest.raises(Refused):
            parse_loras(typed, shelf, HOST)
    else:
        assert [one.lora for one in parse_loras(typed, shelf, HOST)] == list(shelf)


@pytest.mark.parametrize("weight", [-2.0, 0.0, 2.0])
def test_a_weight_at_the_hosts_bound_is_taken(weight: float) -> None:
    (one,) = parse_loras(f"add_detail:{weight}", SHELF.loras, HOST)
    assert one == WeightedLora(SHELF.loras[0], weight)


def test_a_lora_suits_models_of_its_kind_and_those_of_no_known_kind() -> None:
    grain = parse_loras("film: grain", SHELF.loras, HOST)
    check_compatibility(grain, FLUX)
    check_compatibility(grain, replace(SDXL, compat_class=""))
    with pytest.raises(Refused) as caught:
        check_compatibility(grain, SDXL)
    assert caught.value.rule == "lora.kind"
    assert dict(caught.value.offers) == {"edit": "Edit"}
