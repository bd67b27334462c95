"""Conversion of SwarmUI's error texts into errors and sentences for people, without I/O.

The texts may hold server paths, base64 images and stack traces; none of that is passed on.
"""

from __future__ import annotations

import re
from typing import Final

from bot.core import causes, errors
from bot.core.causes import Cause
from bot.core.errors import BackendError

SENTENCE_MAX: Final = 300
# Every name that ComfyUI, torch, CUDA, ROCm, DirectML, Metal, XPU and Windows have for it.
OUT_OF_MEMORY_PATTERN: Final = (
    r"out[ _-]?of[ _-]?(?:device[ _-]?|host[ _-]?|video[ _-]?|gpu[ _-]?|system[ _-]?)?v?memory"
    r"|out of vram|not enough (?:gpu )?(?:video )?memory|insufficient (?:gpu |video )?memory"
    r"|allocation on device|alloc(?:ation)?[ _]fail|mem_object_allocation_failure|bad_?alloc"
    r"|(?:can'?t|can ?not|could not|couldn'?t|unable to|failed to) (?:re)?allocate"
    r"|paging file is too small|\bMemoryError\b|\bOOM\b"
)


def _name(kind: type[BackendError], sentence: str = "", fix: str = "") -> Cause:
    return Cause(kind, sentence or kind.default, fix, sentence)


def _not_in_list(name: str) -> str:
    return rf'value_not_in_list.{{0,300}}"details":\s*"{name}:'


LOG_HAS_IT: Final = "Look into SwarmUI's log for the reason."
REFRESH: Final = causes.MODEL_GONE.fix
# The first row whose pattern is found in the text decides.
_KNOWN_ERRORS: Final[tuple[tuple[re.Pattern[str], Cause], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), cause)
    for pattern, cause in (
        (r"^invalid or unauthorized\.?$", _name(errors.LoginRequired)),
        (OUT_OF_MEMORY_PATTERN, causes.OUT_OF_MEMORY),
        # ComfyUI's own refusal, JSON over several lines. SwarmUI has not noticed yet.
        (_not_in_list(r"(?:ckpt|unet)_name"), causes.MODEL_GONE),
        (
            _not_in_list("lora_name"),
            _name(errors.ModelGone, "That LoRA is gone from the image server.", REFRESH),
        ),
        (
            _not_in_list("vae_name"),
            _name(errors.ModelGone, "That VAE is gone from the image server.", REFRESH),
        ),
        (
            "value_not_in_list",
            _name(
                errors.ModelGone,
                "The image server no longer has something that this request needs.",
                REFRESH,
            ),
        ),
        (r"session interrupted", _name(errors.GenerationInterrupted)),
        (r"all available backends failed to load the model", causes.LOAD_FAILED),
        (r"all backends failed to load|model failed to load", causes.LOAD_FAILED),
        (r"no backends available", causes.NO_BACKEND),
        (r"requires LoRA '[^']*' but the backend does not have", causes.LORA_NOT_THERE),
        (r"requires embedding '[^']*' but the backend does not have", causes.EMBEDDING_NOT_THERE),
        (r"requires model '[^']*' but the backend does not have", causes.MODEL_NOT_THERE),
        (r"requires flag '[^']*' which is not present", causes.FEATURE_NOT_THERE),
        (r"no backends match", causes.NO_MATCH),
        (
            r"all backends are occupied",
            _name(errors.RequestRejected, "All backends of the image server are busy."),
        ),
        (
            r"handler is shutting down",
            _name(errors.BackendDown, "The image server is shutting down.", causes.REFUSED.fix),
        ),
        (r"no images were generated", _name(errors.NoPicture, fix=LOG_HAS_IT)),
        (
            r"something went wrong while generating",
            _name(errors.BackendCrashed, fix=LOG_HAS_IT),
        ),
        (
            r"failed to save an image",
            _name(
                errors.RequestRejected,
                "The image server couldn't save the picture.",
                "Look at the disk of SwarmUI and at its log.",
            ),
        ),
        (r"no model input given", _name(errors.RequestRejected, "The request named no model.")),
        (
            r"model name is correct",
            _name(errors.ModelGone, "The image server doesn't have this model.", REFRESH),
        ),
        (r"you lack permissions|may not view other users", causes.NO_RIGHT),
        (
            r"path not found",
            _name(errors.NoPicture, "That folder doesn't exist on the image server."),
        ),
        (
            r"file does not exist",
            _name(errors.NoPicture, "The picture is no longer on the image server."),
        ),
    )
)
_ERRORS_BY_ID: Final[dict[str, Cause]] = {
    "invalid_session_id": _name(errors.SessionForgotten),
    "bad_permissions": causes.NO_RIGHT,
    "invalid_user": _name(errors.LoginRequired),
    "unauthorized": causes.NO_RIGHT,
    "internal_error": _name(
        errors.RequestRejected,
        "The image server had an internal error. Its log has the reason.",
        LOG_HAS_IT,
    ),
    "bad_route": _name(
        errors.ProtocolError,
        "The image server doesn't know that call. Is its SwarmUI up to date?",
        "Write `swarmui.url` without a path, and update SwarmUI.",
    ),
    "bad_request_method": _name(errors.ProtocolError),
    "basic_api": _name(errors.ProtocolError),
    "no_result": _name(errors.ProtocolError),
    "file_not_found": _name(errors.NoPicture, "The picture is no longer on the image server."),
}
_PARAMETER_PATTERN: Final = re.compile(
    r"invalid value for parameter ([\w ]{1,40})\s*:", re.IGNORECASE
)
_RANGE_PATTERN: Final = re.compile(
    r"must be between (-?[\d.]{1,12}) and (-?[\d.]{1,12}?)\.?(?:\s|$)"
)
_PERMISSION_PATTERN: Final = re.compile(
    r"do not have permission to use parameter ([\w #]{1,40})", re.IGNORECASE
)
# Above this much text, nobody wrote the rest for a reader.
_TEXT_MAX: Final = 4_000
DETAIL_MAX: Final = 1_500
_BASE64: Final = re.compile(r"data:[\w/+.-]*;base64,[\w+/=\s-]*")
_REDACTIONS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"\n[^\S\n]+at .*", re.DOTALL), ""),  # a .NET stack trace
    (re.compile(r"Traceback \(most recent.*", re.DOTALL), ""),
    (_BASE64, "…"),
    (re.compile(r"[a-z]{2,10}://[^\s'\"]*", re.IGNORECASE), "…"),
    (re.compile(r"'[^'\n\\/]*[\\/][^'\n]*'|\"[^\"\n\\/]*[\\/][^\"\n]*\""), "…"),  # a quoted path
    (re.compile(r"\b[A-Za-z]:[\\/][^'\"\n,;]*|\\\\[^'\"\n,;]*"), "…"),  # Windows, UNC
    (re.compile(r"(?<![\w.])~?(?:/[^/\s'\"`,;:]+)+/?"), "…"),
    (
        re.compile(r"(?<![^\s\\/])[^\s\\/]*[\\/]\S*(?:[\\/]|\.\w)\S*"),
        "…",
    ),  # the tail of a path with blanks
    (re.compile(r"[\w+/=-]{40,}"), "…"),  # base64, session ids, hashes
    (re.compile(r"[\x00-\x20\x7f\ud800-\udfff]+"), " "),
)


