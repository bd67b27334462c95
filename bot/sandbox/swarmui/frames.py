"""What goes over the socket, frame by frame, and the metadata inside it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Any, Final

from bot.sandbox.swarmui.models import SUBTYPES, ModelFile
from bot.sandbox.swarmui.params import table

VERSION: Final = "0.9.8.2"
_UNUSED: Final = ("donotsave",)
_NOT_IN_PREVIEW: Final = ("donotsave", "exactbackendid")

Frame = dict[str, Any]


def single(value: float) -> float:
    """Round a number to 32-bit float digits, as in the server's JSON."""
    packed = struct.pack("f", value)
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == packed:
            return short
    return value


def metadata(
    params: dict[str, Any],
    extra: dict[str, Any],
    *,
    preview: bool,
    date: str,
    times: tuple[str, ...] = (),
    unused: tuple[str, ...] = (),
    models: list[dict[str, str]] | None = None,
    all_used: bool = False,
) -> str:
    """Return an image's JSON metadata. `times` are preparation and generation as text.

    `unused` are parameters that changed nothing. The finished image lists them apart, and its
    `models` with their hashes.
    """
    unused = () if all_used else (*_UNUSED, *unused)
    left_out = _NOT_IN_PREVIEW if preview else unused
    shown = {key: value for key, value in params.items() if key not in left_out}
    told: dict[str, Any] = {"date": date, **extra}
    if preview:
        shown |= {"is_preview": True, "preview_notice": "Image is not done generating"}
    else:
        shown["swarm_version"] = VERSION
        told |= dict(zip(("prep_time", "generation_time"), times, strict=False))
        if ignored := [key for key in unused if key in params]:
            told["unused_parameters"] = ignored
    whole: dict[str, Any] = {"sui_image_params": shown, "sui_extra_data": told}
    if models and not preview:
        whole["sui_models"] = models
    return json.dumps(whole, indent=2)


def used_models(
    params: dict[str, Any], extra: dict[str, Any], models: Iterable[ModelFile]
) -> list[dict[str, str]]:
    """Return the files that a picture was made with, those with a hash.

    First come the parameters that name one model, then embeddings and LoRAs.
    """
    found = []
    for key, value in params.items():
        if key in table() and table()[key].type == "model":
            found.append((key, table()[key].subtype or SUBTYPES[0], str(value)))
    found += [("used_embeddings", "Embedding", name) for name in extra.get("used_embeddings", ())]
    found += [("loras", "LoRA", name) for name in params.get("loras", ())]
    known = {(one.subtype, one.short): one for one in models if one.hashed}
    return [
        {"name": known[subtype, name].name, "param": key, "hash": known[subtype, name].hash}
        for key, subtype, name in found
        if (subtype, name) in known
    ]


def progress(
    index: str,
    request: str,
    overall: float,
    current: float,
    *,
    told: str | None = None,
    picture: str | None = None,
) -> Frame:
    """Build a step frame. `told` is the first step's metadata, `picture` a preview."""
    inner: Frame = {"batch_index": index, "request_id": request}
    if picture is not None:
        inner["preview"] = picture
    inner |= {"overall_percent": single(overall), "current_percent": single(current)}
    if told is not None:
        inner["metadata"] = told
    return {"gen_progress": inner}
