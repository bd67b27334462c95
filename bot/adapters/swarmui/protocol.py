"""SwarmUI's wire protocol without I/O. Frames become events, orders become parameters.

* A frame raises only `ProtocolError`, and only if it is no JSON object. Known parts are decoded and
  unknown parts are ignored.
* The server's `overall_percent` counts workflow nodes and is not shown. `SamplingStep.fraction` is
  `current_percent`, which restarts at 0 with every node.
* No `<` leaves this module except in prompt tags written by `prompt_markup`. SwarmUI's prompt tags
  can change any parameter and cannot be escaped. Earlier rules remove them; this is the last check.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bot.adapters.swarmui.error_messages import parse_error
from bot.core.drawing.prompt_markup import escape_angles, render_prompt
from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendError, ProtocolError
from bot.core.jobs.progress import (
    ImageReady,
    PreviewFrame,
    RequestEnded,
    SamplingStep,
    StatusFrame,
    SwarmEvent,
)

# A preview larger than this is an animation that no status message would carry.
PREVIEW_MAX: Final = 4 * 1024 * 1024
NO_INDEX: Final = -1
_NUMBER_MAX: Final = 2**31
_REFINER_DEFAULTS: Final = {
    "refinercontrolpercentage": 0.2,
    "refinermethod": "PostApply",
    "refinerupscalemethod": "pixel-lanczos",
}


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Frame without news about the image."""


@dataclass(frozen=True, slots=True)
class ErrorFrame:
    """An error frame. Pictures that are already being drawn may still follow it."""

    error: BackendError


@dataclass(frozen=True, slots=True)
class CloseFrame:
    """Last frame, in which the server says that it closes the socket."""


FrameEvent: TypeAlias = SwarmEvent | KeepAlive | ErrorFrame | CloseFrame


def parse_json_object(text: str | bytes | bytearray) -> dict[str, Any]:
    """Parse one JSON object, or raise ProtocolError for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError from error
    if not isinstance(value, dict):
        raise ProtocolError
    return value


def decode_frame(frame: str | bytes | Mapping[str, Any]) -> tuple[FrameEvent, ...]:
    """Decode a frame into events in order, or () if it holds nothing of interest.

    Raises ProtocolError if the frame is no JSON object.
    """
    said: Mapping[str, Any] = frame if isinstance(frame, Mapping) else parse_json_object(frame)
    heard: list[FrameEvent] = []
    if isinstance(status := said.get("status"), Mapping):
        heard.append(parse_status(status))
    if isinstance(progress := said.get("gen_progress"), Mapping):
        heard.extend(_parse_progress(progress))
    if isinstance(image := said.get("image"), str) and image:
        index, metadata = _parse_index(said.get("batch_index")), said.get("metadata")
        heard.append(ImageReady(index, image, metadata if isinstance(metadata, str) else ""))
    if "error" in said or "error_id" in said:
        heard.append(ErrorFrame(parse_error(said.get("error"), said.get("error_id"))))
    if "discard_indices" in said:
        heard.append(RequestEnded(_parse_discarded(said["discard_indices"])))
    if said.get("socket_intention") == "close":
        heard.append(CloseFrame())
    if said.get("keep_alive"):
        heard.append(KeepAlive())
    return tuple(heard)


def parse_status(status: Mapping[str, Any]) -> StatusFrame:
    """Parse a status object's counters, clamped at 0. The server sent -1 before."""
    return StatusFrame(
        waiting=_parse_count(status.get("waiting_gens")),
        loading=_parse_count(status.get("loading_models")),
        waiting_backends=_parse_count(status.get("waiting_backends")),
        live=_parse_count(status.get("live_gens")),
    )


def build_parameters(order: GenerationParams, folder: str, *, previews: bool) -> dict[str, Any]:
    """Build SwarmUI's parameters from explicit values, without nulls and default flags.

    The init image is not included; only the sender has its bytes. The files become
    `raw/<folder>.png`, `raw/<folder>-1.png`, … in order of completion.
    """
    asked: dict[str, Any] = {
        "images": order.images,
        "model": order.model,
        "width": order.width,
        "height": order.height,
        "steps": order.steps,
        "cfgscale": order.cfg,
        "seed": order.seed,
        "overrideoutpathformat": f"raw/{folder}",
    }
    if order.guidance is not None:
        asked["fluxguidancescale"] = order.guidance
    if order.loras:
        asked["loras"] = [name for name, _ in order.loras]
        asked["loraweights"] = [f"{weight:g}" for _, weight in order.loras]
    if order.image and order.creativity is not None:
        asked["initimagecreativity"] = order.creativity
    if order.variation_seed is not None and order.variation is not None:
        asked["variationseed"] = order.variation_seed
        asked["variationseedstrength"] = order.variation
    if order.upscale is not None and order.upscale > 1:
        # SwarmUI enlarges only if all four are there. The defaults in its list are the choices of
        # its own page (WorkflowGeneratorSteps.cs, step "Refiner").
        asked["refinerupscale"] = order.upscale
        asked.update(_REFINER_DEFAULTS)
    elif any(key == "refinermodel" for key, _ in order.extras):
        asked.update(_REFINER_DEFAULTS)  # without method and share the model does nothing
        del asked["refinerupscalemethod"]
    if not previews:
        asked["nopreviews"] = True
    for key, value in order.extras:
        if key not in asked or key in _REFINER_DEFAULTS:
            asked[key] = value
    prompt = render_prompt(order.sent or (order.prompt,))
    negative = render_prompt(order.sent_negative or (order.negative,))
    words = {"prompt": prompt, **({"negativeprompt": negative} if negative else {})}
    return {key: _escape_tags(value) for key, value in asked.items() if key not in words} | words


def _escape_tags(value: Any) -> Any:
    if isinstance(value, list):
        return [_escape_tags(one) for one in value]
    return escape_angles(value) if isinstance(value, str) else value


def _parse_progress(progress: Mapping[str, Any]) -> list[SwarmEvent]:
    index = _parse_index(progress.get("batch_index"))
    if index < 0:
        return []
    events: list[SwarmEvent] = []
    # SwarmUI may send "NaN", or slightly more than 1.
    fraction = _clamp_number(progress.get("current_percent"), 1)
    preview = progress.get("preview")
    # A preview frame repeats a fraction that may be older than the last step's.
    if fraction is not None and preview is None:
        events.append(SamplingStep(index, fraction))
    if isinstance(preview, str) and len(preview) <= PREVIEW_MAX:
        data = decode_data_url(preview)
        events += [PreviewFrame(index, data)] if data else []
    return events


def decode_data_url(text: str) -> bytes:
    """Return the bytes of a base64 data URL of any type, or b"" for anything else."""
    head, comma, body = text.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return b""
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _parse_index(value: object) -> int:
    """Parse a batch index, which is text or, in some previews, a number.

    "00" is not one of the images; parts of a composition are counted that way.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return NO_INDEX
    if isinstance(value, str):
        canonical = value.isascii() and len(value) <= 10 and re.fullmatch(r"-?\d+", value)
        return int(value) if canonical and str(int(value)) == value else NO_INDEX
    return int(value) if abs(value) < _NUMBER_MAX and value == int(value) else NO_INDEX


def _parse_discarded(value: object) -> tuple[int, ...]:
    named = {_parse_index(one) for one in value} if isinstance(value, list) else set()
    return tuple(sorted(index for index in named if index >= 0))


def _parse_count(value: object) -> int:
    return int(_clamp_number(value, _NUMBER_MAX) or 0)


def _clamp_number(value: object, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None  # NaN is the only value that differs from itself
    return float(max(0, min(value, most)))
