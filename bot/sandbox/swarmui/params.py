"""The text-to-image parameters: what ListT2IParams says of them, and how values are read.

The table beside this file holds one parameter a line. Keys are cleaned to lower-case letters, a
value is compared with the ignored one as text, and dropdowns and model names take the shortest
entry that contains what was asked for.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from bot.sandbox.swarmui.errors import InternalFault, Refused
from bot.sandbox.swarmui.models import SUBTYPES, ModelFile

_HERE: Final = Path(__file__).parent
_RESERVED: Final = {"session_id", "presets", "extra_metadata"}
_REMAPS: Final = {
    "saveintermediateimages": "outputintermediateimages",
    "textvideofps": "videofps",
    "textvideoboomerang": "videoboomerang",
    "textvideoformat": "videoformat",
}
_SERVER_PATHS: Final = ("raw/", "inputs/", "Starred/")
_MEDIA: Final = {"image", "audio", "video"}
_SEPARATOR: Final = "\n|||\n"
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


def _read(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@lru_cache(maxsize=1)
def table() -> dict[str, Param]:
    """Every parameter by id, in the order in which the server lists them."""
    return {row["id"]: _param(row) for row in _read("parameters.tsv")}


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
        for row in _read("groups.tsv")
    ]


def choices(param: Param, models: Iterable[ModelFile]) -> list[str] | None:
    """The values that a list or model parameter offers with these files, or its own."""
    names = [one.short for one in models if one.subtype == param.subtype]
    if param.id == "loras":
        return names or ["(None)"]
    if param.id in ("vae", "refinervae"):
        return ["Automatic", "None", *names]
    if param.id == "refinermodel":
        return ["(Use Base)", "-----", *names]
    return None if param.values is None else list(param.values)


def listed(models: Iterable[ModelFile], may: Callable[[str], bool]) -> list[dict[str, Any]]:
    files = tuple(models)
    rows = []
    for param in table().values():
        if param.permission and not may(param.permission):
            continue
        offered = choices(param, files)
        if offered is None or offered == list(param.values or ()):
            rows.append(param.told)
        else:
            rows.append(param.told | {"values": offered, "value_names": offered})
    return rows


def as_text(value: Any) -> str:
    """A JSON value as the server turns it into text before it reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list):
        return _SEPARATOR.join(as_text(entry) for entry in value)
    return str(value)


def clean(key: str) -> str:
    cleaned = re.sub(r"[^a-z]", "", key.lower())
    return _REMAPS.get(cleaned, cleaned)


def best(name: str, offered: Iterable[str]) -> str | None:
    """The entry that is the name, else the shortest that contains it; case and spaces aside."""

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


