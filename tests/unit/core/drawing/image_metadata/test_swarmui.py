"""What SwarmUI writes, without what only concerns the server."""

from __future__ import annotations

import pytest

from bot.core.drawing.image_metadata.swarmui import find_image_index, parse_object
from tests.support.drawing import order


def test_how_the_picture_was_ordered_and_stored_is_not_shown() -> None:
    params = {
        "prompt": "a fox",
        "overrideoutpathformat": "raw/swarmbot/2026-11-24",
        "swarm_version": "0.9.8.2",
        "images": 1,
        "wildcardseed": 7,
        "nopreviews": True,
        "personalnote": "x",
        "seed": 5,
    }
    found = parse_object({"sui_image_params": params})
    assert found is not None
    assert found.facts == (("Seed", "5"),)


def test_settings_without_a_label_are_shown_by_their_own_name() -> None:
    found = parse_object({"sui_image_params": {"prompt": "x", "refinerupscale": 2, "freeu": "a"}})
    assert found is not None
    assert found.facts == (("Upscale", "2"), ("freeu", "a"))


@pytest.mark.parametrize("value", [{}, {"prompt": "x"}, {"sui_image_params": []}])
def test_another_programs_object_is_none(value: dict[str, object]) -> None:
    assert parse_object(value) is None


@pytest.mark.parametrize("key", ["parameters", "UserComment"])
def test_a_files_place_in_its_order_is_read_from_png_and_jpeg(key: str) -> None:
    texts = {key: '{"sui_image_params": {"seed": 43}}'}
    drawn = order(images=3, seed=42)
    assert find_image_index(texts, drawn, 0) == 1
    assert find_image_index({}, drawn, 2) == 2
