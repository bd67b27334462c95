"""Generation parameters in the texts of a picture, by the program that wrote them.

Anybody may have written these texts, so everything is bounded. A text is recognized by its content
first, because programs and converters disagree about the place of a text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.core.drawing.image_metadata import automatic1111, comfyui, named_fields, swarmui
from bot.core.drawing.image_metadata.swarmui import find_image_index
from bot.core.drawing.image_metadata.values import ImageMetadata, load_object

__all__ = ["ImageMetadata", "find_image_index", "has_unknown_text", "parse_metadata"]

_MAIN_KEYS: Final = ("parameters", "Parameters", "UserComment", "Comment")
_NOTE_LENGTH_MAX: Final = 300
# Notes about a file, a camera or a program. They are no generation parameters.
_NOTE_KEYS: Final = re.compile(
    r"(software|author|artist|copyright|source|disclaimer|warning|make|model|title|signature"
    r"|creation[ _]time|date(time)?(:.*)?|filename:.*|(thumb|png|exif|icc|tiff|photoshop|xmp):.*"
    r"|raw profile type .*|xp(author|keywords|subject|title)|documentname|fooocus_scheme)",
    re.IGNORECASE,
)
# What encoders and cameras write into the comment of every file.
_NOTE_TEXTS: Final = re.compile(
    r"((created|made|edited|written|saved|generated|optimized|encoded|converted|file written)"
    r" (with|by|using|from) [^{}:]{1,80}|creator: gd-jpeg [^{}]{1,80}|lavc[\d.]+"
    r"|[\w .-]{0,80}digital camera[\w .-]*|applemark|lead technologies[^{}]{0,60}|screenshot"
    r"|intel\(r\) (jpeg|ipp) [^{}]{1,60}|xif:?)",
    re.IGNORECASE,
)


def parse_metadata(texts: Mapping[str, str]) -> ImageMetadata | None:
    """Return the parameters in an image's texts, by key, or None."""
    keys = dict.fromkeys((*(key for key in _MAIN_KEYS if key in texts), *texts))
    ordered = {key: texts[key] for key in keys}
    objects = {key: value for key, text in ordered.items() if (value := load_object(text))}
    for value in objects.values():
        if (found := swarmui.parse_object(value)) is not None:
            return found
    for key, text in ordered.items():
        if key not in objects and (found := automatic1111.parse_text(text)) is not None:
            return found
    if (found := comfyui.parse_texts(ordered, objects)) is not None:
        return found
    return named_fields.parse_texts(ordered, objects)


def has_unknown_text(texts: Mapping[str, str]) -> bool:
    """Return True if some text is more than a note about the file, its camera or its program."""
    return any(text.strip() and not _is_note(key, text.strip()) for key, text in texts.items())


def _is_note(key: str, text: str) -> bool:
    if len(text) > _NOTE_LENGTH_MAX or "{" in text:
        return False
    return bool(_NOTE_KEYS.fullmatch(key) or _NOTE_TEXTS.fullmatch(text))
