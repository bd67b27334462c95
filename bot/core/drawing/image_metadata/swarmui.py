"""Parameters in the JSON that SwarmUI writes, under `sui_image_params`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.core.drawing.image_metadata.values import (
    ImageMetadata,
    as_object,
    format_value,
    limit_facts,
    load_object,
    take_text,
)
from bot.core.drawing.request import GenerationParams

_LABELS: Final[Mapping[str, str]] = {
    "model": "Model",
    "seed": "Seed",
    "steps": "Steps",
    "cfgscale": "CFG",
    "fluxguidancescale": "Flux guidance",
    "aspectratio": "Aspect",
    "width": "Width",
    "height": "Height",
    "sidelength": "Side length",
    "sampler": "Sampler",
    "scheduler": "Scheduler",
    "comfyuisampler": "Sampler",  # before 0.9.1
    "comfyuischeduler": "Scheduler",
    "autowebuisampler": "Sampler",
    "loras": "LoRAs",
    "loraweights": "LoRA weights",
    "variationseed": "Variation seed",
    "variationseedstrength": "Variation strength",
    "initimagecreativity": "Creativity",
    "refinermodel": "Refiner model",
    "refinerupscale": "Upscale",
    "refinersteps": "Refiner steps",
    "vae": "VAE",
    "clipstopatlayer": "CLIP stop at layer",
}
# How the picture was ordered and stored. It has no influence on the pixels.
_HIDDEN_KEYS: Final = frozenset(
    {
        "prompt",
        "negativeprompt",
        "images",
        "batchsize",
        "wildcardseed",
        "wildcardseedbehavior",
        "noseedincrement",
        "overrideoutpathformat",
        "imageformat",
        "swarm_version",
        "is_preview",
        "preview_notice",
        "donotsave",
        "donotsaveintermediates",
        "outputintermediateimages",
        "nopreviews",
        "noloadmodels",
        "nointernalspecialhandling",
        "continueaftererrors",
        "forwardrawbackenddata",
        "forwardswarmdata",
        "webhooks",
        "internalbackendtype",
        "exactbackendid",
        "personalnote",
        "presets",
        "comfyuicustomworkflow",
        "comfyworkflowraw",
        "comfyworkflowparammetadata",
    }
)


def parse_object(value: Mapping[str, Any]) -> ImageMetadata | None:
    """Return the parameters of one picture, or None for another program's object."""
    params = as_object(value.get("sui_image_params"))
    if not params:
        return None
    order = dict.fromkeys((*(key for key in _LABELS if key in params), *params))
    shown = (key for key in order if key.lower() not in _HIDDEN_KEYS)
    facts = ((_LABELS.get(key, key), format_value(params[key])) for key in shown)
    return ImageMetadata(
        "SwarmUI",
        take_text(params.get("prompt")),
        take_text(params.get("negativeprompt")),
        limit_facts(facts),
    )


def find_image_index(texts: Mapping[str, str], order: GenerationParams, otherwise: int) -> int:
    """Return which image of `order` a file is, by the seed that SwarmUI wrote into it."""
    text = texts.get("parameters") or texts.get("UserComment")
    params = as_object(load_object(text).get("sui_image_params"))
    written = (params.get("seed"), params.get("variationseed"))
    indices = range(order.images)
    if order.compute_seeds(0) == order.compute_seeds(1):
        return otherwise
    seeds = map(order.compute_seeds, indices)
    found = (
        i
        for i, (seed, varied) in zip(indices, seeds, strict=True)
        if written[0] == seed and varied in (None, written[1])
    )
    return next(found, otherwise)
