"""Conversion of SwarmUI's error texts into errors and sentences for people, without I/O.

The texts may hold server paths, base64 images and stack traces; none of that is passed on.
"""

from __future__ import annotations

import re
from typing import Final

from bot.core.errors import (
    BackendCrashed,
    BackendDown,
    BackendError,
    GenerationInterrupted,
    LoadFailed,
    LoginRequired,
    ModelGone,
    NoBackend,
    NoPicture,
    NotAllowed,
    ProtocolError,
    RequestRejected,
    SessionForgotten,
)

SENTENCE_MAX: Final = 300
OUT_OF_MEMORY: Final = "The GPU ran out of memory."


def _not_in_list(name: str) -> str:
    return rf'value_not_in_list.{{0,300}}"details":\s*"{name}:'


# The first row whose pattern is found in the text decides: a class and a sentence.
_KNOWN_ERRORS: Final[tuple[tuple[re.Pattern[str], type[BackendError], str], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), kind, sentence)
    for pattern, kind, sentence in (
        (r"^invalid or unauthorized\.?$", LoginRequired, LoginRequired.default),
        (
            r"out of memory|outofmemory|not enough memory|out of vram",
            RequestRejected,
            OUT_OF_MEMORY,
        ),
        # ComfyUI's own refusal, JSON over several lines. SwarmUI has not noticed yet.
        (_not_in_list(r"(?:ckpt|unet)_name"), ModelGone, ModelGone.default),
        (_not_in_list("lora_name"), ModelGone, "That LoRA is gone from the image server."),
        (_not_in_list("vae_name"), ModelGone, "That VAE is gone from the image server."),
        (
            "value_not_in_list",
            ModelGone,
            "The image server no longer has something that this request needs.",
        ),
        (r"session interrupted", GenerationInterrupted, GenerationInterrupted.default),
        (r"all available backends failed to load the model", LoadFailed, LoadFailed.default),
        (r"all backends failed to load|model failed to load", LoadFailed, LoadFailed.default),
        (r"no backends available", NoBackend, NoBackend.default),
        (
            r"no backends match",
            RequestRejected,
            "No backend of the image server can draw this request.",
        ),
        (
            r"all backends are occupied",
            RequestRejected,
            "All backends of the image server are busy.",
        ),
        (r"handler is shutting down", BackendDown, "The image server is shutting down."),
        (r"no images were generated", NoPicture, NoPicture.default),
        (r"something went wrong while generating", BackendCrashed, BackendCrashed.default),
        (
            r"failed to save an image",
            RequestRejected,
            "The image server couldn't save the picture.",
        ),
        (r"no model input given", RequestRejected, "The request named no model."),
        (r"model name is correct", ModelGone, "The image server doesn't have this model."),
        (r"you lack permissions|may not view other users", NotAllowed, NotAllowed.default),
        (r"file does not exist", NoPicture, "The picture is no longer on the image server."),
        (r"path not found", NoPicture, "That folder doesn't exist on the image server."),
    )
)
_ERRORS_BY_ID: Final[dict[str, tuple[type[BackendError], str]]] = {
    "invalid_session_id": (SessionForgotten, SessionForgotten.default),
    "bad_permissions": (NotAllowed, NotAllowed.default),
    "invalid_user": (LoginRequired, LoginRequired.default),
    "unauthorized": (NotAllowed, NotAllowed.default),
    "internal_error": (
        RequestRejected,
        "The image server had an internal error. Its log has the reason.",
    ),
    "bad_route": (
        ProtocolError,
        "The image server doesn't know that call. Is its SwarmUI up to date?",
    ),
    "bad_request_method": (ProtocolError, ProtocolError.default),
    "basic_api": (ProtocolError, ProtocolError.default),
    "no_result": (ProtocolError, ProtocolError.default),
    "file_not_found": (NoPicture, "The picture is no longer on the image server."),
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
_REDACTIONS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"\n\s+at .*", re.DOTALL), ""),  # a .NET stack trace
    (re.compile(r"Traceback \(most recent.*", re.DOTALL), ""),
    (re.compile(r"data:[\w/+.-]*;base64,[\w+/=\s-]*"), "…"),
    (re.compile(r"[a-z]{2,10}://[^\s'\"]*", re.IGNORECASE), "…"),
    (re.compile(r"'[^'\n]*[\\/][^'\n]*'|\"[^\"\n]*[\\/][^\"\n]*\""), "…"),  # a quoted path
    (re.compile(r"\b[A-Za-z]:[\\/][^'\"\n,;]*|\\\\[^'\"\n,;]*"), "…"),  # Windows, UNC
    (re.compile(r"(?<![\w.])~?(?:/[^/\s'\"`,;:]+)+/?"), "…"),
    (re.compile(r"[^\s\\/]*[\\/]\S*(?:[\\/]|\.\w)\S*"), "…"),  # the tail of a path with blanks
    (re.compile(r"[\w+/=-]{40,}"), "…"),  # base64, session ids, hashes
    (re.compile(r"[\x00-\x20\x7f\ud800-\udfff]+"), " "),
)


def format_complaint(text: str) -> str:
    """Return one line of at most 300 characters without paths, addresses or base64."""
    text = text[:_TEXT_MAX]
    for pattern, _, sentence in _KNOWN_ERRORS:
        if pattern.search(text):
            return sentence
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
    """Return the error for SwarmUI's `error` and `error_id`. Never raises."""
    said = text[:_TEXT_MAX] if isinstance(text, str) else ""
    if isinstance(error_id, str) and (known := _ERRORS_BY_ID.get(error_id)):
        kind, sentence = known
        return kind(sentence)
    for pattern, kind, sentence in _KNOWN_ERRORS:
        if pattern.search(said):
            return kind(sentence)
    return RequestRejected(format_complaint(said))