def format_complaint(text: str) -> str:
    """Return one line of at most 300 characters without paths, addresses or base64."""
    text = text[:_TEXT_MAX]
    for pattern, cause in _KNOWN_ERRORS:
        if pattern.search(text):
            return cause.build_error().sentence
    if use := _PERMISSION_PATTERN.search(text):
        return f"My account on the image server isn't allowed to use {use[1].strip()}."
    if parameter := _PARAMETER_PATTERN.search(text):
        name = parameter[1].strip()
        if between := _RANGE_PATTERN.search(text, parameter.end()):
            return f"{name} must be between {between[1]} and {between[2]}."
        return f"The image server doesn't accept this value for {name}."
    for pattern, instead in _REDACTIONS:
        text = pattern.sub(instead, text)
    text = text.strip()
    if not text.strip("… .:'\""):
        return BackendError.default
    said = f"The image server says: {text}"
    return said if len(said) <= SENTENCE_MAX else said[: SENTENCE_MAX - 1].rstrip() + "…"


def parse_error(text: object, error_id: object = "") -> BackendError:
    """Return the error for SwarmUI's `error` and `error_id`, its own text as `detail`.

    Never raises.
    """
    said = text[:_TEXT_MAX] if isinstance(text, str) else ""
    detail = format_detail(said)
    if isinstance(error_id, str) and (known := _ERRORS_BY_ID.get(error_id)):
        return known.build_error(detail)
    for pattern, cause in _KNOWN_ERRORS:
        if pattern.search(said):
            return cause.build_error(detail)
    return errors.RequestRejected(format_complaint(said), detail=detail)


def format_detail(text: str) -> str:
    """Return SwarmUI's own text for the host's log, without base64 and within bounds."""
    text = _BASE64.sub("…", text).strip()
    return text if len(text) <= DETAIL_MAX else text[: DETAIL_MAX - 1] + "…"
