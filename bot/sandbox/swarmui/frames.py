"""What goes over the socket, frame by frame, and the metadata inside it."""

from __future__ import annotations

import json
import struct
from typing import Any, Final

VERSION: Final = "0.9.8.2"
NODES: Final = 8
NODES_BEFORE: Final = 5
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
) -> str:
    """Return an image's JSON metadata. `times` are preparation and generation as text.

    `unused` are parameters that changed nothing. The finished image lists them apart.
    """
    unused = (*_UNUSED, *unused)
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
    return json.dumps({"sui_image_params": shown, "sui_extra_data": told}, indent=2)


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


def sampling(index: str, request: str, done: float) -> Frame:
    return progress(index, request, (NODES_BEFORE + done) / NODES, done)


def previewed(index: str, request: str, done: float, picture: str) -> Frame:
    """Build a preview frame, one node behind a step, as the real server does."""
    return progress(index, request, (NODES_BEFORE + done) / (NODES - 1), done, picture=picture)
