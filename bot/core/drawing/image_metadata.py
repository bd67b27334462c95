"""Generation parameters read from the text chunks of an image by SwarmUI, AUTOMATIC1111 or ComfyUI.

Anybody may have written these texts, so everything is bounded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.core.drawing.request import GenerationParams

TEXT_LENGTH_MAX: Final = 200_000  # characters of one text; ComfyUI's graphs are long
PROMPT_LENGTH_MAX: Final = 5_000  # no form takes more, no panel shows more, and each is judged
VALUE_LENGTH_MAX: Final = 200
FACTS_MAX: Final = 30
_NODES_MAX: Final = 2_000
_HOPS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class ImageMetadata:
    """Parameters written by `program`, with further `facts` as (name, value) in order."""

    program: str
    prompt: str = ""
    negative: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def parse_metadata(texts: Mapping[str, str]) -> ImageMetadata | None:
    """Return the parameters in an image's texts, by key, or None."""
    for text in (texts.get("parameters", ""), texts.get("UserComment", "")):
        found = _parse_swarm(text) or _parse_a1111(text)
        if found is not None:
            return found
    return _parse_comfy(texts.get("prompt", ""))


# --- SwarmUI -------------------------------------------------------------------------------------

_PROMPT_KEYS: Final = ("prompt", "negativeprompt")
_LABELS: Final[Mapping[str, str]] = {
    "model": "Model",
    "seed": "Seed",
    "steps": "Steps",
    "cfgscale": "CFG",
    "fluxguidancescale": "Flux guidance",
    "aspectratio": "Aspect",
    "width": "Width",
    "height": "Height",
    "sampler": "Sampler",
    "scheduler": "Scheduler",
    "loras": "LoRAs",
    "loraweights": "LoRA weights",
}


def _parse_swarm(text: str) -> ImageMetadata | None:
    params = _as_object(_as_object(_load_json(text)).get("sui_image_params"))
    if not params:
        return None
    order = dict.fromkeys((*(key for key in _LABELS if key in params), *params))
    named = (key for key in order if key not in _PROMPT_KEYS)
    facts = ((_LABELS.get(key, key), _format_value(params[key])) for key in named)
    return ImageMetadata(
        "SwarmUI",
        _take_text(params.get("prompt")),
        _take_text(params.get("negativeprompt")),
        _limit_facts(facts),
    )


def find_image_index(texts: Mapping[str, str], order: GenerationParams, otherwise: int) -> int:
    """Return which image of `order` a file is, by the seed that SwarmUI wrote into it."""
    params = _as_object(_as_object(_load_json(texts.get("parameters", ""))).get("sui_image_params"))
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


# --- AUTOMATIC1111 and its kin -------------------------------------------------------------------

_NEGATIVE_PREFIX: Final = "Negative prompt: "
_SETTINGS_LINE: Final = re.compile(r"^Steps: \d")
_SETTINGS_LINE_MAX: Final = 8_000  # characters: at each of them some thousand may be tried
_PAIR: Final = re.compile(r'\s*([\w /.-]{1,60}):\s*("(?:\\.|[^"\\]){0,2000}"|[^,]{0,2000})(?:,|$)')


def _parse_a1111(text: str) -> ImageMetadata | None:
    lines = text[:TEXT_LENGTH_MAX].strip().split("\n")
    if not _SETTINGS_LINE.match(lines[-1]):
        return None
    prompt: list[str] = []
    negative: list[str] = []
    here = prompt
    for line in lines[:-1]:
        if here is prompt and line.startswith(_NEGATIVE_PREFIX):
            here, line = negative, line.removeprefix(_NEGATIVE_PREFIX)
        here.append(line)
    pairs = _PAIR.findall(lines[-1][:_SETTINGS_LINE_MAX])
    return ImageMetadata(
        "AUTOMATIC1111",
        _take_text("\n".join(prompt).strip()),
        _take_text("\n".join(negative).strip()),
        _limit_facts((name.strip(), _format_value(value.strip(' "'))) for name, value in pairs),
    )


# --- ComfyUI -------------------------------------------------------------------------------------

_SAMPLER_LABELS: Final = (
    ("seed", "Seed"),
    ("noise_seed", "Seed"),
    ("steps", "Steps"),
    ("cfg", "CFG"),
    ("sampler_name", "Sampler"),
    ("scheduler", "Scheduler"),
    ("denoise", "Denoise"),
)
_MODEL_KEYS: Final = ("ckpt_name", "unet_name", "model_name")


def _parse_comfy(text: str) -> ImageMetadata | None:
    """Return the first sampler with text on both inputs, as far as links can be followed."""
    nodes = {
        name: _as_object(_as_object(node).get("inputs"))
        for name, node in list(_as_object(_load_json(text)).items())[:_NODES_MAX]
    }
    for inputs in nodes.values():
        if not {"positive", "negative"} <= inputs.keys():
            continue
        prompt = _follow_link(nodes, inputs["positive"])
        if not prompt:
            continue
        models = (
            ("Model", _format_value(one[key]))
            for one in nodes.values()
            for key in _MODEL_KEYS
            if isinstance(one.get(key), str)
        )
        facts = (
            (label, _format_value(inputs[key]))
            for key, label in _SAMPLER_LABELS
            if isinstance(inputs.get(key), int | float | str)
        )
        negative = _follow_link(nodes, inputs["negative"])
        kept = _limit_facts((*dict.fromkeys(models), *facts))
        return ImageMetadata("ComfyUI", prompt, negative, kept)
    return None


def _follow_link(nodes: Mapping[str, Mapping[str, Any]], link: object) -> str:
    for _ in range(_HOPS_MAX):
        if isinstance(link, str):
            return _take_text(link)
        if not (isinstance(link, list) and link and isinstance(link[0], str)):
            return ""
        inputs = nodes.get(link[0], {})
        onward = (inputs.get(key) for key in ("text", "text_g", "conditioning", "string", "value"))
        link = next((one for one in onward if one is not None), None)
    return ""


# --- what is in all of them ----------------------------------------------------------------------


def _load_json(text: str) -> object:
    if len(text) > TEXT_LENGTH_MAX or not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _as_object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _take_text(value: object) -> str:
    return value[:PROMPT_LENGTH_MAX] if isinstance(value, str) else ""


def _format_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else ""
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else ""
    if isinstance(value, list):
        flat = (_format_value(one) for one in value[:FACTS_MAX] if not isinstance(one, list))
        return ", ".join(filter(None, flat))[:VALUE_LENGTH_MAX]
    text = value[: VALUE_LENGTH_MAX * 4] if isinstance(value, str) else ""
    return " ".join(text.split())[:VALUE_LENGTH_MAX]


def _limit_facts(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kept = [(" ".join(name.split())[:60], value) for name, value in facts if name and value]
    return tuple(kept[:FACTS_MAX])
