"""Option `advanced`, `--name value` for SwarmUI parameters that the host opened.

Each value is checked against the server's own list for kind, range and choices.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from bot.core.drawing import name_match
from bot.core.drawing.catalog import CatalogSnapshot, ParameterInfo
from bot.core.drawing.refusals import edit_refusal
from bot.core.drawing.request import DrawingBounds, RequestContext
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text

DEFAULT_PARAMETERS: Final = (
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
FORBIDDEN_PARAMETERS: Final = frozenset(
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
# Only a preset may name these, because members choose models with an option.
STYLE_PARAMETERS: Final = frozenset(("refinermodel", "segmentmodel"))
_FORBIDDEN_PREFIXES: Final = ("controlnet", "comfyworkflow", "comfyuicustom", "video", "textvideo")
_FORBIDDEN_KINDS: Final = ("text", "image", "image_list", "audio", "video", "list")
# What /imagine has an option of its own for: one way to say a thing, with one set of bounds.
OPTION_NAMES: Final = {
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
_IGNORED_FEATURES: Final = ("", "sd3", "flux-dev", "text2video", "cascade", "sdxl", "text2audio")
_TRUE: Final = frozenset(("true", "yes", "on", "1", ""))
_FALSE: Final = frozenset(("false", "no", "off", "0"))
_EXTRAS_MAX: Final = 12
_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u2018\u2019", '"""\'\'')
# A phone's keyboard makes a dash of two hyphens.
_DASH: Final = re.compile(r"(?<!\S)[\u2013\u2014](?=[A-Za-z])")
_TOKEN: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
ExtraParams = tuple[tuple[str, str], ...]


def can_open_id(parameter: str) -> bool:
    """Return True if a host may open this parameter."""
    key = normalize_id(parameter)
    closed = key in FORBIDDEN_PARAMETERS or key in OPTION_NAMES
    return not closed and not key.startswith(_FORBIDDEN_PREFIXES)


def normalize_id(name: str) -> str:
    """Return a name as SwarmUI reads it, in lower-case letters only."""
    return re.sub(r"[^a-z]", "", name.lower())


def parse_extras(
    text: str, asker: RequestContext, shelf: CatalogSnapshot, bounds: DrawingBounds
) -> ExtraParams:
    """Parse typed parameters, or raise Refused about the first mistake."""
    if not text.strip():
        return ()
    if bounds.advanced_roles is not None and set(asker.roles).isdisjoint(bounds.advanced_roles):
        raise edit_refusal("advanced.closed", "You can't use `advanced` on this server.")
    made: dict[str, str] = {}
    for name, value in _iter_pairs(text):
        param = _find_param(name, shelf, bounds)
        made[param.id] = check_value(param, value, bounds)
        if len(made) > _EXTRAS_MAX:
            most = f"You can use at most {_EXTRAS_MAX} advanced parameters at once."
            raise edit_refusal("advanced.many", most)
    return tuple(made.items())


def format_extras(pairs: ExtraParams) -> str:
    """Format parameters as a member would type them."""
    quoted = ((name, f'"{value}"' if " " in value else value) for name, value in pairs)
    return " ".join(f"--{name} {value}" for name, value in quoted)


def check_value(param: ParameterInfo, value: str, bounds: DrawingBounds) -> str:
    """Return the value as the server writes it. Raise Refused."""
    match param.kind:
        case "integer" | "decimal":
            return _check_number(param, value, bounds)
        case "boolean":
            return _check_flag(param, value)
        case "dropdown" | "model":
            return _check_choice(param, value)
        case _:
            name = escape_text(param.name, 60)
            raise edit_refusal("advanced.kind", f"{name} can't be set from here.")


def is_openable(param: ParameterInfo) -> bool:
    """Return True for a harmless kind of parameter, so no text, image or list."""
    return can_open_id(param.id) and param.kind not in _FORBIDDEN_KINDS


def is_supported(param: ParameterInfo, shelf: CatalogSnapshot) -> bool:
    """Return True if a backend supports it. Otherwise the whole order would fail."""
    needed = param.feature
    return not shelf.features or needed in shelf.features or needed in _IGNORED_FEATURES


