"""Values of the history of delivered images."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.core.drawing.request import DrawRequest
from bot.core.ids import JobId
from bot.core.jobs.job import Job


@dataclass(frozen=True, slots=True)
class Draft:
    """Refused or unsent request, kept so that its buttons work later."""

    id: JobId
    user: int
    guild: int
    request: DrawRequest


class DeliveryPlace(Enum):
    """Place of a delivered image, with values as stored."""

    CHANNEL = "channel"  # in a message that others may see as well
    PRIVATE = "private"  # in a message that only its requester sees, and that cannot be linked to
    DIRECT = "direct"  # in a direct message
    UNCOLLECTED = "waiting"  # no place would take it: it waits to be asked for
    DELETED = "gone"  # its message was deleted
    REMOVED = "removed"  # a moderator deleted it for good


@dataclass(frozen=True, slots=True)
class StoredImage:
    """Delivered image in the history.

    `path` is the server's own, or empty if it is unknown or if the file was removed. `message` and
    `channel` are None where there is no message.
    """

    job: JobId
    index: int
    path: str
    seed: int
    message: int | None
    place: DeliveryPlace = DeliveryPlace.CHANNEL
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A finished job with the pictures that history still has of it, one at least."""

    job: Job
    images: tuple[StoredImage, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Part of a member's history, newest first. `total` counts all entries."""

    entries: tuple[HistoryEntry, ...]
    total: int
