"""How values become columns and come back."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from bot.core.errors import StoreError

T = TypeVar("T")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The UTC datetime of that many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def to_optional_micros(value: datetime | None) -> int | None:
    return None if value is None else to_micros(value)


def from_optional_micros(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)


def replace_surrogates(text: str) -> str:
    """Text that SQLite takes: half a surrogate pair, which JSON may carry, becomes "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def pack_json(value: Any) -> str:
    """A dataclass of plain values and tuples of them as JSON, in ASCII: any string survives."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Not `asdict`: it copies deeply, which costs as much as the rest of a birth.
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return json.dumps(value, separators=(",", ":"))


def unpack_dataclass(kind: type[T], text: str) -> T:
    """A value written by `pack`, perhaps by another version of the program.

    Fields that are unknown here are passed over; those that are missing take their defaults.
    Raises BooksError where a field has none.
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
