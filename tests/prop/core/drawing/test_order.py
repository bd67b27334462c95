"""Any wish becomes an order within the bounds, or a refusal with a sentence."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.model_defaults import ASPECTS, MEGAPIXEL, find_defaults
from bot.core.drawing.name_match import find_unique
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import DrawingBounds, DrawRequest, GenerationParams, Model
from bot.core.errors import Refused
from tests.unit.core.make import MIA, MODELS

words = st.one_of(st.text(max_size=60), st.sampled_from(["a fox", "<lora:x> fox", "\uff1cparam:1"]))
maybe = st.none()
wishes = st.builds(
    DrawRequest,
    source=st.just("interaction:1"),
    prompt=words,
    negative=words,
    model=maybe | st.sampled_from(["sdxl", "Flux Dev", "sd15", "nope", ""]) | st.text(max_size=20),
    aspect=maybe | st.sampled_from(ASPECTS) | st.text(max_size=6),
    images=maybe | st.integers(-2, 6),
    seed=maybe | st.integers(-3, 2**60),
    steps=maybe | st.integers(-1, 60),
    cfg=maybe | st.floats(),
)
bounds = st.builds(
    DrawingBounds,
    images_max=st.integers(1, 10),
    steps_max=st.integers(1, 100),
    megapixels_max=st.floats(0.1, 4),
    prompt_max=st.integers(1, 100),
    default_model=st.sampled_from(["", "sdxl", "gone"]),
)


def answer_to(
    wish: DrawRequest, limits: DrawingBounds, new_seed: int
) -> GenerationParams | Refused:
    try:
        return build_generation_params(wish, MIA, CatalogSnapshot(models=MODELS), limits, new_seed)
    except Refused as refused:
        return refused


@given(wishes, bounds, st.integers(0, 2**32))
def test_an_order_is_within_every_bound(
    wish: DrawRequest, limits: DrawingBounds, new_seed: int
) -> None:
    order = answer_to(wish, limits, new_seed)
    if isinstance(order, Refused):
        assert order.sentence.endswith((".", "?"))
        assert "@everyone" not in order.sentence
        return
    assert not set("<>") & set(order.prompt + order.negative)
    assert 1 <= len(order.prompt) <= limits.prompt_max
    assert len(order.negative) <= limits.prompt_max
    assert 1 <= order.images <= limits.images_max
    assert 1 <= order.steps <= limits.steps_max
    assert 0 <= order.cfg <= 30
    assert math.isfinite(order.cfg)
    assert order.seed == (new_seed if wish.seed in (None, -1) else wish.seed)
    assert 64 <= order.width <= 4096
    assert order.width * order.height <= limits.megapixels_max * MEGAPIXEL
    assert order.aspect in ASPECTS
    model = find_unique(order.model, MODELS)
    assert isinstance(model, Model)
    assert (
        order.width % find_defaults(model).multiple
        == order.height % find_defaults(model).multiple
        == 0
    )
