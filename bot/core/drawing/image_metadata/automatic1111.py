"""Parameters as AUTOMATIC1111, Forge and many others write them.

The text is a prompt, a negative prompt and one line of settings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from bot.core.drawing.image_metadata.values import (
    TEXT_LENGTH_MAX,
    ImageMetadata,
    format_value,
    limit_facts,
    take_text,
)

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NEGATIVE_PREFIX: Final = re.compile(r"\s*negative prompt:", re.IGNORECASE)
_STEPS_LINE: Final = re.compile(r"\s*steps:\s*\d", re.IGNORECASE)
_SETTINGS_LINE_MAX: Final = 8_000  # characters
_LINES_BEHIND_MAX: Final = 200  # lines of templates behind the line of settings
_PAIRS_MAX: Final = 200
_NAME: Final = re.compile(r"\s*([^\W_][\w /.()+-]{0,60}):\s*")
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\]){0,2000}"(?=\s*(?:,|$))')
_OTHER_SIGNS: Final = frozenset({"sampler", "cfg scale", "seed", "size", "model", "model hash"})
_JSON: Final = json.JSONDecoder(strict=False)


def parse_text(text: str) -> ImageMetadata | None:
    """Return the parameters, or None without a line of settings or a negative prompt."""
    lines = _LINE_END.split(text[:TEXT_LENGTH_MAX].strip())
    end = _find_settings(lines)
    if end is None and not any(_NEGATIVE_PREFIX.match(line) for line in lines):
        return None
    prompt: list[str] = []
    negative: list[str] = []
    here = prompt
    for line in lines[:end]:
        if here is prompt and (prefix := _NEGATIVE_PREFIX.match(line)):
            here, line = negative, line[prefix.end() :].lstrip()
        here.append(line)
    return ImageMetadata(
        "AUTOMATIC1111",
        take_text("\n".join(prompt)),
        take_text("\n".join(negative)),
        limit_facts(_split_pairs(lines[end]) if end is not None else ()),
    )


def _find_settings(lines: list[str]) -> int | None:
    """Return the line that begins with "Steps:", else the last line with two known settings."""
    places = range(len(lines) - 1, max(-1, len(lines) - 1 - _LINES_BEHIND_MAX), -1)
    for place in places:
        if _STEPS_LINE.match(lines[place]):
            return place
    if lines and not lines[-1].lstrip().startswith("{"):
        names = {name.lower() for name, _ in _split_pairs(lines[-1])}
        if len(names & _OTHER_SIGNS) >= 2:
            return len(lines) - 1
    return None


def _split_pairs(line: str) -> Iterator[tuple[str, str]]:
    """Split a line of settings, in which values may be quoted or JSON."""
    line, at, found = line[:_SETTINGS_LINE_MAX], 0, 0
    while at < len(line) and found < _PAIRS_MAX:
        name = _NAME.match(line, at)
        if name is None:
            at = _find_comma(line, at)
            continue
        found += 1
        value, at = _read_value(line, name.end())
        if name[1].lower() not in ("hashes", "civitai metadata"):
            yield name[1].strip(), value


def _read_value(line: str, at: int) -> tuple[str, int]:
    """Return a value, and where the next pair begins."""
    if (quoted := _QUOTED.match(line, at)) is not None:
        try:
            value = json.loads(quoted[0], strict=False)
        except ValueError:
            value = quoted[0].strip('"')
        return format_value(value), _find_comma(line, quoted.end())
    if line[at : at + 1] in ("[", "{"):
        try:
            value, end = _JSON.raw_decode(line, at)
        except (ValueError, RecursionError):
            pass
        else:
            return format_value(_name_resources(value)), _find_comma(line, end)
    end = _find_comma(line, at)
    return format_value(line[at:end].rstrip(",").strip(' "')), end


def _find_comma(line: str, at: int) -> int:
    """Return the place behind the next comma, or the end."""
    comma = line.find(",", at)
    return len(line) if comma < 0 else comma + 1


def _name_resources(value: object) -> object:
    """Return the names in Civitai's list of models. Other lists stay as they are."""
    if not isinstance(value, list):
        return value
    return [one.get("modelName", "") if isinstance(one, dict) else one for one in value]
