"""Styles: presets of the server's, expanded here, so that what a person says beats them.

SwarmUI itself lays a preset over the request and lets it win, its paths and pictures too. Here its
words go around the person's, its numbers become defaults within the host's bounds, and what would
never be open to people is left out of it.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Final

from bot.core.drawing import advanced, loras, model_defaults, name_match, prompt_tags
from bot.core.drawing.catalog import Preset, Shelf
from bot.core.drawing.prompt_markup import Markup
from bot.core.drawing.request import Bounds, Model
from bot.core.errors import Refused
from bot.core.text.escape import echo

UPSCALE_MAX: Final = 4.0
CFG_MAX: Final = 30.0
_LIST: Final = "\n|||\n"
# In a preset the host may use every tag that we can build; a preset in a preset is none of them.
_TAGS: Final = frozenset(prompt_tags.TAGS) - {"preset"}
_FORM_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class Style:
    """A preset read: what it adds, and what it sets where the person said nothing."""

    title: str
    prompt: Markup = ()
    negative: Markup = ()
    model: Model | None = None
    aspect: str | None = None
    steps: int | None = None
    cfg: float | None = None
    creativity: float | None = None
    upscale: float | None = None
    loras: tuple[loras.Chosen, ...] = ()
    extras: tuple[tuple[str, str], ...] = ()


NONE: Final = Style("")


def find(wished: str, shelf: Shelf, bounds: Bounds) -> Style:
    """The style of that title, in any case; `NONE` for no title. Raises Refused."""
    folded = wished.strip().casefold()
    if not folded:
        return NONE
    found = [one for one in shelf.presets if one.title == wished.strip()]
    found = found or [one for one in shelf.presets if one.title.strip().casefold() == folded]
    if len(found) == 1:
        return _read(found[0], shelf, bounds)
    titles = tuple(one.title for one in shelf.presets)
    otherwise = "Pick one from the list while you type." if titles else "There are no styles here."
    raise Refused(
        "style",
        f"I don't know the style {echo(wished, 80)}. "
        f"{name_match.did_you_mean(wished, titles, otherwise)}",
        offers=(("edit", "Edit"),),
    )


def _read(preset: Preset, shelf: Shelf, bounds: Bounds) -> Style:
    said = {advanced.folded(key): value for key, value in preset.parameters}
    prompt = _words(said.get("prompt", ""), shelf, bounds)
    negative = _words(said.get("negativeprompt", ""), shelf, bounds)
    steps = _number(said, "steps", 1, bounds.steps_max)
    listed = [*_listed(said), *prompt.loras, *negative.loras]
    return Style(
        title=preset.title,
        prompt=prompt.markup,
        negative=negative.markup,
        model=name_match.only(said.get("model", ""), shelf.models),
        aspect=_aspect(said),
        steps=None if steps is None else round(steps),
        cfg=_number(said, "cfgscale", 0, CFG_MAX),
        creativity=_number(said, "initimagecreativity", 0, 1),
        upscale=_number(said, "refinerupscale", 1, UPSCALE_MAX),
        loras=_loras(listed, shelf, bounds),
        extras=_extras(said, shelf, bounds),
    )


def _words(text: str, shelf: Shelf, bounds: Bounds) -> prompt_tags.Read:
    return prompt_tags.read(text[:_FORM_MAX], _TAGS, shelf.wildcards, bounds.steps_max)


def _number(said: dict[str, str], key: str, least: float, most: float) -> float | None:
    """A number of the style's, brought within the bounds: it is the host's, not a mistake."""
    try:
        value = float(said[key])
    except (KeyError, ValueError):
        return None
    return max(least, min(value, most)) if math.isfinite(value) else None


def _aspect(said: dict[str, str]) -> str | None:
    """The shape only: how many pixels a picture has is the model's and the host's to say."""
    if said.get("aspectratio") in model_defaults.ASPECTS:
        return said["aspectratio"]
    width, height = _number(said, "width", 1, 1e5), _number(said, "height", 1, 1e5)
    if width is None or height is None:
        return None
    return model_defaults.aspect_of(round(width), round(height))


def _listed(said: dict[str, str]) -> list[str]:
    """Its LoRAs as a person would type them."""
    names, weights = _split(said.get("loras", "")), _split(said.get("loraweights", ""))
    weights += ["1"] * (len(names) - len(weights))
    return [f"{name}:{weight or 1}" for name, weight in zip(names, weights, strict=False) if name]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(_LIST if _LIST in text else ",")]


def _loras(listed: list[str], shelf: Shelf, bounds: Bounds) -> tuple[loras.Chosen, ...]:
    made: dict[str, loras.Chosen] = {}
    for text in listed[: bounds.loras_max]:
        with contextlib.suppress(Refused):
            made.update((one.lora.name, one) for one in loras.chosen(text, shelf.loras, bounds))
    return tuple(made.values())


def _extras(said: dict[str, str], shelf: Shelf, bounds: Bounds) -> tuple[tuple[str, str], ...]:
    opened = {*advanced.USUAL, *(advanced.folded(one) for one in bounds.advanced)}
    made: dict[str, str] = {}
    for param in shelf.params:
        fit = advanced.openable(param) and advanced.able(param, shelf)
        if param.id in said and param.id in opened and fit:
            with contextlib.suppress(Refused):
                made[param.id] = advanced.checked(param, said[param.id], bounds)
    return tuple(made.items())
