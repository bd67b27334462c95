"""Circuit breaker that opens after three jobs in a row broke the backend.

SwarmUI reports "running" for a backend whose process died and fails every request within a second.
Without the breaker, every queued job would fail in a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.errors import BackendCrashed, BackendError, BackendStalled
from bot.core.ids import JobId

FAILURES_TO_OPEN: Final = 3


@dataclass(frozen=True, slots=True)
class Breaker:
    """The different jobs that the backend broke since the last picture."""

    broken_jobs: frozenset[JobId] = frozenset()

    @property
    def is_open(self) -> bool:
        """Return True if the next job would most likely fail as well."""
        return len(self.broken_jobs) >= FAILURES_TO_OPEN

    def record_failure(self, job: JobId, error: BackendError) -> Breaker:
        """Record a job's failure. A job counts once."""
        return Breaker(self.broken_jobs | {job}) if is_backend_failure(error) else self


def is_backend_failure(error: BackendError) -> bool:
    """Return True if the backend took the order and then failed or stalled."""
    return isinstance(error, BackendCrashed | BackendStalled)
