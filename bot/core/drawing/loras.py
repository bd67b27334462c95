"""LoRAs: "name:0.8, other" becomes names that the server lists, each with its weight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from bot.core.drawing.catalog import Lora
from bot.core.drawing.name_match import did_you_mean, only, title_of
from bot.core.drawing.request import Bounds, Model
from bot.core.errors import Refused
from bot.core.text.escape import echo

_PIECES: Final = 24  # commas that are looked at: a title may hold some
_TITLE_PIECES: Final = 3
_EDIT: Final = (("edit", "Edit"),)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One LoRA at a weight; both as SwarmUI is asked."""

    lora: Lora
    weight: float


def chosen(text: str, shelf: tuple[Lora, ...], bounds: Bounds) -> tuple[Chosen, ...]:
    """Read what a person typed. Raises Refused for a name or a weight that is none."""
    pieces = text.replace("\n", ",").split(",")
    if len(pieces) > _PIECES:
        raise _too_many(bounds)
    made: dict[str, Chosen] = {}
    at = 0
    while at < len(pieces):
        if not pieces[at].strip():
            at += 1
            continue
        for size in range(1, _TITLE_PIECES + 1):
            one = _one(",".join(pieces[at : at + size]), shelf, bounds)
            if one is not None:
                break
        else:
            raise _unknown(pieces[at], shelf)
        made[one.lora.name] = one
        at += size
    if len(made) > bounds.loras_max:
        raise _too_many(bounds)
    return tuple(made.values())


def suit(ones: tuple[Chosen, ...], model: Model) -> None:
    """Refuse a LoRA that was made for another kind of model: it would do nothing, or fail."""
    for one in ones:
        kind = one.lora.compat_class
        if kind and model.compat_class and kind != model.compat_class:
            raise Refused(
                "lora.kind",
                f"The LoRA {echo(title_of(one.lora), 80)} is made for models of the kind "
                f"{echo(kind, 60)}; {echo(title_of(model), 80)} is {model.compat_class}. "
                "Choose another model or leave the LoRA out.",
                offers=_EDIT,
            )


def as_typed(ones: tuple[Chosen, ...]) -> str:
    """The same choice again, as a person would type it."""
    return ", ".join(f"{one.lora.name}:{one.weight:g}" for one in ones)


def _one(text: str, shelf: tuple[Lora, ...], bounds: Bounds) -> Chosen | None:
    """The LoRA and its weight; a name may hold colons itself."""
    name, colon, tail = text.rpartition(":")
    weight = _number(tail) if colon else None
    if weight is not None:
        found = only(name, shelf)
        if found is None and ":" in name and _number(name.rpartition(":")[2]) is not None:
            # SwarmUI's own form has a second weight, for the text encoder: the first counts.
            name, _, tail = name.rpartition(":")
            found, weight = only(name, shelf), _number(tail)
        if found is not None and weight is not None:
            return _weighed(found, weight, bounds)
    found = only(text, shelf)
    most = bounds.lora_weight_max
    return None if found is None else _weighed(found, max(-most, min(found.weight, most)), bounds)


def _weighed(lora: Lora, weight: float, bounds: Bounds) -> Chosen:
    title = echo(title_of(lora), 80)
    most = bounds.lora_weight_max
    if not -most <= weight <= most:
        raise Refused(
            "lora.weight",
            f"A LoRA's weight goes from {-most:g} to {most:g}; {weight:g} for {title} is outside.",
            offers=_EDIT,
        )
    if "," in lora.name:
        # SwarmUI reads a list of one name as two where the name has a comma.
        raise Refused(
            "lora.name",
            f"SwarmUI cannot be asked for {title}: its file's name has a comma. "
            "The host can rename it.",
        )
    return Chosen(lora, round(weight, 3) + 0.0)


def _number(text: str) -> float | None:
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _unknown(typed: str, shelf: tuple[Lora, ...]) -> Refused:
    name, colon, tail = typed.rpartition(":")
    name = name if colon and _number(tail) is not None else typed
    if not shelf:
        return Refused("lora", "The drawing computer has shown me no LoRAs.", offers=_EDIT)
    way_out = did_you_mean(
        name, (title_of(one) for one in shelf), "Pick one from the list while you type."
    )
    return Refused("lora", f"I don't know the LoRA {echo(name, 80)}. {way_out}", offers=_EDIT)


def _too_many(bounds: Bounds) -> Refused:
    return Refused(
        "lora.many", f"{bounds.loras_max} LoRAs are the most in one picture.", offers=_EDIT
    )
