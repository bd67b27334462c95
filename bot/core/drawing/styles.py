"""Styles, which are presets of the server expanded by the bot.

SwarmUI would let a preset override the request. Here its numbers are defaults within the bounds.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Final

from bot.core.drawing import advanced, loras, model_defaults, name_match, prompt_tags
from bot.core.drawing.catalog import CatalogSnapshot, Preset
from bot.core.drawing.prompt_markup import Markup
from bot.core.drawing.refusals import NO_STYLES, edit_refusal
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.errors import Refused
from bot.core.text.escape import escape_text

UPSCALE_MAX: Final = 4.0
CFG_MAX: Final = 30.0
_LIST_SEPARATOR: Final = "\n|||\n"
# In a preset the host may use every tag that we can build; a preset in a preset is none of them.
_STYLE_TAGS: Final = frozenset(prompt_tags.TAG_NAMES) - {"preset"}
_TEXT_LENGTH_MAX: Final = 20_000
_READ_PARAMETERS: Final = frozenset(
    (
        "prompt",
        "negativeprompt",
        "model",
        "aspectratio",
        "width",
        "height",
        "steps",
        "cfgscale",
        "initimagecreativity",
        "refinerupscale",
        "loras",
        "loraweights",
        "personalnote",
    )
)
# Values of a preset that are the same as none.
_IDLE: Final = {"images": "1", "seed": "-1", "variationseed": "-1", "refinermodel": "(Use Base)"}


@dataclass(frozen=True, slots=True)
class PresetStyle:
    """Parsed preset with its additions and defaults.

    `size` is exact, in pixels. `aspect` is the shape for models that can't draw it. `ignored` names
    the settings of the preset that are not used.
    """

    title: str
    prompt: Markup = ()
    negative: Markup = ()
    model: Model | None = None
    aspect: str | None = None
    size: tuple[int, int] | None = None
    steps: int | None = None
    cfg: float | None = None
    creativity: float | None = None
    upscale: float | None = None
    loras: tuple[loras.WeightedLora, ...] = ()
    extras: advanced.ExtraParams = ()
    ignored: tuple[str, ...] = ()


NO_STYLE: Final = PresetStyle("")


def find_style(wished: str, shelf: CatalogSnapshot, bounds: DrawingBounds) -> PresetStyle:
    """Return the style of that title, `NO_STYLE` for no title. Raise Refused."""
    folded = wished.strip().casefold()
    if not folded:
        return NO_STYLE
    found = [one for one in shelf.presets if one.title == wished.strip()]
    found = found or [one for one in shelf.presets if one.title.strip().casefold() == folded]
    found = found or [one for one in shelf.presets if _has_key(one, folded)]
    if len(found) == 1:
        return _read_preset(found[0], shelf, bounds)
    titles = tuple(one.title for one in shelf.presets)
    otherwise = "Choose one from the list as you type."
    if not titles:
        otherwise = NO_STYLES
    hint = name_match.suggest_similar(wished, titles, otherwise)
    raise edit_refusal("style", f"There's no style called “{escape_text(wished, 80)}”. {hint}")


def _has_key(preset: Preset, typed: str) -> bool:
    """Return True for the key that stands for a title too long for a choice."""
    return (
        len(typed) == name_match.ITEM_KEY_LENGTH
        and name_match.build_item_key(preset.title) == typed
    )


def _read_preset(preset: Preset, shelf: CatalogSnapshot, bounds: DrawingBounds) -> PresetStyle:
    said = {advanced.normalize_id(key): value for key, value in preset.parameters}
    texts = (said.get(key, "")[:_TEXT_LENGTH_MAX] for key in ("prompt", "negativeprompt"))
    open_tags = (_STYLE_TAGS, shelf.wildcards, bounds.steps_max)
    prompt, negative = (prompt_tags.parse_tags(text, *open_tags) for text in texts)
    steps = _read_number(said, "steps", 1, bounds.steps_max)
    listed = [*_list_loras(said), *prompt.loras, *negative.loras]
    model, size = name_match.find_unique(said.get("model", ""), shelf.models), _read_size(said)
    extras = _read_extras(said, shelf, bounds)
    unused = _list_unused(said, {key for key, _ in extras})
    if said.get("model", "").strip() and model is None:
        unused.append("model")
    if size is None and said.get("aspectratio") not in model_defaults.ASPECTS:
        unused += [key for key in ("width", "height") if key in said]
    names = {param.id: param.name for param in shelf.params}
    return PresetStyle(
        title=preset.title,
        prompt=prompt.markup,
        negative=negative.markup,
        model=model,
        aspect=_read_aspect(said),
        size=size,
        steps=None if steps is None else round(steps),
        cfg=_read_number(said, "cfgscale", 0, CFG_MAX),
        creativity=_read_number(said, "initimagecreativity", 0, 1),
        upscale=_read_number(said, "refinerupscale", 1, UPSCALE_MAX),
        loras=_resolve_loras(listed, shelf, bounds),
        extras=extras,
        ignored=tuple(names.get(key, key) for key in unused),
    )


def _read_number(said: dict[str, str], key: str, least: float, most: float) -> float | None:
    """Return a style's number clamped to the bounds. It is no member's mistake."""
    try:
        value = float(said[key])
    except (KeyError, ValueError):
        return None
    return max(least, min(value, most)) if math.isfinite(value) else None


def _read_size(said: dict[str, str]) -> tuple[int, int] | None:
    """Return a style's size in pixels, unless it names a shape that SwarmUI knows."""
    width, height = _read_number(said, "width", 1, 1e5), _read_number(said, "height", 1, 1e5)
    if said.get("aspectratio") in model_defaults.ASPECTS or width is None or height is None:
        return None
    return round(width), round(height)


