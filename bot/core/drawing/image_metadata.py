"""What a picture was drawn with, read out of the text that programs write into pictures.

Anybody may have written anything there: everything is bounded, nothing is believed beyond its
shape, and what cannot be read is none. Three forms are known: SwarmUI's JSON, the lines of
AUTOMATIC1111 and its kin, and ComfyUI's graph.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

LONGEST: Final = 200_000  # characters of one text; ComfyUI's graphs are long
WORDS_MOST: Final = 5_000  # no form takes more, no panel shows more, and each of them is judged
VALUE_MOST: Final = 200
FACTS_MOST: Final = 30
_NODES_MOST: Final = 2_000
_HOPS_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Recipe:
    """`program` wrote it. `facts` are what else it says, as (name, value), in its order."""

    program: str
    prompt: str = ""
    negative: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def read(texts: Mapping[str, str]) -> Recipe | None:
    """The recipe in a picture's texts, by their keys; None where there is none that we know."""
    for text in (texts.get("parameters", ""), texts.get("UserComment", "")):
        found = _swarm(text) or _lines(text)
        if found is not None:
            return found
    return _graph(texts.get("prompt", ""))


# --- SwarmUI -------------------------------------------------------------------------------------

_SHOWN_APART: Final = ("prompt", "negativeprompt")
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


def _swarm(text: str) -> Recipe | None:
    params = _object(_object(_json(text)).get("sui_image_params"))
    if not params:
        return None
    order = [*(key for key in _LABELS if key in params), *(k for k in params if k not in _LABELS)]
    facts = (
        (_LABELS.get(key, key), _value(params[key])) for key in order if key not in _SHOWN_APART
    )
    return Recipe(
        "SwarmUI",
        _words(params.get("prompt")),
        _words(params.get("negativeprompt")),
        _some(facts),
    )


# --- AUTOMATIC1111 and its kin -------------------------------------------------------------------

_NEGATIVE: Final = "Negative prompt: "
_LAST: Final = re.compile(r"^Steps: \d")
_LAST_MOST: Final = 8_000  # characters of that line: at each of them some thousand may be tried
_PAIR: Final = re.compile(r'\s*([\w /.-]{1,60}):\s*("(?:\\.|[^"\\]){0,2000}"|[^,]{0,2000})(?:,|$)')


def _lines(text: str) -> Recipe | None:
    lines = text[:LONGEST].strip().split("\n")
    if not _LAST.match(lines[-1]):
        return None
    prompt: list[str] = []
    negative: list[str] = []
    here = prompt
    for line in lines[:-1]:
        if here is prompt and line.startswith(_NEGATIVE):
            here, line = negative, line.removeprefix(_NEGATIVE)
        here.append(line)
    facts = (
        (name.strip(), value.strip(' "')) for name, value in _PAIR.findall(lines[-1][:_LAST_MOST])
    )
    return Recipe(
        "AUTOMATIC1111",
        _words("\n".join(prompt).strip()),
        _words("\n".join(negative).strip()),
        _some((name, _value(value)) for name, value in facts),
    )


# --- ComfyUI -------------------------------------------------------------------------------------

_KNOWN: Final = (
    ("seed", "Seed"),
    ("noise_seed", "Seed"),
    ("steps", "Steps"),
    ("cfg", "CFG"),
    ("sampler_name", "Sampler"),
    ("scheduler", "Scheduler"),
    ("denoise", "Denoise"),
)
_MODELS: Final = ("ckpt_name", "unet_name", "model_name")


def _graph(text: str) -> Recipe | None:
    """The first sampler with words on both its ends, as far as its links can be followed."""
    nodes = {
        name: _object(_object(node).get("inputs"))
        for name, node in list(_object(_json(text)).items())[:_NODES_MOST]
    }
    for inputs in nodes.values():
        if not {"positive", "negative"} <= inputs.keys():
            continue
        prompt = _followed(nodes, inputs["positive"])
        if not prompt:
            continue
        models = (
            ("Model", _value(one[key]))
            for one in nodes.values()
            for key in _MODELS
            if isinstance(one.get(key), str)
        )
        facts = (
            (label, _value(inputs[key]))
            for key, label in _KNOWN
            if isinstance(inputs.get(key), int | float | str)
        )
        negative = _followed(nodes, inputs["negative"])
        return Recipe("ComfyUI", prompt, negative, _some((*dict.fromkeys(models), *facts)))
    return None


def _followed(nodes: Mapping[str, Mapping[str, Any]], link: object) -> str:
    """The words at the other end of a link: some nodes stand between them and the sampler."""
    for _ in range(_HOPS_MOST):
        if isinstance(link, str):
            return _words(link)
        if not (isinstance(link, list) and link and isinstance(link[0], str)):
            return ""
        inputs = nodes.get(link[0], {})
        onward = (inputs.get(key) for key in ("text", "text_g", "conditioning", "string", "value"))
        link = next((one for one in onward if one is not None), None)
    return ""


# --- what is in all of them ----------------------------------------------------------------------


def _json(text: str) -> object:
    if len(text) > LONGEST or not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> str:
    return value[:WORDS_MOST] if isinstance(value, str) else ""


def _value(value: object) -> str:
    """Numbers, words, and short lists of them; "" for anything deeper."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else ""
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else ""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_value_of_one, value[:FACTS_MOST])))[:VALUE_MOST]
    return " ".join(value[: VALUE_MOST * 4].split())[:VALUE_MOST] if isinstance(value, str) else ""


def _value_of_one(value: object) -> str:
    return "" if isinstance(value, list) else _value(value)


def _some(
    facts: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...],
) -> tuple[tuple[str, str], ...]:
    kept = [(" ".join(name.split())[:60], value) for name, value in facts if name and value]
    return tuple(kept[:FACTS_MOST])
