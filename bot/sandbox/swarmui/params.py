"""The text-to-image parameters: their table, and the values that make a picture's size.

The file `parameters.tsv` holds one parameter a line. A `=` before a default or an ignored value
tells the empty text from none at all; values are parted by `~`, their names follow after `///`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bot.sandbox.swarmui.tables import read_table

_REMAPS: Final = {
    "saveintermediateimages": "outputintermediateimages",
    "textvideofps": "videofps",
    "textvideoboomerang": "videoboomerang",
    "textvideoformat": "videoformat",
}
SERVER_PATHS: Final = ("raw/", "inputs/", "Starred/")
_MEDIA: Final = {"image", "audio", "video"}
SEPARATOR: Final = "\n|||\n"
_FLAGS: Final = (
    "visible",
    "advanced",
    "toggleable",
    "always_retain",
    "do_not_save",
    "do_not_preview",
    "extra_hidden",
    "can_sectionalize",
    "nonreusable",
)
_NEVER_BLOCKING: Final = {"sd3", "flux-dev", "text2video", "cascade", "sdxl", "text2audio"}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter; `ignore` is the text that counts as not given."""

    id: str
    name: str
    type: str
    default: str | None
    least: float
    most: float
    ignore: str | None
    permission: str
    feature: str
    subtype: str
    values: tuple[str, ...] | None
    told: dict[str, Any]


@lru_cache(maxsize=1)
def table() -> dict[str, Param]:
    """Every parameter by id, in the order in which the server lists them."""
    return {row["id"]: _param(row) for row in read_table("parameters.tsv")}


def _param(row: dict[str, str]) -> Param:
    flags = set(row["flags"].split(","))
    pairs = [entry.partition("///") for entry in row["values"][1:].split("~") if entry]
    values = tuple(value for value, _, _ in pairs) if row["values"] else None
    default = row["default"][1:] if row["default"].startswith("=") else None
    told: dict[str, Any] = {
        "name": row["name"],
        "id": row["id"],
        "description": "",
        "type": row["type"],
        "subtype": row["subtype"] or None,
        "default": default,
        "min": float(row["min"]),
        "max": float(row["max"]),
        "view_min": float(row["view_min"]),
        "view_max": float(row["view_max"]),
        "step": float(row["step"]),
        "values": None if values is None else list(values),
        "value_names": None if values is None else [name or value for value, _, name in pairs],
        "examples": row["examples"].split("~") if row["examples"] else None,
        "feature_flag": row["feature"] or None,
        "priority": float(row["priority"]),
        "group": row["group"] or None,
        "view_type": row["view_type"],
        "depend_non_default": row["depends"] or None,
    }
    told |= {flag: flag in flags for flag in _FLAGS}
    return Param(
        id=row["id"],
        name=row["name"],
        type=row["type"],
        default=default,
        least=float(row["min"]),
        most=float(row["max"]),
        ignore=row["ignore"][1:] if row["ignore"] else None,
        permission=row["permission"],
        feature=row["feature"],
        subtype=row["subtype"],
        values=values,
        told=told,
    )


def groups() -> list[dict[str, Any]]:
    return [
        {
            "name": row["name"],
            "id": row["id"],
            "priority": float(row["priority"]),
            "description": "",
            "parent": row["parent"] or None,
        }
        | {
            flag: flag in row["flags"].split(",")
            for flag in ("toggles", "open", "advanced", "can_shrink")
        }
        for row in read_table("groups.tsv")
    ]


