"""Requests of a first day on which SwarmUI has not been seen yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.drawing.model_later import (
    CFG_LATER,
    STEPS_LATER,
    build_without_model,
    can_choose_model_later,
)
from bot.core.drawing.request import DrawingBounds, DrawRequest
from bot.core.errors import Refused
from bot.core.policy import DEFAULT_SETTINGS
from tests.unit.core.make import MIA

BOUNDS = DrawingBounds()
FOX = DrawRequest("interaction:1", "a red fox")


@pytest.mark.parametrize(
    "named",
    [
        {"model": "sdxl"},
        {"lora": "ink"},
        {"style": "Noir"},
        {"advanced": "--sampler euler"},
        {"upscale": 2.0},
        {"variation": 0.2},
        {"variation_seed": 4},
        {"prompt": "a fox <lora:ink>"},
        {"negative": "<embed:bad>"},
    ],
)
def test_what_only_the_lists_can_confirm_cannot_wait(named: dict[str, Any]) -> None:
    assert can_choose_model_later(FOX)
    assert not can_choose_model_later(replace(FOX, **named))


def test_the_model_and_what_depends_on_it_stay_open() -> None:
    order = build_without_model(FOX, MIA, BOUNDS, 7, DEFAULT_SETTINGS)
    assert (order.model, order.model_title, order.aspect) == ("", "default model", "")
    assert (order.steps, order.cfg, order.seed) == (STEPS_LATER, CFG_LATER, 7)


def test_what_was_asked_for_is_kept() -> None:
    wished = replace(FOX, steps=9, cfg=3.5, aspect="wide", images=2, seed=5)
    order = build_without_model(wished, MIA, BOUNDS, 7, DEFAULT_SETTINGS)
    assert (order.steps, order.cfg, order.aspect) == (9, 3.5, "16:9")
    assert (order.images, order.seed) == (2, 5)


def test_a_guild_with_chosen_models_waits_as_well() -> None:
    policy = replace(DEFAULT_SETTINGS, models=("sdxl.safetensors",))
    assert build_without_model(FOX, MIA, BOUNDS, 7, policy).model == ""


def test_everything_else_is_refused_as_usual() -> None:
    with pytest.raises(Refused, match="Steps must be"):
        build_without_model(replace(FOX, steps=9000), MIA, BOUNDS, 7, DEFAULT_SETTINGS)
