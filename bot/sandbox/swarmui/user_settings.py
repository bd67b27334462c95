"""A user's settings, from `user_settings.tsv`, and how a new value for one is read."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from bot.sandbox.swarmui.errors import InternalFault
from bot.sandbox.swarmui.params import json_text
from bot.sandbox.swarmui.tables import read_table

_WHOLE: Final = 2**31


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in read_table("user_settings.tsv")}


def default_settings() -> dict[str, Any]:
    """Return the value of each setting by its key in lower case."""
    return {
        key: json.loads(row["default"]) for key, row in _table().items() if row["type"] != "group"
    }


def list_settings(held: dict[str, Any]) -> dict[str, Any]:
    """Return the settings as GetUserSettings shows them, groups within groups."""
    shown: dict[str, Any] = {}
    for key, row in _table().items():
        group, _, name = key.rpartition(".")
        into = shown[group]["value"] if group else shown
        told = {
            "type": row["type"],
            "name": row["name"],
            "value": {} if row["type"] == "group" else held[key],
            "description": "",
            "values": _entries(row["values"]),
            "value_names": _entries(row["names"]),
            "is_secret": False,
        }
        if row["type"] != "group":
            told["default_value"] = json.loads(row["default"])
        into[name] = told
    return shown


def _entries(text: str) -> list[str] | None:
    return text[1:].split("~") if text else None


def change_setting(held: dict[str, Any], key: str, value: Any) -> None:
    """Set one setting. Unknown ones are ignored, but a wrong type breaks the call."""
    key = key.lower()
    if key in held:
        held[key] = _read(_table()[key]["type"], value)


def _read(kind: str, value: Any) -> Any:
    try:
        match kind:
            case "boolean":
                return _flag(value)
            case "integer":
                return _within(int(value) if isinstance(value, str) else round(value))
            case "decimal":
                return float(value)
            case _:
                return _text(value)
    except (KeyError, TypeError, ValueError) as error:
        raise InternalFault(f"not of type {kind}") from error


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        raise TypeError("no text")
    return json_text(value)


def _flag(value: Any) -> bool:
    if isinstance(value, str):
        return {"true": True, "false": False}[value.strip().lower()]
    if isinstance(value, bool | int | float):
        return bool(value)
    raise ValueError("no flag")


def _within(number: int) -> int:
    if not -_WHOLE <= number < _WHOLE:
        raise ValueError("too large")
    return number
