"""The books' part for what lives: jobs, their posts and what is held for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from bot.core.ids import JobId
from bot.core.job import Event, Job, Move
from bot.core.quota import Balance, Limits
from bot.core.request import Asker, Order
from bot.flow.ports.archive import Image


class Purpose(Enum):
    """What one of our messages is for; the value is what the database holds."""

    STATUS = "status"  # the status message, which becomes the result
    RESULT = "result"  # the result as a new message, where the status could not be edited
    RING = "ring"  # the short reply that mentions the requester
    DIRECT = "direct"  # the result, or why there is none, as a direct message


@dataclass(frozen=True, slots=True)
class Post:
    """One message of ours for a job, addressed by numbers.

    `message` is None between the intent and the fact. `token` is the interaction's, a secret, kept
    while it lives (15 min); `token_until` is when it dies. `created_at` is the intent's time.
    `upload_limit` is how many bytes a file may have by that token. A `private` one is seen by its
    requester alone: only the token reaches it.
    """

    job: JobId
    purpose: Purpose
    nonce: str
    channel: int
    created_at: datetime
    message: int | None = None
    token: str | None = field(default=None, repr=False)
    token_until: datetime | None = None
    upload_limit: int | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job about to be born."""

    id: JobId
    order: Order
    asker: Asker
    source: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Admission:
    """The gate's yes. `created` is False when `source` was seen before: it is the same job."""

    job: Job
    created: bool
    balance: Balance


class JobBooks(Protocol):
    """Jobs, their settlement and their messages."""

    async def submit(self, new: NewJob) -> Admission:
        """Let a job in (QUEUED, with its hold) or raise Refused. A known `source` is no new job."""
        ...

    async def rehearse(self, new: NewJob) -> Admission:
        """What `submit` would answer or raise, with everything left as it is."""
        ...

    async def move(self, job: JobId, event: Event, now: datetime) -> Move | None:
        """Apply an event with its settlement; None where the table has no such move."""
        ...

    async def deliver(self, job: JobId, images: tuple[Image, ...], now: datetime) -> Move | None:
        """`Delivered` with a history row for each picture, in one transaction; none: a refund."""
        ...

    async def note_session(self, job: JobId, session: str) -> None:
        """The running job goes on in another SwarmUI session."""
        ...

    async def job(self, job: JobId) -> Job | None: ...

    async def living(self) -> tuple[Job, ...]:
        """All jobs that are queued, running or delivering, oldest first."""
        ...

    async def told(self, job: JobId) -> None:
        """The person has heard that it failed or was cancelled, or that its pictures wait."""
        ...

    async def untold(self, since: datetime) -> tuple[Job, ...]:
        """Failed and cancelled jobs since then of which the person has not heard."""
        ...

    async def balance(self, asker: Asker, now: datetime) -> Balance: ...

    async def intend(self, post: Post) -> Post:
        """Write that we are about to post. An earlier post of the same job and purpose wins."""
        ...

    async def posted(self, post: Post) -> None:
        """Write where the message came to be (message, token)."""
        ...

    async def posts(self, job: JobId) -> tuple[Post, ...]: ...

    async def post_of_message(self, message: int) -> Post | None: ...

    async def unrung(self, since: datetime) -> tuple[Post, ...]:
        """Rings of finished jobs that were meant to be posted since then, and perhaps were not."""
        ...

    async def erase_tokens(self, now: datetime) -> None:
        """Forget the secrets that are dead."""
        ...

    async def orphans(self) -> tuple[str, ...]:
        """SwarmUI sessions of jobs that ended while they ran, not known to have been stopped."""
        ...

    async def stopped(self, session: str) -> None:
        """That session is an orphan no longer."""
        ...

    def defaults(self) -> Limits: ...
