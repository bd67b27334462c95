"""Whether the backend is dead, judged by what came of the jobs: three in a row that it broke.

SwarmUI goes on saying "running" of a backend whose process has died, and fails every request
within a second: without this, a whole line of people would lose their places in a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.errors import BackendError, Broke, Silent
from bot.core.ids import JobId

IN_A_ROW: Final = 3


@dataclass(frozen=True, slots=True)
class Breaker:
    """The different jobs that the backend broke since the last picture."""

    row: frozenset[JobId] = frozenset()

    @property
    def open(self) -> bool:
        """Whether the next job would most likely be broken as well."""
        return len(self.row) >= IN_A_ROW

    def after(self, job: JobId, error: BackendError | None) -> Breaker:
        """Once `job` has ended: with pictures (None) or with an error.

        A refusal says nothing about the backend. One job that breaks it again and again counts
        once: the fault may be the order's.
        """
        if error is None:
            return Breaker()
        return Breaker(self.row | {job}) if is_breakage(error) else self


def is_breakage(error: BackendError) -> bool:
    """Whether the backend took the order and then fell over or silent."""
    return isinstance(error, Broke | Silent)
