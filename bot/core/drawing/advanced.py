"""`--name value`: further parameters of SwarmUI's, from the list that the host has opened.

Each is checked against what the server itself lists: kind, range, choices. What is never open,
whatever the host lists, is in `NEVER`: it would reach files, other people's pictures or the
server's other back ends, or multiply the work.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from bot.core.drawing import name_match
from bot.core.drawing.catalog import Param, Shelf
from bot.core.drawing.request import Asker, Bounds
from bot.core.errors import Refused
from bot.core.text import format as fmt
from bot.core.text.escape import echo

USUAL: Final = (
    "sampler",
    "scheduler",
    "vae",
    "clipstopatlayer",
    "seamlesstileable",
    "sigmashift",
    "zeronegative",
    "fluxguidancescale",
    "initimageresettonorm",
    "initimagenoise",
    "refinercontrolpercentage",
    "refinermethod",
    "refinerupscalemethod",
    "removebackground",
)
NEVER: Final = frozenset(
    (
        "overrideoutpathformat",
        "donotsave",
        "donotsaveintermediates",
        "outputintermediateimages",
        "images",
        "batchsize",
        "internalbackendtype",
        "exactbackendid",
        "webhooks",
        "forwardrawbackenddata",
        "forwardswarmdata",
        "personalnote",
        "imageformat",
        "noloadmodels",
        "nopreviews",
        "nointernalspecialhandling",
        "continueaftererrors",
        "comfyuicustomworkflow",
        "rawresolution",
        "sidelength",
        "altresolutionheightmultiplier",
        "model",
        "refinermodel",
        "segmentmodel",
    )
)
_NEVER_BEGINS: Final = ("controlnet", "comfyworkflow", "comfyuicustom", "video", "textvideo")
_NEVER_KINDS: Final = ("text", "image", "image_list", "audio", "video", "list")
# What /imagine has an option of its own for: one way to say a thing, with one set of bounds.
OPTIONS: Final = {
    "prompt": "prompt",
    "negativeprompt": "negative",
    "model": "model",
    "aspectratio": "aspect",
    "width": "aspect",
    "height": "aspect",
    "images": "images",
    "seed": "seed",
    "steps": "steps",
    "cfgscale": "cfg",
    "cfg": "cfg",
    "negative": "negative",
    "aspect": "aspect",
    "lora": "lora",
    "loras": "lora",
    "loraweights": "lora",
    "initimage": "image",
    "initimagecreativity": "creativity",
    "variationseed": "variation_seed",
    "variationseedstrength": "variation",
    "refinerupscale": "upscale",
    "presets": "style",
    "style": "style",
}
# Features that SwarmUI asks of no back end.
_NEVER_BLOCKING: Final = ("", "sd3", "flux-dev", "text2video", "cascade", "sdxl", "text2audio")
_TRUE: Final = frozenset(("true", "yes", "on", "1", ""))
_FALSE: Final = frozenset(("false", "no", "off", "0"))
_MOST: Final = 12
_EDIT: Final = (("edit", "Edit"),)
_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u2018\u2019", '"""\'\'')
# A phone's keyboard makes a dash of two hyphens.
_DASH: Final = re.compile(r"(?<!\S)[\u2013\u2014](?=[A-Za-z])")
_TOKEN: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
Extras = tuple[tuple[str, str], ...]


def may_open(parameter: str) -> bool:
    """Whether a host can open this parameter to people at all."""
    key = folded(parameter)
    return key not in NEVER and key not in OPTIONS and not key.startswith(_NEVER_BEGINS)


def folded(name: str) -> str:
    """A name as SwarmUI reads it: its letters only, in lower case."""
    return re.sub(r"[^a-z]", "", name.lower())


def extras(text: str, asker: Asker, shelf: Shelf, bounds: Bounds) -> Extras:
    """Read what a person typed; raises Refused with one sentence about the first thing wrong."""
    if not text.strip():
        return ()
    roles = bounds.advanced_roles
    if roles is not None and set(asker.roles).isdisjoint(roles):
        raise Refused(
            "advanced.closed",
            "Advanced parameters are not open to you here. "
            "Leave `advanced` out, or ask whoever runs me.",
            offers=_EDIT,
        )
    made: dict[str, str] = {}
    for name, value in _pairs(text):
        param = _param(name, shelf, bounds)
        made[param.id] = checked(param, value, bounds)
        if len(made) > _MOST:
            raise _no("advanced.many", f"{_MOST} advanced parameters are the most at once.")
    return tuple(made.items())


def worth_sending(values: Mapping[str, str], params: tuple[Param, ...]) -> Extras:
    """Leave out what is the server's own default anyway: sent, it can still ask for a feature."""
    by_id = {param.id: param for param in params}
    return tuple(
        (key, value)
        for key, value in values.items()
        if (param := by_id.get(key)) is None or param.toggles or not _is_default(param, value)
    )


def as_typed(pairs: Extras) -> str:
    """The same again, as a person would type it."""
    return " ".join(
        f'--{key} "{value}"' if " " in value else f"--{key} {value}" for key, value in pairs
    )