def as_text(value: Any) -> str:
    """Convert a JSON value to text, as the server does before reading it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list):
        return SEPARATOR.join(json_text(entry) for entry in value)
    return json_text(value) if isinstance(value, dict) else str(value)


def json_text(value: Any) -> str:
    """Convert a JSON value to text where the server does not join lists."""
    if isinstance(value, list | dict):
        return json.dumps(value, indent=2, ensure_ascii=False)
    return as_text(value)


def clean(key: str) -> str:
    cleaned = re.sub(r"[^a-z]", "", key.lower())
    return _REMAPS.get(cleaned, cleaned)


def best(name: str, offered: Iterable[str]) -> str | None:
    """Match a name, else the shortest entry that contains it, without case and spaces."""

    def plain(text: str) -> str:
        text = text.lower().replace("\\", "/").removesuffix(".safetensors")
        return re.sub(r"[ \[\]]", "", text)

    wanted, found = plain(name), None
    for entry in offered:
        if plain(entry) == wanted:
            return entry
        if wanted in plain(entry) and (found is None or len(plain(entry)) < len(plain(found))):
            found = entry
    return found


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """Return parameters for metadata, with paths instead of bytes."""
    told: dict[str, Any] = {}
    for key, value in found.items():
        if key not in table() or table()[key].type.partition("_")[0] not in _MEDIA:
            told[key] = value
        elif isinstance(value, list):
            paths = [part for part in value if part.startswith(SERVER_PATHS)]
            told |= {key: paths} if paths else {}
        elif str(value).startswith(SERVER_PATHS):
            told[key] = value
    return told


def features_needed(found: dict[str, Any]) -> set[str]:
    """Return the backend features that these parameters need."""
    flags = {table()[key].feature for key in found if key in table()}
    return flags - _NEVER_BLOCKING - {""}


def size(found: dict[str, Any]) -> tuple[int, int]:
    """Width and height in pixels: raw resolution, else aspect with side length, else the two."""
    raw = re.fullmatch(r"(\d{2,5})x(\d{2,5})", str(found.get("rawresolution", "")))
    if raw:
        return int(raw[1]), int(raw[2])
    side, aspect = found.get("sidelength"), _ASPECTS.get(str(found.get("aspectratio")))
    if side is not None and aspect is not None:
        return round(aspect[0] * side / 512 / 16) * 16, round(aspect[1] * side / 512 / 16) * 16
    return int(found.get("width", 512)), int(found.get("height", 512))


def refines(found: dict[str, Any]) -> bool:
    """Whether there is a refiner stage: it needs a method and a share.

    The defaults in the parameter list do not count, because only SwarmUI's page chooses them.
    """
    return "refinermethod" in found and "refinercontrolpercentage" in found


def enlarges(found: dict[str, Any]) -> bool:
    """Whether the refiner stage enlarges: it also needs a factor and an upscale method."""
    how = str(found.get("refinerupscalemethod", "None"))
    factor = float(found.get("refinerupscale", 1))
    return refines(found) and factor != 1 and how.startswith(_UPSCALERS)


def final_size(found: dict[str, Any]) -> tuple[int, int]:
    """Return width and height of the file, after the refiner stage."""
    width, height = size(found)
    if not enlarges(found):
        return width, height
    factor = float(found["refinerupscale"])
    if str(found["refinerupscalemethod"]).startswith("latent-"):
        return round(width // 8 * factor) * 8, round(height // 8 * factor) * 8
    return round(width * factor) // 16 * 16, round(height * factor) // 16 * 16


def unused(found: dict[str, Any]) -> tuple[str, ...]:
    """Return the refiner's parameters that change nothing, because its stage is not complete."""
    if refines(found):
        return ()
    return tuple(key for key in found if key.startswith("refiner") and key != "refinermethod")


_UPSCALERS: Final = ("pixel-", "model-", "latent-", "latentmodel-", "pidmodel-")
# 3:4 is missing in the real server's table too: it falls back to width and height.
_ASPECTS: Final = {
    "1:1": (512, 512),
    "4:3": (576, 448),
    "3:2": (608, 416),
    "8:5": (608, 384),
    "16:9": (672, 384),
    "21:9": (768, 320),
    "2:3": (416, 608),
    "5:8": (384, 608),
    "9:16": (384, 672),
    "9:21": (320, 768),
}
