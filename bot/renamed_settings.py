"""Old names of settings, still read so that a host's file works after an update."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

RENAMED_KEYS: Final[Mapping[str, str]] = {
    "swarmui.under_way": "swarmui.max_in_flight",
    "swarmui.down_wait_minutes": "swarmui.outage_wait_minutes",
    "swarmui.drain_s": "swarmui.shutdown_grace_s",
}
"""The present name of each setting that once had another."""


def find_old_keys(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the old names that a table of sections uses."""
    return tuple(key for key in RENAMED_KEYS if _split_key(key)[1] in _get_section(table, key))


def rename_old_keys(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table with present names only. Where both are given, the present one counts."""
    renamed = dict(table)
    for old in find_old_keys(table):
        section, name = _split_key(old)
        values = dict(renamed[section])
        value = values.pop(name)
        values.setdefault(_split_key(RENAMED_KEYS[old])[1], value)
        renamed[section] = values
    return renamed


def describe_old_key(key: str, old_keys: Iterable[str]) -> str:
    """Return a remark for a complaint about a setting that is given by its old name, or ""."""
    names = [old for old in old_keys if RENAMED_KEYS[old] == key]
    return f" ({names[0]} is its old name)" if names else ""


def _split_key(key: str) -> tuple[str, str]:
    section, _, name = key.partition(".")
    return section, name


def _get_section(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section = table.get(_split_key(key)[0])
    return section if isinstance(section, Mapping) else {}
