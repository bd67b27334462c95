"""Bounded values of generation parameters, from texts and JSON that anybody may have written."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

TEXT_LENGTH_MAX: Final = 1_000_000  # characters of one text; ComfyUI's graphs are long
PROMPT_LENGTH_MAX: Final = 5_000  # no form takes more, no panel shows more, and each is judged
VALUE_LENGTH_MAX: Final = 200
FACTS_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class ImageMetadata:
    """Parameters written by `program`, with further `facts` as (name, value) in order."""

    program: str
    prompt: str = ""
    negative: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def load_object(text: object) -> dict[str, Any]:
    """Return the JSON object in a text, or an empty one."""
    if not isinstance(text, str) or len(text) > TEXT_LENGTH_MAX:
        return {}
    if not text.lstrip().startswith("{"):
        return {}
    try:
        # A number of more than 4,300 digits is a ValueError too.
        return as_object(json.loads(text.strip(), strict=False))
    except (ValueError, RecursionError):
        return {}


def as_object(value: object) -> dict[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def take_text(value: object) -> str:
    """Return a bounded text without blanks around it, or "" for another type."""
    return value.strip()[:PROMPT_LENGTH_MAX] if isinstance(value, str) else ""


def join_texts(texts: Iterable[str]) -> str:
    """Join different texts by line ends."""
    return take_text("\n".join(dict.fromkeys(filter(None, (text.strip() for text in texts)))))


def format_value(value: object) -> str:
    """Return a short text for a number, a text or a list. Other values give ""."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else ""
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else ""
    if isinstance(value, list):
        flat = (format_value(one) for one in value[:FACTS_MAX] if not isinstance(one, list))
        return ", ".join(filter(None, flat))[:VALUE_LENGTH_MAX]
    text = value[: VALUE_LENGTH_MAX * 4] if isinstance(value, str) else ""
    return " ".join(text.split())[:VALUE_LENGTH_MAX]


def limit_facts(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Drop facts without a name or value, and what is too much."""
    kept = [(" ".join(name.split())[:60], value) for name, value in facts if name and value]
    return tuple(kept[:FACTS_MAX])
