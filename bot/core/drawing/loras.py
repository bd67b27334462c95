"""Option `lora`. "name:0.8, other" becomes listed names with weights."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from bot.core.drawing.catalog import Lora
from bot.core.drawing.name_match import find_unique, format_title
from bot.core.drawing.refusals import describe_mismatch, edit_refusal
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.errors import Refused
from bot.core.text.escape import escape_text

_PIECES_MAX: Final = 24  # commas that are looked at: a title may hold some
_TITLE_PIECES_MAX: Final = 3
# How other programs write a LoRA, and what people copy from pages about them.
_TAG: Final = re.compile(r"<\s*(?:lora|lyco|lycoris)\s*:([^<>]*)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WeightedLora:
    """LoRA with a weight, as SwarmUI is asked."""

    lora: Lora
    weight: float


def parse_loras(
    text: str, shelf: tuple[Lora, ...], bounds: DrawingBounds
) -> tuple[WeightedLora, ...]:
    """Read what a person typed. Raises Refused for a name or a weight that is none."""
    pieces = _TAG.sub(r",\1,", text).replace("\n", ",").split(",")
    if len(pieces) > _PIECES_MAX:
        raise _too_many_refusal(bounds)
    made: dict[str, WeightedLora] = {}
    at = 0
    while at < len(pieces):
        if not pieces[at].strip():
            at += 1
            continue
        for size in range(1, _TITLE_PIECES_MAX + 1):
            one = _parse_lora(",".join(pieces[at : at + size]), shelf, bounds)
            if one is not None:
                break
        else:
            raise _unknown_refusal(pieces[at], shelf)
        made[one.lora.name] = one
        at += size
    if len(made) > bounds.loras_max:
        raise _too_many_refusal(bounds)
    return tuple(made.values())


def check_compatibility(ones: tuple[WeightedLora, ...], model: Model) -> None:
    """Refuse a LoRA made for another kind of model, which would fail or do nothing."""
    for one in ones:
        kind = one.lora.compat_class
        if kind and model.compat_class and kind != model.compat_class:
            lora, other = (escape_text(format_title(item), 80) for item in (one.lora, model))
            raise edit_refusal(
                "lora.kind",
                f"The LoRA {lora} is made for {escape_text(kind, 60)} models, but {other} is "
                f"{model.compat_class}. Choose another model or leave out the LoRA.",
            )


def format_loras(ones: tuple[WeightedLora, ...]) -> str:
    """Format LoRAs as a member would type them."""
    return ", ".join(f"{one.lora.name}:{one.weight:g}" for one in ones)


def _parse_lora(text: str, shelf: tuple[Lora, ...], bounds: DrawingBounds) -> WeightedLora | None:
    name, colon, tail = text.rpartition(":")
    weight = _parse_number(tail) if colon else None
    if weight is not None:
        found = find_unique(name, shelf)
        if found is None and ":" in name and _parse_number(name.rpartition(":")[2]) is not None:
            # SwarmUI's own form has a second weight, for the text encoder: the first counts.
            name, _, tail = name.rpartition(":")
            found, weight = find_unique(name, shelf), _parse_number(tail)
        if found is not None and weight is not None:
            return _build_weighted(found, weight, bounds)
    if (found := find_unique(text, shelf)) is None:
        return None
    most = bounds.lora_weight_max
    return _build_weighted(found, max(-most, min(found.weight, most)), bounds)


def _build_weighted(lora: Lora, weight: float, bounds: DrawingBounds) -> WeightedLora:
    title = escape_text(format_title(lora), 80)
    most = bounds.lora_weight_max
    if not -most <= weight <= most:
        span = f"between {-most:g} and {most:g}"
        raise edit_refusal("lora.weight", f"The weight of {title} must be {span}.")
    if "," in lora.name:
        # SwarmUI reads a list of one name as two where the name has a comma.
        comma = f"I can't use {title}, because its file name has a comma."
        raise Refused("lora.name", f"{comma} The host can rename it.")
    return WeightedLora(lora, round(weight, 3) + 0.0)


def _parse_number(text: str) -> float | None:
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _unknown_refusal(typed: str, shelf: tuple[Lora, ...]) -> Refused:
    name, colon, tail = typed.rpartition(":")
    name = name if colon and _parse_number(tail) is not None else typed
    if not shelf:
        return edit_refusal("lora", "The image server has no LoRAs.")
    why = describe_mismatch("LoRA", name, shelf, "Choose one from the list as you type.")
    return edit_refusal("lora", why)


def _too_many_refusal(bounds: DrawingBounds) -> Refused:
    most = f"You can use at most {bounds.loras_max} LoRAs in one picture."
    return edit_refusal("lora.many", most)
