"""Parsing of SwarmUI's lists into a `CatalogSnapshot`, without I/O.

Any shape is read as far as possible. A newer server has unknown kinds and fields, an older one
lacks some, and an account may be refused a whole list. Nothing here raises.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import unquote

from bot.core.drawing.catalog import CatalogSnapshot, Lora, ParameterInfo, Preset
from bot.core.drawing.request import Model

MODEL_EXTENSION: Final = ".safetensors"
_NAME_MAX: Final = 500
_TEXT_MAX: Final = 1000
_CHOICES_MAX: Final = 20_000
_PREVIEW_MAX: Final = 400_000  # characters of a style's picture that is written out in the list
_EMPTY_NAMES: Final = frozenset({"", "(None)", "None"})
JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CatalogResponses:
    """Answers of the server, one per list, empty where a list was not available."""

    params: JsonObject = field(default_factory=dict)
    models: JsonObject = field(default_factory=dict)
    loras: JsonObject = field(default_factory=dict)
    user_data: JsonObject = field(default_factory=dict)
    status: JsonObject = field(default_factory=dict)


def build_snapshot(said: CatalogResponses) -> CatalogSnapshot:
    """Everything that these answers name."""
    subtypes = _as_mapping(said.params.get("models"))
    return CatalogSnapshot(
        models=tuple(_parse_models(said, subtypes)),
        loras=tuple(_parse_loras(said, subtypes)),
        presets=tuple(_parse_presets(said.user_data)),
        params=tuple(_parse_params(said.params)),
        wildcards=_parse_texts(said.params.get("wildcards")),
        features=frozenset(_parse_texts(said.status.get("supported_features"))),
    )


def keep_missing_lists(
    new: CatalogSnapshot, said: CatalogResponses, old: CatalogSnapshot
) -> CatalogSnapshot:
    """Return `new` with the lists of `old` for which no answer came."""
    return replace(
        new,
        models=new.models if said.models else old.models or new.models,
        loras=new.loras if said.loras else old.loras or new.loras,
        presets=new.presets if said.user_data else old.presets,
        params=new.params if said.params else old.params,
        wildcards=new.wildcards if said.params else old.wildcards,
        features=new.features if said.status else old.features,
    )


def _parse_models(said: CatalogResponses, subtypes: JsonObject) -> Iterator[Model]:
    classes = _as_mapping(said.params.get("model_classes"))
    files = _index_files(said.models)
    known = dict(_iter_pairs(subtypes.get("Stable-Diffusion")))
    for name in files:
        known.setdefault(name, "")
    for name, kind in known.items():
        file = files.get(name, {})
        if file.get("is_supported_model_format") is False:
            continue
        architecture = _get_text("architecture", file) or kind
        about = _as_mapping(classes.get(architecture))
        yield Model(
            name=name,
            title=_format_title(file, name),
            architecture=architecture,
            compat_class=_get_text("compat_class", file, about),
            width=_get_pixels("standard_width", file, about),
            height=_get_pixels("standard_height", file, about),
            loaded=file.get("loaded") is True,
            preview=_build_preview_ref(file, "Stable-Diffusion", name),
            hint=_get_text("usage_hint", file)[:_TEXT_MAX],
            trigger=_get_text("trigger_phrase", file)[:_TEXT_MAX],
        )


def _parse_loras(said: CatalogResponses, subtypes: JsonObject) -> Iterator[Lora]:
    classes = _as_mapping(said.params.get("model_classes"))
    files = {_strip_extension(name): file for name, file in _index_files(said.loras).items()}
    known = {_strip_extension(name): kind for name, kind in _iter_pairs(subtypes.get("LoRA"))}
    for name in files:
        known.setdefault(name, "")
    for name, kind in known.items():
        file = files.get(name, {})
        about = _as_mapping(classes.get(_get_text("architecture", file) or kind))
        weight = _parse_number(file.get("lora_default_weight"))
        yield Lora(
            name=name,
            title=_format_title(file, name),
            compat_class=_get_text("compat_class", file, about),
            weight=1.0 if weight is None or not -10 <= weight <= 10 else weight,
            trigger=_get_text("trigger_phrase", file)[:_TEXT_MAX],
            preview=_build_preview_ref(file, "LoRA", name),
        )


def _parse_presets(mine: JsonObject) -> Iterator[Preset]:
    seen: set[str] = set()
    for one in map(_as_mapping, _as_list(mine.get("presets"))):
        title = _get_text("title", one).strip()
        if not title or len(title) > _NAME_MAX or title in seen:
            continue
        seen.add(title)
        picture = _get_text("preview_image", one)
        if not picture.startswith("data:image/") or len(picture) > _PREVIEW_MAX:
            path = unquote(picture.partition("?")[0].removeprefix("/"))
            picture = path if path.startswith("ViewSpecial/") else ""
        yield Preset(
            title=title,
            description=_get_text("description", one)[:_TEXT_MAX],
            parameters=tuple(
                (key, _format_scalar(value))
                for key, value in _as_mapping(one.get("param_map")).items()
                if isinstance(key, str) and isinstance(value, str | int | float)
            ),
            preview=picture,
        )


def _parse_params(params: JsonObject) -> Iterator[ParameterInfo]:
    seen: set[str] = set()
    for one in map(_as_mapping, _as_list(params.get("list"))):
        name = _get_text("id", one)
        if not name or name in seen:
            continue
        seen.add(name)
        least, most = _parse_number(one.get("min")), _parse_number(one.get("max"))
        # The server writes 0 and 0 for a parameter without bounds.
        bounded = least is not None and most is not None and least < most
        yield ParameterInfo(
            id=name,
            name=_get_text("name", one) or name,
            kind=_get_text("type", one),
            subtype=_get_text("subtype", one),
            least=least if bounded else None,
            most=most if bounded else None,
            choices=_parse_texts(one.get("values")),
            feature=_get_text("feature_flag", one),
        )


def _build_preview_ref(file: JsonObject, subtype: str, name: str) -> str:
    """Return the unquoted ref of a file's preview image, or "" without one.

    The ref is built from the name, because the server's own quoting is not reliable.
    """
    said = _get_text("preview_image", file).removeprefix("/")
    if not said.startswith(("ViewSpecial/", "data:image/")):
        return ""
    return f"ViewSpecial/{subtype}/{_strip_extension(name)}"


def _format_title(file: JsonObject, name: str) -> str:
    return _strip_extension(_get_text("title", file).strip() or name.rpartition("/")[2])


def _strip_extension(name: str) -> str:
    return name[: -len(MODEL_EXTENSION)] if name.casefold().endswith(MODEL_EXTENSION) else name


def _index_files(listed: JsonObject) -> dict[str, JsonObject]:
    files = map(_as_mapping, _as_list(listed.get("files")))
    return {name: file for file in files if (name := _parse_name(file.get("name")))}


def _iter_pairs(value: object) -> Iterator[tuple[str, str]]:
    """(name, class) of a list whose items are such pairs, or names alone in older servers."""
    for item in _as_list(value):
        parts = item if isinstance(item, list | tuple) else (item,)
        if parts and (name := _parse_name(parts[0])):
            yield name, _parse_text(parts[1]) if len(parts) > 1 else ""


def _parse_name(value: object) -> str:
    name = _parse_text(value)
    return "" if name in _EMPTY_NAMES or len(name) > _NAME_MAX else name


def _get_text(key: str, *objects: JsonObject) -> str:
    return next(filter(None, (_parse_text(one.get(key)) for one in objects)), "")


def _parse_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _parse_texts(value: object) -> tuple[str, ...]:
    items = _as_list(value)[:_CHOICES_MAX]
    said = (_format_scalar(item) for item in items if isinstance(item, str | int | float))
    return tuple(dict.fromkeys(said))


def _format_scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _parse_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _get_pixels(key: str, *objects: JsonObject) -> int:
    numbers = (_parse_number(one.get(key)) for one in objects)
    return next((int(n) for n in numbers if n is not None and 1 <= n <= 16384), 0)


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _as_mapping(value: object) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
