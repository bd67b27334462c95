"""Whether the backend is dead, judged by what came of the jobs: three in a row that it broke.

SwarmUI goes on saying "running" of a backend whose process has died, and fails every request
within a second: without this, a whole line of people would lose their places in a minute.
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
        """Whether the next job would most likely be broken as well."""
        return len(self.broken_jobs) >= FAILURES_TO_OPEN

    def record_outcome(self, job: JobId, error: BackendError | None) -> Breaker:
        """Once `job` has ended: with pictures (None) or with an error.

        A refusal says nothing about the backend. One job that breaks it again and again counts
        once: the fault may be the order's.
        """
        if error is None:
            return Breaker()
        return Breaker(self.broken_jobs | {job}) if is_backend_failure(error) else self


def is_backend_failure(error: BackendError) -> bool:
    """Whether the backend took the order and then fell over or silent."""
    return isinstance(error, BackendCrashed | BackendStalled)
