"""SwarmUI's answers about what it has, turned into a `CatalogSnapshot`. No I/O; the slow part of a
refresh.

Any shape is read as far as it goes: a newer server has kinds and fields that we do not know, an
older one lacks some, and an account may be refused a whole list. Nothing here raises.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from bot.core.drawing.catalog import CatalogSnapshot, Lora, ParameterInfo, Preset
from bot.core.drawing.request import Model

EXTENSION: Final = ".safetensors"
_NAME_MOST: Final = 500
_WORDS_MOST: Final = 1000
_CHOICES_MOST: Final = 20_000
_PICTURE_MOST: Final = 400_000  # characters of a style's picture that is written out in the list
_NOTHING: Final = frozenset({"", "(None)", "None"})
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the server said, one answer a list; an empty one is a list that was not to be had."""

    params: Json = field(default_factory=dict)
    models: Json = field(default_factory=dict)
    loras: Json = field(default_factory=dict)
    mine: Json = field(default_factory=dict)
    status: Json = field(default_factory=dict)


def shelf_of(said: Answers) -> CatalogSnapshot:
    """Everything that these answers name."""
    subtypes = _mapping(said.params.get("models"))
    return CatalogSnapshot(
        models=tuple(_models(said, subtypes)),
        loras=tuple(_loras(said, subtypes)),
        vaes=tuple(dict.fromkeys(_bare(name) for name, _ in _pairs(subtypes.get("VAE")))),
        presets=tuple(_presets(said.mine)),
        params=tuple(_params(said.params)),
        wildcards=_texts(said.params.get("wildcards")),
        features=frozenset(_texts(said.status.get("supported_features"))),
    )


def _models(said: Answers, subtypes: Json) -> Iterator[Model]:
    classes = _mapping(said.params.get("model_classes"))
    files = _files(said.models)
    known = dict(_pairs(subtypes.get("Stable-Diffusion")))
    for name in files:
        known.setdefault(name, "")
    for name, kind in known.items():
        file = files.get(name, {})
        if file.get("is_supported_model_format") is False:
            continue
        architecture = _text(file.get("architecture")) or kind
        about = _mapping(classes.get(architecture))
        yield Model(
            name=name,
            title=_title(file, name),
            architecture=architecture,
            compat_class=_text(file.get("compat_class")) or _text(about.get("compat_class")),
            width=_pixels(file.get("standard_width")) or _pixels(about.get("standard_width")),
            height=_pixels(file.get("standard_height")) or _pixels(about.get("standard_height")),
            loaded=file.get("loaded") is True,
            preview=_preview(file, "Stable-Diffusion", name),
            hint=_text(file.get("usage_hint"))[:_WORDS_MOST],
            trigger=_text(file.get("trigger_phrase"))[:_WORDS_MOST],
        )


def _loras(said: Answers, subtypes: Json) -> Iterator[Lora]:
    classes = _mapping(said.params.get("model_classes"))
    files = {_bare(name): file for name, file in _files(said.loras).items()}
    known = {_bare(name): kind for name, kind in _pairs(subtypes.get("LoRA"))}
    for name in files:
        known.setdefault(name, "")
    for name, kind in known.items():
        file = files.get(name, {})
        about = _mapping(classes.get(_text(file.get("architecture")) or kind))
        weight = _number(file.get("lora_default_weight"))
        yield Lora(
            name=name,
            title=_title(file, name),
            compat_class=_text(file.get("compat_class")) or _text(about.get("compat_class")),
            weight=1.0 if weight is None or not -10 <= weight <= 10 else weight,
            trigger=_text(file.get("trigger_phrase"))[:_WORDS_MOST],
            preview=_preview(file, "LoRA", name),
        )


def _presets(mine: Json) -> Iterator[Preset]:
    seen: set[str] = set()
    for one in map(_mapping, _list(mine.get("presets"))):
        title = _text(one.get("title")).strip()
        if not title or len(title) > _NAME_MOST or title in seen:
            continue
        seen.add(title)
        picture = _text(one.get("preview_image"))
        if not picture.startswith("data:image/") or len(picture) > _PICTURE_MOST:
            path = unquote(picture.partition("?")[0].removeprefix("/"))
            picture = path if path.startswith("ViewSpecial/") else ""
        yield Preset(
            title=title,
            description=_text(one.get("description"))[:_WORDS_MOST],
            parameters=tuple(
                (key, _said(value))
                for key, value in _mapping(one.get("param_map")).items()
                if isinstance(key, str) and isinstance(value, str | int | float)
            ),
            preview=picture,
        )


def _params(params: Json) -> Iterator[ParameterInfo]:
    seen: set[str] = set()
    for one in map(_mapping, _list(params.get("list"))):
        name = _text(one.get("id"))
        if not name or name in seen:
            continue
        seen.add(name)
        least, most = _number(one.get("min")), _number(one.get("max"))
        # The server writes 0 and 0 for a parameter without bounds.
        bounded = least is not None and most is not None and least < most
        yield ParameterInfo(
            id=name,
            name=_text(one.get("name")) or name,
            kind=_text(one.get("type")),
            subtype=_text(one.get("subtype")),
            default=_said(one.get("default")),
            least=least if bounded else None,
            most=most if bounded else None,
            choices=_texts(one.get("values")),
            feature=_text(one.get("feature_flag")),
            toggles=one.get("toggleable") is True,
        )


def _preview(file: Json, subtype: str, name: str) -> str:
    """Where the picture of a file is, unquoted like every ref; empty where it has none.

    Made from the name: how the server quotes the name in its own path is nothing to rely on.
    """
    said = _text(file.get("preview_image")).removeprefix("/")
    if not said.startswith(("ViewSpecial/", "data:image/")):
        return ""
    return f"ViewSpecial/{subtype}/{_bare(name)}"


def _title(file: Json, name: str) -> str:
    return _bare(_text(file.get("title")).strip() or name.rpartition("/")[2])


def _bare(name: str) -> str:
    return name[: -len(EXTENSION)] if name.casefold().endswith(EXTENSION) else name


def _files(listed: Json) -> dict[str, Json]:
    files = map(_mapping, _list(listed.get("files")))
    return {name: file for file in files if (name := _name(file.get("name")))}


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    """(name, class) of a list whose items are such pairs, or names alone in older servers."""
    for item in _list(value):
        parts = item if isinstance(item, list | tuple) else (item,)
        if parts and (name := _name(parts[0])):
            yield name, _text(parts[1]) if len(parts) > 1 else ""


def _name(value: object) -> str:
    name = _text(value)
    return "" if name in _NOTHING or len(name) > _NAME_MOST else name


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    """The texts of a list, once each; choices may be numbers."""
    items = _list(value)[:_CHOICES_MOST]
    said = (_said(item) for item in items if isinstance(item, str | int | float))
    return tuple(dict.fromkeys(said))


def _said(value: object) -> str:
    """A scalar as the server writes it in text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _number(value: object) -> float | None:
    """A finite number, which may be written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _pixels(value: object) -> int:
    number = _number(value)
    return int(number) if number is not None and 0 < number <= 16384 else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}
