"""Port for stored jobs, their posts and holds."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.history.model import StoredImage
from bot.core.ids import JobId
from bot.core.jobs.job import Event, Job, Move
from bot.core.jobs.model import AcceptedJob, NewJob, Post


class JobStore(Protocol):
    """Jobs and their settlement."""

    async def create_job(self, new: NewJob) -> AcceptedJob:
        """Let a job in (QUEUED, with its hold) or raise Refused. A known `source` is no new job."""

    async def check_new_job(self, new: NewJob) -> AcceptedJob:
        """Return or raise what `create_job` would, without a change."""

    async def apply_job_event(self, job: JobId, event: Event, now: datetime) -> Move | None:
        """Apply an event with its settlement, or None for an illegal move."""

    async def record_delivery(
        self, job: JobId, images: tuple[StoredImage, ...], now: datetime
    ) -> Move | None:
        """Apply `Delivered` with a history row per image, without images, a refund."""

    async def update_job_session(self, job: JobId, session: str) -> None:
        """Set the SwarmUI session of a running job."""

    async def find_job(self, job: JobId) -> Job | None: ...

    async def list_living_jobs(self) -> tuple[Job, ...]:
        """All jobs that are queued, running or delivering, oldest first."""

    async def mark_job_notified(self, job: JobId) -> None:
        """Record that the requester knows the outcome."""

    async def list_unnotified_jobs(self, since: datetime) -> tuple[Job, ...]:
        """Return failed and cancelled jobs since then whose requester was not told."""

    async def find_last_failure(self, guild: int) -> Job | None:
        """Return the guild's newest job with an error reference in the log."""

    async def list_orphaned_sessions(self) -> tuple[str, ...]:
        """SwarmUI sessions of jobs that ended while they ran, not known to have been stopped."""

    async def mark_session_stopped(self, session: str) -> None:
        """Record that the session no longer generates."""


class PostStore(Protocol):
    """Messages of jobs."""

    async def record_post_intent(self, post: Post) -> Post:
        """Write that we are about to post. An earlier post of the same job and purpose wins."""

    async def mark_post_sent(self, post: Post) -> None:
        """Write where the message came to be (message, token)."""

    async def list_job_posts(self, job: JobId) -> tuple[Post, ...]: ...

    async def find_post_by_message(self, message: int) -> Post | None: ...

    async def list_unsent_pings(self, since: datetime) -> tuple[Post, ...]:
        """Return pings of finished jobs that were intended since then and perhaps not sent."""

    async def delete_expired_tokens(self, now: datetime) -> None:
        """Forget the secrets that are dead."""