def _iter_pairs(text: str) -> Iterator[tuple[str, str]]:
    name, value = "", list[str]()
    for found in _TOKEN.finditer(_DASH.sub("--", text.translate(_QUOTES))):
        token = found[3]
        if token is not None and token.startswith("--"):
            if name:
                yield name, " ".join(value)
            name, equals, rest = token[2:].partition("=")
            value = [rest] if equals and rest else []
        elif name:
            value.append(next(part for part in found.groups() if part is not None))
        if not name:
            example = "Write advanced parameters as `--sampler euler --scheduler karras`."
            raise edit_refusal("advanced.form", example)
    if name:
        yield name, " ".join(value)


def _find_param(name: str, shelf: CatalogSnapshot, bounds: DrawingBounds) -> ParameterInfo:
    key, shown = normalize_id(name), escape_text(name, 40)
    if option := OPTION_NAMES.get(key):
        raise edit_refusal("advanced.option", f"Use the option `{option}` for {shown}.")
    listed = tuple(one for one in bounds.advanced if can_open_id(one))
    opened = set(map(normalize_id, listed))
    named = {normalize_id(param.name): param.id for param in shelf.params}
    key = named.get(key, key)
    param = next((one for one in shelf.params if one.id == key), None)
    if key in opened and param is not None and is_openable(param):
        if not is_supported(param, shelf):
            cannot = f"The image server can't do {_format_name(param)} right now."
            raise edit_refusal("advanced.feature", cannot)
        return param
    if key in opened:
        raise edit_refusal("advanced.absent", f"The image server has no {shown} right now.")
    open_list = "No parameter is available."
    if listed:
        open_list = f"You can use {fmt.join_list(listed[:12])}."
    if param is not None or not can_open_id(key):
        raise edit_refusal("advanced.shut", f"{shown} isn't available here. {open_list}")
    near = name_match.suggest_similar(name, listed, open_list)
    raise edit_refusal("advanced.unknown", f"There's no parameter called “{shown}”. {near}")


def _check_number(param: ParameterInfo, value: str, bounds: DrawingBounds) -> str:
    whole = param.kind == "integer"
    title, span = _format_name(param), _format_range(param, bounds)
    try:
        number = float(value.strip().replace(",", "."))
    except ValueError:
        number = math.nan
    if "_" in value or not math.isfinite(number) or (whole and number != int(number)):
        what = f"a whole number{span}" if whole else f"a number{span}"
        raise edit_refusal("advanced.value", f"{title} must be {what}.")
    least, most = _find_range(param, bounds)
    if (least is not None and number < least) or (most is not None and number > most):
        raise edit_refusal("advanced.range", f"{title} must be a number{span}.")
    return str(int(number)) if whole else f"{number:.10g}"


def _find_range(param: ParameterInfo, bounds: DrawingBounds) -> tuple[float | None, float | None]:
    most = param.most
    if param.id.endswith("steps"):
        most = float(bounds.steps_max) if most is None else min(most, bounds.steps_max)
    return param.least, most


def _format_range(param: ParameterInfo, bounds: DrawingBounds) -> str:
    least, most = _find_range(param, bounds)
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    if least is not None:
        return f" from {least:g} up"
    return f" up to {most:g}" if most is not None else ""


def _check_flag(param: ParameterInfo, value: str) -> str:
    said = value.strip().casefold()
    if said in _TRUE:
        return "true"
    if said in _FALSE:
        return "false"
    what = f"true or false, not {escape_text(value, 40)}"
    raise edit_refusal("advanced.value", f"{_format_name(param)} must be {what}.")


def _check_choice(param: ParameterInfo, value: str) -> str:
    said = value.strip().casefold()
    for one in param.choices:
        if said and said in (one.casefold(), name_match.normalize_name(one)):
            return one
    some = f"Choose {fmt.join_list((escape_text(one, 40) for one in param.choices[:8]), 'or')}."
    way_out = name_match.suggest_similar(value, param.choices, some) if said else some
    if not param.choices:
        way_out = "The image server offers none."
    missing = f"{_format_name(param)} has no option “{escape_text(value, 40)}”."
    raise edit_refusal("advanced.choice", f"{missing} {way_out}")


def _format_name(param: ParameterInfo) -> str:
    return escape_text(param.name or param.id, 60)
