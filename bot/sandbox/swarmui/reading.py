"""How the values of a request are read, one parameter after another.

A value is compared with the ignored one as text; dropdowns and model names take the shortest entry
that contains what was asked for. What cannot be read is refused in the server's own words.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.swarmui.choices import choices
from bot.sandbox.swarmui.errors import InternalFault, Refused
from bot.sandbox.swarmui.models import SUBTYPES, ModelFile
from bot.sandbox.swarmui.params import (
    SEPARATOR,
    SERVER_PATHS,
    Param,
    as_text,
    best,
    clean,
    table,
)

VALUE: Final = "{value}"
_EDITED: Final = {"prompt", "negativeprompt", "personalnote"}
_AREA: Final = re.compile(r"<(segment|object|region):", re.IGNORECASE)
_RESERVED: Final = {"session_id", "presets", "extra_metadata"}


def edited(before: str, text: str) -> str:
    """Fill `{value}` in the text. Areas of the image stay at the end."""
    area = _AREA.search(before)
    if area is None:
        return text.replace(VALUE, before)
    start = area.start()
    return text.replace(VALUE, before[:start].strip()) + " " + before[start:].strip()


def complete(found: dict[str, Any]) -> None:
    """Do what SwarmUI does after reading: lock seeds, split a raw resolution, fill weights."""
    found.setdefault("seed", -1)
    for key in ("seed", "variationseed"):
        if found.get(key) == -1:
            found[key] = random.randint(0, 2**31 - 2)  # noqa: S311 -- a picture's seed, no secret
    if "rawresolution" in found:
        width, _, height = str(found["rawresolution"]).partition("x")
        try:
            found |= {"width": int(width), "height": int(height)}
        except ValueError as error:
            raise InternalFault("no resolution") from error
    names, weights = found.get("loras", []), found.get("loraweights", [])
    if names and len(names) != len(weights):
        found["loraweights"] = (weights + ["1"] * len(names))[: len(names)]
    tenc = found.get("loratencweights")
    if names and tenc is not None and len(tenc) != len(names):
        found["loratencweights"] = (tenc + found["loraweights"][len(tenc) :])[: len(names)]


@dataclass(slots=True)
class Reader:
    """Reads the parameters of one request on behalf of one user."""

    models: Iterable[ModelFile]
    may: Callable[[str], bool]
    has_file: Callable[[str], bool]
    wildcards: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def read(self, root: dict[str, Any]) -> dict[str, Any]:
        """Values by id, in the order they came; unknown keys vanish. Raises Refused."""
        found: dict[str, Any] = {}
        for key, value in root.items():
            if key not in _RESERVED:
                self.apply(found, key, as_text(value))
        return found

    def preset(self, found: dict[str, Any], param_map: dict[str, Any]) -> None:
        """Apply a preset over what was asked for: it wins."""
        for key, value in param_map.items():
            self.apply(found, key, as_text(value))

    def apply(self, found: dict[str, Any], key: str, text: str) -> None:
        """Set one parameter; `{value}` in a prompt stands for what it was before."""
        param = table().get(clean(key))
        if param is None:
            return
        if param.id in _EDITED and VALUE in text:
            text = edited(str(found.get(param.id, "")), text)
        if text == param.ignore:
            found.pop(param.id, None)
            return
        if param.permission and not self.may(param.permission):
            raise Refused(f"You do not have permission to use parameter {param.name}.")
        try:
            found[param.id] = self._value(param, text)
        except Refused as refusal:
            raise Refused(f"Invalid value for parameter {param.name}: {refusal}") from None

    def _value(self, param: Param, text: str) -> Any:
        match param.type:
            case "integer":
                return self._whole(param, text)
            case "decimal":
                return self._decimal(param, text)
            case "boolean":
                if text.lower() not in ("true", "false"):
                    raise Refused(
                        f"Invalid boolean value for param {param.name} - '{text}'"
                        " - must be exactly 'true' or 'false'"
                    )
                return text.lower() == "true"
            case "dropdown":
                return self._entry(param, text)
            case "list":
                return self._list(param, text)
            case "model":
                return self._model(param, text)
            case "image" | "audio" | "video":
                return self._file(param, text)
            case "image_list" | "audio_list" | "video_list":
                return self._files(param, text)
            case _:
                return text

    def _whole(self, param: Param, text: str) -> int:
        if not re.fullmatch(r"\s*[+-]?\d{1,19}\s*", text):
            raise Refused(
                f"Invalid integer value for param {param.name} - '{text}'"
                " - must be a valid integer (eg '0', '3', '-5', etc)"
            )
        self._bounds(param, text, int(text), "integer")
        return int(text)

    def _decimal(self, param: Param, text: str) -> float:
        try:
            value = float(text.replace(",", "").replace("_", "?"))
        except ValueError:
            raise Refused(
                f"Invalid decimal value for param {param.name} - '{text}'"
                " - must be a valid decimal (eg '0.0', '3.5', '-5.2', etc)"
            ) from None
        self._bounds(param, text, value, "decimal")
        return value

    def _bounds(self, param: Param, text: str, value: float, kind: str) -> None:
        limited = param.least != 0 or param.most != 0
        if limited and not param.least <= value <= param.most:
            raise Refused(
                f"Invalid {kind} value for param {param.name} - '{text}'"
                f" - must be between {as_text(param.least)} and {as_text(param.most)}"
            )

    def _entry(self, param: Param, text: str) -> str:
        offered = choices(param, self.models)
        if offered is None:
            return text
        found = best(text, offered)
        if found is None:
            raise Refused(
                f"Invalid value for param {param.name} - '{text}'"
                f" - must be one of: `{'`, `'.join(offered)}`"
            )
        return found

    def _list(self, param: Param, text: str) -> list[str]:
        parts = text.split(SEPARATOR) if SEPARATOR in text else text.split(",")
        entries = [part.strip() for part in parts if part.strip()]
        offered = choices(param, self.models) if param.subtype else None
        if offered is None:
            return entries
        found = []
        for entry in entries:
            known = best(entry, offered)
            if known is None:
                rest = "option does not exist. Has it been deleted?"
                if len(offered) < 10:
                    rest = f"must be one of: `{'`, `'.join(offered)}`"
                raise Refused(f"Invalid value for param {param.name} - '{text}' - {rest}")
            found.append(known)
        return found

    def _model(self, param: Param, text: str) -> str:
        subtype = param.subtype or SUBTYPES[0]
        names = [one.short for one in self.models if one.subtype == subtype]
        offered = ["(None)", *names, *(choices(param, self.models) or ())]
        found = best(text, offered)
        if found is None:
            raise Refused(
                f"Invalid model value for param {param.name} - '{text}'"
                " - are you sure that model name is correct?"
            )
        return found

    def _file(self, param: Param, text: str) -> str:
        body = text.partition(",")[2] if text.startswith("data:") else text
        if self._on_server(body):
            return body
        if body.strip():
            self._base64(param, param.type.upper(), text, body)
            return text
        return ""

    def _files(self, param: Param, text: str) -> list[str]:
        parts = text.split(SEPARATOR if SEPARATOR in text else "|")
        parts = [part.strip() for part in parts if part.strip()]
        for part in parts:
            if not self._on_server(part):
                body = part.partition(",")[2] if part.startswith("data:") else part
                self._base64(param, param.type.replace("_", "-"), text, body)
        return parts

    def _on_server(self, path: str) -> bool:
        if not path.startswith(SERVER_PATHS):
            return False
        if not self.has_file(path):
            raise InternalFault(f"no such file: {path}")
        return True

    def _base64(self, param: Param, kind: str, text: str, body: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9+/=]{10,}", body):
            shown = body[:10] + "..." if len(body) > 10 else body
            raise Refused(
                f"Invalid {kind} value for param {param.name} - '{text}'"
                f" - must be a valid base64 string - got '{shown}'"
            )
        try:
            base64.b64decode(body, validate=True)
        except ValueError as error:
            raise InternalFault("base64 without its padding") from error
