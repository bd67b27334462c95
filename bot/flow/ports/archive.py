"""The books' part for what is over: history, drafts, and what may be forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from bot.core.ids import JobId
from bot.core.job import Job
from bot.core.request import Wish


@dataclass(frozen=True, slots=True)
class Draft:
    """A wish that was refused (or not yet sent), kept so that its buttons work tomorrow."""

    id: JobId
    user: int
    guild: int
    wish: Wish


class Place(Enum):
    """Where a delivered picture is; the value is what the database holds."""

    CHANNEL = "channel"  # in a message that others may see as well
    PRIVATE = "private"  # in a message that only its requester sees, and that cannot be linked to
    DIRECT = "direct"  # in a direct message
    WAITING = "waiting"  # no place would take it: it waits to be asked for
    GONE = "gone"  # its message was deleted


@dataclass(frozen=True, slots=True)
class Image:
    """One delivered picture as history keeps it. `path` is the server's own path, or empty.

    `message` and `channel` are None where there is no message (WAITING, GONE).
    """

    job: JobId
    index: int
    path: str
    seed: int
    message: int | None
    place: Place = Place.CHANNEL
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """A finished job with the pictures that history still has of it, one at least."""

    job: Job
    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part of somebody's history, newest first; `total` is how many there are in all."""

    pasts: tuple[Past, ...]
    total: int


class ArchiveBooks(Protocol):
    """Delivered pictures, refused wishes, and what may be forgotten."""

    async def history(self, user: int, guild: int, search: str, skip: int, most: int) -> Leaf:
        """What a person has from a guild. All words of `search` are in each prompt or model."""
        ...

    async def images(self, job: JobId) -> tuple[Image, ...]:
        """The pictures that history has of a job, in order; () also for one that was forgotten."""
        ...

    async def waiting(self, user: int) -> tuple[Job, ...]:
        """Jobs with pictures that wait to be asked for, of which the person has not heard."""
        ...

    async def handed(self, job: JobId) -> None:
        """What waited has been shown to its requester, privately."""
        ...

    async def message_gone(self, message: int) -> None:
        """A message of ours was deleted: its pictures are there no longer."""
        ...

    async def forget(self, job: JobId) -> bool:
        """Take a job's pictures out of history; False if there were none. Charges stay."""
        ...

    async def keep_draft(self, draft: Draft, now: datetime) -> None: ...

    async def draft(self, draft: JobId) -> Draft | None: ...

    async def latest_posts(
        self, guild: int, user: int, since: datetime
    ) -> tuple[tuple[int, int], ...]:
        """(channel, message) of a person's results in a guild since then, at most 200."""
        ...

    async def sweep(self, now: datetime) -> tuple[JobId, ...]:
        """Forget dead tokens, old drafts and history past its time; return ended jobs whose spool
        may go."""
        ...
