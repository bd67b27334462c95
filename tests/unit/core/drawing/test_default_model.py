"""The host's default model: silence if it is there, else why not and what was perhaps meant."""

from __future__ import annotations

import pytest

from bot.core.drawing.default_model import describe_missing_default
from bot.core.drawing.request import Model

MODELS = (
    Model("sdxl/juggernautXL_v10", "Juggernaut XL"),
    Model("a/dream.safetensors", "a/Dream", own_title="Dream"),
    Model("b/dream.safetensors", "b/Dream", own_title="Dream"),
)


@pytest.mark.parametrize(
    ("wished", "said"),
    [
        ("", ""),
        ("  ", ""),
        ("sdxl/juggernautXL_v10", ""),
        ("juggernautxl_v10.safetensors", ""),
        ("b/Dream", ""),
        (
            "juggernautXL_v9",
            "SwarmUI has no model named juggernautXL_v9. Did you mean Juggernaut XL?",
        ),
        (
            "Dream",
            "SwarmUI has more than one model named Dream. Which one? "
            "Choose a/dream.safetensors or b/dream.safetensors.",
        ),
        ("dream_xl", "SwarmUI has no model named dream_xl. Did you mean a/Dream or b/Dream?"),
        (
            "zzz",
            "SwarmUI has no model named zzz. It has Juggernaut XL, a/Dream and b/Dream.",
        ),
    ],
)
def test_what_is_wrong_with_the_default_model(wished: str, said: str) -> None:
    assert describe_missing_default(wished, MODELS) == said


def test_a_file_name_is_suggested_where_no_title_comes_close() -> None:
    said = describe_missing_default("ink_v1", (Model("x/ink_v2", "Watercolour"),))
    assert said == "SwarmUI has no model named ink_v1. Did you mean ink_v2?"


def test_an_unknown_server_has_nothing_wrong() -> None:
    assert describe_missing_default("anything", ()) == ""
