"""Conversion between values and columns."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.core.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """Convert an aware datetime to microseconds since 1970, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Convert microseconds since 1970 to a UTC datetime."""
    return EPOCH + timedelta(microseconds=micros)


def to_optional_micros(value: datetime | None) -> int | None:
    return None if value is None else to_micros(value)


def from_optional_micros(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)


def replace_surrogates(text: str) -> str:
    """Replace lone surrogates, which JSON may carry, with "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def split_fields(value: DataclassInstance) -> dict[str, Any]:
    """Return the fields by name. `asdict` would copy deeply, which is slow."""
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def pack_json(value: Any) -> str:
    """Convert a dataclass of plain values and tuples to ASCII JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = split_fields(value)
    return json.dumps(value, separators=(",", ":"))


def unpack_dataclass(kind: type[T], text: str) -> T:
    """Read a value written by `pack_json`, perhaps by another version.

    Unknown fields are ignored and missing fields take their defaults. Raises StoreError if a
    missing field has none.
    """
    known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]  # callers pass dataclasses
    stored: dict[str, Any] = json.loads(text)
    fields = {name: _freeze_lists(value) for name, value in stored.items() if name in known}
    try:
        return kind(**fields)
    except TypeError as error:
        raise StoreError(f"a stored {kind.__name__} is incomplete: {error}") from error


def _freeze_lists(value: Any) -> Any:
    return tuple(map(_freeze_lists, value)) if isinstance(value, list) else value