def _read_aspect(said: dict[str, str]) -> str | None:
    """Return a style's aspect ratio, which is that of its size if it names none."""
    if said.get("aspectratio") in model_defaults.ASPECTS:
        return said["aspectratio"]
    size = _read_size(said)
    return None if size is None else model_defaults.find_aspect(*size)


def _list_loras(said: dict[str, str]) -> list[str]:
    names, weights = _split_list(said.get("loras", "")), _split_list(said.get("loraweights", ""))
    weights += ["1"] * (len(names) - len(weights))
    return [f"{name}:{weight or 1}" for name, weight in zip(names, weights, strict=False) if name]


def _split_list(text: str) -> list[str]:
    separator = _LIST_SEPARATOR if _LIST_SEPARATOR in text else ","
    return [part.strip() for part in text.split(separator)]


def _resolve_loras(
    listed: list[str], shelf: CatalogSnapshot, bounds: DrawingBounds
) -> tuple[loras.WeightedLora, ...]:
    made: dict[str, loras.WeightedLora] = {}
    for text in listed[: bounds.loras_max]:
        with contextlib.suppress(Refused):
            parsed = loras.parse_loras(text, shelf.loras, bounds)
            made.update((one.lora.name, one) for one in parsed)
    return tuple(made.values())


def _read_extras(
    said: dict[str, str], shelf: CatalogSnapshot, bounds: DrawingBounds
) -> advanced.ExtraParams:
    """Return what the preset sets beside the options. The host chose it, so no list closes it."""
    made: dict[str, str] = {}
    for param in shelf.params:
        fit = advanced.is_openable(param) or param.id in advanced.STYLE_PARAMETERS
        if said.get(param.id, "").strip() and fit and advanced.is_supported(param, shelf):
            with contextlib.suppress(Refused):
                made[param.id] = advanced.check_value(param, said[param.id], bounds)
    return tuple(made.items())


def _list_unused(said: dict[str, str], used: set[str]) -> list[str]:
    """Return the parameters that change nothing, without those that would not either way."""
    idle = {key for key, value in said.items() if not value.strip() or _IDLE.get(key) == value}
    return sorted(said.keys() - used - idle - _READ_PARAMETERS)
