"""What the server's stream tells us (SwarmEvent), and how it becomes what people see (Progress)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Waiting:
    """A status frame: this session's counters. `loading` > 0 means that a model is being loaded."""

    waiting: int
    loading: int
    waiting_backends: int
    live: int


@dataclass(frozen=True, slots=True)
class Step:
    """The sampling of one picture stands at `fraction`, 0..1 of its current node."""

    index: int
    fraction: float


@dataclass(frozen=True, slots=True)
class Preview:
    """An unfinished picture, as encoded bytes (JPEG mostly; the type is in the bytes)."""

    index: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImageReady:
    """A finished picture: `ref` is a View/… path as the server said it, or a data: URL."""

    index: int
    ref: str = field(repr=False)
    metadata: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Renewed:
    """The server had forgotten the session; the same order goes on in a new one."""

    session: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """SwarmUI has ended with the request (`discard_indices`): its slot is free."""


SwarmEvent: TypeAlias = Waiting | Step | Preview | ImageReady | Renewed | Ended
