"""Names of the server's things: found exactly, and suggested where nothing is equal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.drawing import name_match
from bot.core.drawing.catalog import Lora
from bot.core.drawing.name_match import find_model, find_similar_models
from bot.core.drawing.request import Model
from tests.unit.core.make import FLUX, MODELS, SDXL


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("  Folder\\Name.SAFETENSORS ", "folder/name"),
        ("name.gguf", "name"),
        ("name.v2", "name.v2"),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_slashes_and_extensions(typed: str, compared: str) -> None:
    assert name_match.normalize_name(typed) == compared


@pytest.mark.parametrize(
    ("name", "title", "shown"),
    [
        ("a/b.gguf", "", "b"),
        ("a/b.gguf", "  ", "b"),
        ("a/b.gguf", "Big Model.safetensors", "Big Model"),
        ("a/b", "Title", "Title"),
    ],
)
def test_a_thing_is_called_by_its_title_else_by_its_file(name: str, title: str, shown: str) -> None:
    assert name_match.format_title(Lora(name, title)) == shown


WHOLE, TITLED, TAIL = Lora("ink", "X"), Lora("b", "Ink"), Lora("folder/ink", "Y")


@pytest.mark.parametrize(
    ("shelf", "found"),
    [
        ((TAIL, TITLED, WHOLE), WHOLE),
        ((TAIL, TITLED), TITLED),
        ((TAIL,), TAIL),
        ((), None),
        ((TAIL, replace(TAIL, name="other/ink")), None),
        ((TAIL, replace(TAIL, name="other/ink"), TITLED), TITLED),
    ],
)
def test_a_whole_name_wins_over_a_title_and_both_over_the_end_of_a_path(
    shelf: tuple[Lora, ...], found: Lora | None
) -> None:
    assert name_match.find_unique("ink", shelf) == found


@pytest.mark.parametrize("wished", ["", "  ", ".safetensors"])
def test_an_empty_name_is_nothing_of_that_name(wished: str) -> None:
    assert name_match.find_unique(wished, (Lora("", ""), WHOLE)) is None
    assert find_model(wished, MODELS) is None


def test_an_exact_name_wins_over_a_title() -> None:
    named, titled = Model("a.safetensors", "x"), Model("b.safetensors", "a")
    assert find_model("a", (titled, named)) == named
    assert find_model("B.SAFETENSORS", (named, titled)) == titled
    assert find_model("flux dev", (SDXL, FLUX)) == FLUX


def test_suggestions_are_bounded_in_a_long_list() -> None:
    many = tuple(Model(f"m{n}.safetensors", f"model number {n}") for n in range(10_000))
    assert find_similar_models("modle number 77", many)
    assert len(find_similar_models("model number", many)) == 3
    assert find_similar_models("zzzzzzzzzzzzzzzzzz", MODELS) == ()


def test_what_holds_the_typed_words_is_suggested_before_what_only_looks_alike() -> None:
    found = name_match.find_similar("ink", ("Pink sky", "Inc", "Wet Ink"))
    assert set(found[:2]) == {"Pink sky", "Wet Ink"}


def test_a_suggestion_repeats_no_live_words_and_none_is_the_other_sentence() -> None:
    said = name_match.suggest_similar("everyone", ("@everyone",), "Pick one.")
    assert "everyone" in said
    assert "@everyone" not in said
    assert name_match.suggest_similar("zzzz", ("@everyone",), "Pick one.") == "Pick one."


def test_a_key_is_short_and_differs_for_names_that_differ() -> None:
    keys = {name_match.build_item_key(name) for name in ("a", "A", "a ", "\ud800", "x" * 900)}
    assert len(keys) == 5
    assert {len(key) for key in keys} == {12}
