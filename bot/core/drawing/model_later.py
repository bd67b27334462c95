"""Orders that were admitted before SwarmUI listed its models. Their model is chosen later."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import (
    DrawingBounds,
    DrawRequest,
    GenerationParams,
    Model,
    RequestContext,
)
from bot.core.policy import GuildSettings

STEPS_LATER: Final = 0
CFG_LATER: Final = -1.0
_MODEL: Final = Model("later", "default model")


def can_choose_model_later(request: DrawRequest) -> bool:
    """Return True if a request names nothing that only SwarmUI's lists can confirm."""
    named = (request.model, request.lora, request.style, request.advanced)
    needs_features = (request.upscale, request.variation, request.variation_seed)
    tagged = "<" in request.prompt + request.negative
    return not any(named) and not tagged and all(one is None for one in needs_features)


def build_without_model(
    request: DrawRequest,
    asker: RequestContext,
    bounds: DrawingBounds,
    new_seed: int,
    policy: GuildSettings,
) -> GenerationParams:
    """Check a request as usual, but leave open what depends on the model. Raise Refused.

    `model` is "", `aspect` as it was asked for, and `steps` and `cfg` are `STEPS_LATER` and
    `CFG_LATER` unless they were asked for. The model's access rules are checked later.
    """
    catalog = CatalogSnapshot(models=(_MODEL,))
    policy = replace(policy, models=(), roles=())
    order = build_generation_params(request, asker, catalog, bounds, new_seed, policy)
    return replace(
        order,
        model="",
        model_title=_MODEL.title,
        aspect=order.aspect if request.aspect else "",
        steps=STEPS_LATER if request.steps is None else order.steps,
        cfg=CFG_LATER if request.cfg is None else order.cfg,
    )
