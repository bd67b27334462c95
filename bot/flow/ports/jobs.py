"""The books' part for what lives: jobs, their posts and what is held for them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.drawing.request import Asker
from bot.core.history.model import Image
from bot.core.ids import JobId
from bot.core.jobs.job import Event, Job, Move
from bot.core.jobs.model import Admission, NewJob, Post
from bot.core.limits.quota import Balance, Limits


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