def checked(param: Param, value: str, bounds: Bounds) -> str:
    """The value as the server writes it. Raises Refused."""
    match param.kind:
        case "integer" | "decimal":
            return _number(param, value, bounds)
        case "boolean":
            return _flag(param, value)
        case "dropdown" | "model":
            return _choice(param, value)
        case _:
            raise _no("advanced.kind", f"{echo(param.name, 60)} can't be set from here.")


def openable(param: Param) -> bool:
    """Whether this parameter is harmless in kind: no text, no picture, no list."""
    return may_open(param.id) and param.kind not in _NEVER_KINDS


def able(param: Param, shelf: Shelf) -> bool:
    """Whether a back end can obey it: one that none can leaves the whole order undrawn."""
    needed = param.feature
    return not shelf.features or needed in shelf.features or needed in _NEVER_BLOCKING


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    name, value = "", list[str]()
    for found in _TOKEN.finditer(_DASH.sub("--", text.translate(_QUOTES))):
        token = found[3]
        if token is not None and token.startswith("--"):
            if name:
                yield name, " ".join(value)
            name, equals, rest = token[2:].partition("=")
            value = [rest] if equals and rest else []
            if not name:
                raise _form()
        elif not name:
            raise _form()
        else:
            value.append(next(part for part in found.groups() if part is not None))
    if name:
        yield name, " ".join(value)


def _form() -> Refused:
    return _no(
        "advanced.form", "Write advanced parameters as `--sampler euler --scheduler karras`."
    )


def _param(name: str, shelf: Shelf, bounds: Bounds) -> Param:
    key = folded(name)
    if option := OPTIONS.get(key):
        raise _no("advanced.option", f"Use the option `{option}` for {echo(name, 40)}.")
    opened = {folded(one) for one in bounds.advanced if may_open(one)}
    named = {folded(param.name): param.id for param in shelf.params}
    key = named.get(key, key)
    param = next((one for one in shelf.params if one.id == key), None)
    if key in opened and param is not None and openable(param):
        if not able(param, shelf):
            raise _no("advanced.feature", f"The drawing computer can't do {_name(param)} now.")
        return param
    listed = tuple(one for one in bounds.advanced if may_open(one))
    if key in opened:
        raise _no("advanced.absent", f"The drawing computer has no {echo(name, 40)} right now.")
    if param is not None or not may_open(key):
        raise _no("advanced.shut", f"{echo(name, 40)} is not open to people here. {_open(listed)}")
    near = name_match.did_you_mean(name, listed, _open(listed))
    raise _no("advanced.unknown", f"I don't know the parameter {echo(name, 40)}. {near}")


def _open(listed: tuple[str, ...]) -> str:
    return f"Open are {fmt.and_list(listed[:12])}." if listed else "None is."


def _number(param: Param, value: str, bounds: Bounds) -> str:
    whole = param.kind == "integer"
    try:
        number = float(value.strip().replace(",", "."))
    except ValueError:
        number = math.nan
    if "_" in value or not math.isfinite(number) or (whole and number != int(number)):
        what = "a whole number" if whole else "a number"
        raise _no("advanced.value", f"{_name(param)} is {what}{_span(param, bounds)}.")
    least, most = _range(param, bounds)
    if (least is not None and number < least) or (most is not None and number > most):
        raise _no(
            "advanced.range",
            f"{_name(param)} goes{_span(param, bounds)}; {number:g} is outside.",
        )
    return str(int(number)) if whole else f"{number:.10g}"


def _range(param: Param, bounds: Bounds) -> tuple[float | None, float | None]:
    most = param.most
    if param.id.endswith("steps"):
        most = float(bounds.steps_max) if most is None else min(most, bounds.steps_max)
    return param.least, most


def _span(param: Param, bounds: Bounds) -> str:
    least, most = _range(param, bounds)
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    if least is not None:
        return f" from {least:g} on"
    return f" up to {most:g}" if most is not None else ""


def _flag(param: Param, value: str) -> str:
    said = value.strip().casefold()
    if said in _TRUE:
        return "true"
    if said in _FALSE:
        return "false"
    raise _no("advanced.value", f"{_name(param)} is true or false, not {echo(value, 40)}.")


def _choice(param: Param, value: str) -> str:
    said = value.strip().casefold()
    for one in param.choices:
        if said and said in (one.casefold(), name_match.bare(one)):
            return one
    some = f"Choose {fmt.and_list(tuple(echo(one, 40) for one in param.choices[:8]), 'or')}."
    way_out = name_match.did_you_mean(value, param.choices, some) if said else some
    if not param.choices:
        way_out = "The drawing computer offers none."
    raise _no("advanced.choice", f"{_name(param)} has no {echo(value, 40) or 'such'}. {way_out}")


def _is_default(param: Param, value: str) -> bool:
    if param.kind in ("integer", "decimal"):
        try:
            return float(param.default) == float(value)
        except ValueError:
            return False
    return param.default.casefold() == value.casefold()


def _name(param: Param) -> str:
    return echo(param.name or param.id, 60)


def _no(rule: str, sentence: str) -> Refused:
    return Refused(rule, sentence, offers=_EDIT)