@dataclass(slots=True)
class Reader:
    """Reads the parameters of one request on behalf of one user."""

    models: tuple[ModelFile, ...]
    may: Callable[[str], bool]
    has_file: Callable[[str], bool]

    def read(self, root: dict[str, Any]) -> dict[str, Any]:
        """Values by id, in the order they came; unknown keys vanish. Raises Refused."""
        found: dict[str, Any] = {}
        for key, value in root.items():
            if key not in _RESERVED:
                self.apply(found, key, as_text(value))
        found.setdefault("seed", -1)
        if found["seed"] == -1:
            found["seed"] = random.randint(0, 2**31 - 2)  # noqa: S311 -- a picture's seed, no secret
        found.setdefault("prompt", "")
        found.setdefault("negativeprompt", "")
        return found

    def preset(self, found: dict[str, Any], param_map: dict[str, Any]) -> None:
        """Apply a preset over what was asked for: it wins."""
        for key, value in param_map.items():
            self.apply(found, key, as_text(value))

    def apply(self, found: dict[str, Any], key: str, text: str) -> None:
        param = table().get(clean(key))
        if param is None:
            return
        if text == param.ignore:
            found.pop(param.id, None)
            return
        if param.permission and not self.may(param.permission):
            raise Refused(f"You do not have permission to use parameter {param.name}.")
        try:
            found[param.id] = self._value(param, text)
        except Refused as refusal:
            raise Refused(f"Invalid value for parameter {param.name}: {refusal}") from None

    def _value(self, param: Param, text: str) -> Any:
        match param.type:
            case "integer":
                return self._whole(param, text)
            case "decimal":
                return self._decimal(param, text)
            case "boolean":
                if text.lower() not in ("true", "false"):
                    raise Refused(
                        f"Invalid boolean value for param {param.name} - '{text}'"
                        " - must be exactly 'true' or 'false'"
                    )
                return text.lower() == "true"
            case "dropdown":
                return self._entry(param, text)
            case "list":
                return self._list(param, text)
            case "model":
                return self._model(param, text)
            case "image" | "audio" | "video":
                return self._file(param, text)
            case "image_list" | "audio_list" | "video_list":
                return self._files(param, text)
            case _:
                return text

    def _whole(self, param: Param, text: str) -> int:
        if not re.fullmatch(r"\s*[+-]?\d{1,19}\s*", text):
            raise Refused(
                f"Invalid integer value for param {param.name} - '{text}'"
                " - must be a valid integer (eg '0', '3', '-5', etc)"
            )
        self._bounds(param, text, int(text), "integer")
        return int(text)

    def _decimal(self, param: Param, text: str) -> float:
        try:
            value = float(text.replace(",", "").replace("_", "?"))
        except ValueError:
            raise Refused(
                f"Invalid decimal value for param {param.name} - '{text}'"
                " - must be a valid decimal (eg '0.0', '3.5', '-5.2', etc)"
            ) from None
        self._bounds(param, text, value, "decimal")
        return value

    def _bounds(self, param: Param, text: str, value: float, kind: str) -> None:
        limited = param.least != 0 or param.most != 0
        if limited and not param.least <= value <= param.most:
            raise Refused(
                f"Invalid {kind} value for param {param.name} - '{text}'"
                f" - must be between {as_text(param.least)} and {as_text(param.most)}"
            )

    def _entry(self, param: Param, text: str) -> str:
        if param.values is None:
            return text
        found = best(text, param.values)
        if found is None:
            raise Refused(
                f"Invalid value for param {param.name} - '{text}'"
                f" - must be one of: `{'`, `'.join(param.values)}`"
            )
        return found

    def _list(self, param: Param, text: str) -> list[str]:
        parts = text.split(_SEPARATOR) if _SEPARATOR in text else text.split(",")
        entries = [part.strip() for part in parts if part.strip()]
        offered = choices(param, self.models) if param.subtype else None
        if offered is None:
            return entries
        found = []
        for entry in entries:
            known = best(entry, offered)
            if known is None:
                rest = "option does not exist. Has it been deleted?"
                if len(offered) < 10:
                    rest = f"must be one of: `{'`, `'.join(offered)}`"
                raise Refused(f"Invalid value for param {param.name} - '{text}' - {rest}")
            found.append(known)
        return found

    def _model(self, param: Param, text: str) -> str:
        subtype = param.subtype or SUBTYPES[0]
        names = [one.short for one in self.models if one.subtype == subtype]
        offered = ["(None)", *names, *(choices(param, self.models) or ())]
        found = best(text, offered)
        if found is None:
            raise Refused(
                f"Invalid model value for param {param.name} - '{text}'"
                " - are you sure that model name is correct?"
            )
        return found

    def _file(self, param: Param, text: str) -> str:
        body = text.partition(",")[2] if text.startswith("data:") else text
        if self._on_server(body):
            return body
        if body.strip():
            self._base64(param, param.type.upper(), text, body)
            return text
        return ""

    def _files(self, param: Param, text: str) -> list[str]:
        parts = text.split(_SEPARATOR if _SEPARATOR in text else "|")
        parts = [part.strip() for part in parts if part.strip()]
        for part in parts:
            if not self._on_server(part):
                body = part.partition(",")[2] if part.startswith("data:") else part
                self._base64(param, param.type.replace("_", "-"), text, body)
        return parts

    def _on_server(self, path: str) -> bool:
        if not path.startswith(_SERVER_PATHS):
            return False
        if not self.has_file(path):
            raise InternalFault(f"no such file: {path}")
        return True

    def _base64(self, param: Param, kind: str, text: str, body: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9+/=]{10,}", body):
            shown = body[:10] + "..." if len(body) > 10 else body
            raise Refused(
                f"Invalid {kind} value for param {param.name} - '{text}'"
                f" - must be a valid base64 string - got '{shown}'"
            )


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """What metadata tells of these parameters: no bytes, only paths of files on the server."""
    told: dict[str, Any] = {}
    for key, value in found.items():
        if key not in table() or table()[key].type.partition("_")[0] not in _MEDIA:
            told[key] = value
        elif isinstance(value, list):
            paths = [part for part in value if part.startswith(_SERVER_PATHS)]
            told |= {key: paths} if paths else {}
        elif str(value).startswith(_SERVER_PATHS):
            told[key] = value
    return told


def features_needed(found: dict[str, Any]) -> set[str]:
    """The backend features that these parameters ask for."""
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
