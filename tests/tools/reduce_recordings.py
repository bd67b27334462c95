"""Reduces recordings of a real SwarmUI to what the contract tests read.

    python -m tests.tools.reduce_recordings RECORDINGS tests/data/swarmui_recordings

RECORDINGS is a folder of `*.jsonl`, one recording a file. Every line stays, with its times, its
frames, its status and the keys of its body. What goes: SwarmUI's texts for people, examples, the
bytes of pictures, entries of long lists that show nothing new, and what is about films, which the
stand-in does not make.
"""

from __future__ import annotations

import json
import re
import sys
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PICTURES = {
    "image/jpeg": "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==",
    "image/png": "data:image/png;base64,iVBORw0KGgo=",
}
"""What a picture inside a frame is replaced by: the head of a file of its type."""

PROSE = frozenset({"description", "examples", "usage_hint", "extra_hidden"})
SHORTENED = frozenset({"permissions", "value_names"})
HEADERS = frozenset({"content-type", "content-length", "location", "set-cookie", "cookie"})
SENT = frozenset({"x-forwarded-for", "accept-encoding", "range", "authorization"})
KEPT = {
    "prompt", "negativeprompt", "images", "seed", "steps", "cfgscale", "model", "vae", "width",
    "height", "aspectratio", "sampler", "scheduler", "loras", "loraweights", "presets",
    "initimage", "initimagecreativity", "maskimage", "promptimages", "variationseed",
    "variationseedstrength", "refinermethod", "refinerupscale", "refinerupscalemethod",
    "refinercontrolpercentage", "refinermodel", "controlnetmodel", "donotsave", "nopreviews",
    "wildcardseed", "internalbackendtype", "exactbackendid", "overrideoutpathformat",
    "imageformat", "batchsize", "seamlesstileable", "clipstopatlayer", "freeuapplyto",
    "videomodel", "videoframes", "removebackground", "automaticvae", "sidelength",
}  # fmt: skip
"""Parameters that the bot or its tests name. One more of each shape stays as well."""


def reduce(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every line of a recording, smaller."""
    return [_row(row) for row in _without_films(list(rows))]


def _without_films(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out requests about a film with their answers, and sockets on which one is made."""
    sockets = {row["via"] for row in rows if "videomodel" in row.get("frame", {})}
    dropped: set[int] = set()
    asked: deque[tuple[int, dict[str, Any]]] = deque()
    for number, row in enumerate(rows):
        if row.get("via") in sockets:
            dropped.add(number)
        elif row.get("via") == "http" and row["dir"] == "out":
            asked.append((number, row))
        elif row.get("via") == "http":
            before, question = asked.popleft()
            if _is_film(question, row):
                dropped |= {before, number}
    return [row for number, row in enumerate(rows) if number not in dropped]


def _is_film(asked: dict[str, Any], answered: dict[str, Any]) -> bool:
    body, answer = asked.get("body", {}), answered.get("body", {})
    told = f"{asked['path']} {body.get('path', '')}"
    files = answer.get("files", []) if isinstance(answer, dict) else []
    only_films = bool(files) and all(str(one.get("src")).endswith(".mp4") for one in files)
    return "videomodel" in body or ".mp4" in told or ".swarm.json" in told or only_films


def _row(row: dict[str, Any]) -> dict[str, Any]:
    if row.get("dir") == "out":
        return row | ({"headers": _headers(row["headers"])} if "headers" in row else {})
    made = {key: _value(value) for key, value in row.items()}
    if "supported_features" in made.get("frame", {}):
        made["frame"]["supported_features"] = made["frame"]["supported_features"][:3]
    if "headers" in made:
        made["headers"] = _headers(made["headers"])
    body = made.get("body")
    if isinstance(body, dict) and "model_classes" in body:
        made["body"] = _parameters(body)
    if isinstance(body, dict) and "settings" in body and "themes" in body:
        body["settings"] = dict(list(body["settings"].items())[:2])
    return made


def _headers(told: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if name.lower() in HEADERS | SENT}


def _value(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _value(one, name) for name, one in value.items()}
    if isinstance(value, list):
        if key in SHORTENED:
            value = value[:3]
        return [] if key in PROSE else [_value(one, key) for one in value]
    if isinstance(value, str):
        if key in PROSE:
            return ""
        if key == "metadata" and value.startswith("{\n"):
            return json.dumps(json.loads(value), ensure_ascii=False, separators=(",", ":"))
        if (found := re.match(r"data:([a-z]+/[a-z0-9]+);base64,", value)) and len(value) > 100:
            return PICTURES.get(found[1], value[:100])
    return value


def _parameters(body: dict[str, Any]) -> dict[str, Any]:
    """ListT2IParams: the parameters that are named, one of every other shape, and two classes."""
    shapes: set[tuple[Any, ...]] = set()
    kept = []
    for entry in body["list"]:
        shape = (
            entry.get("type"),
            entry.get("view_type"),
            *(type(entry.get(key)).__name__ for key in ("values", "depend_non_default", "parent")),
        )
        if entry["id"] in KEPT or shape not in shapes:
            kept.append(entry)
        shapes.add(shape)
    models = {name for listed in body["models"].values() for name in (one[1] for one in listed)}
    groups = {_group(entry.get("group")) for entry in kept}
    return body | {
        "list": kept,
        "groups": [one for one in body["groups"] if one.get("id", one["name"]) in groups]
        or body["groups"][:5],
        "model_classes": _some(body["model_classes"], models),
        "model_compat_classes": _some(body["model_compat_classes"], models),
    }


def _group(group: Any) -> Any:
    return group.get("id") if isinstance(group, dict) else group


def _some(table: dict[str, Any], named: set[str]) -> dict[str, Any]:
    """The named entries and the first two."""
    first = list(table)[:2]
    return {key: value for key, value in table.items() if key in named or key in first}


def main(recordings: Path, out: Path) -> None:
    """Write one reduced file for each recording."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(recordings.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        text = "".join(
            json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
            for row in reduce(rows)
        )
        (out / path.name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
