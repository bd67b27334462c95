"""How values become columns and come back."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from bot.core.errors import StoreError

T = TypeVar("T")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    """The UTC datetime of that many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def maybe_micros(value: datetime | None) -> int | None:
    return None if value is None else micros(value)


def maybe_moment(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def clean(text: str) -> str:
    """Text that SQLite takes: half a surrogate pair, which JSON may carry, becomes "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def pack(value: Any) -> str:
    """A dataclass of plain values and tuples of them as JSON, in ASCII: any string survives."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Not `asdict`: it copies deeply, which costs as much as the rest of a birth.
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return json.dumps(value, separators=(",", ":"))


def unpack(kind: type[T], text: str) -> T:
    """A value written by `pack`, perhaps by another version of the program.

    Fields that are unknown here are passed over; those that are missing take their defaults.
    Raises BooksError where a field has none.
    """
    known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]  # callers pass dataclasses
    stored: dict[str, Any] = json.loads(text)
    fields = {name: _frozen(value) for name, value in stored.items() if name in known}
    try:
        return kind(**fields)
    except TypeError as error:
        raise StoreError(f"a stored {kind.__name__} is incomplete: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
