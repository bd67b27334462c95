"""What the server has: no two models and no two LoRAs are called the same."""

from __future__ import annotations

from bot.core.drawing.catalog import CatalogSnapshot, Lora
from bot.core.drawing.name_match import find_matches
from bot.core.drawing.request import Model
from tests.unit.core.make import MODELS


def test_equal_titles_are_told_apart_wherever_the_lists_come_from() -> None:
    models = (
        Model("SDXL/dreamshaper_8", "DreamShaper"),
        Model("SD15/dreamshaper_8", "DreamShaper"),
    )
    loras = (Lora("a/ink", ""), Lora("b/ink", ""), Lora("c/ink", "Other ink"))
    seen = CatalogSnapshot(models=models, loras=loras)
    assert [one.title for one in seen.models] == ["SDXL/DreamShaper", "SD15/DreamShaper"]
    assert [one.title for one in seen.loras] == ["a/ink", "b/ink", "Other ink"]
    assert find_matches("dreamshaper", seen.models) == seen.models
    assert find_matches("sd15/dreamshaper", seen.models) == seen.models[1:]


def test_a_list_without_equal_titles_stays_the_same_object() -> None:
    assert CatalogSnapshot(models=MODELS).models is MODELS
    seen = CatalogSnapshot(models=(Model("a/x", "X"), Model("b/x", "X")))
    assert CatalogSnapshot(models=seen.models).models is seen.models
