"""Whether the backend is dead, judged by what came of the jobs."""

from __future__ import annotations

import pytest

from bot.core.errors import (
    BackendCrashed,
    BackendDown,
    BackendError,
    BackendStalled,
    NoPicture,
    RequestRejected,
)
from bot.core.ids import JobId
from bot.core.jobs.circuit_breaker import FAILURES_TO_OPEN, Breaker, is_backend_failure


def test_three_jobs_in_a_row_open_the_breaker_and_a_refusal_does_not() -> None:
    a, b, c = JobId("a"), JobId("b"), JobId("c")
    breaker = Breaker().record_failure(a, BackendCrashed()).record_failure(b, BackendStalled())
    assert not breaker.is_open
    assert not breaker.record_failure(b, BackendCrashed()).is_open, "the same job counts once"
    assert not breaker.record_failure(c, RequestRejected()).is_open, (
        "a refusal says nothing of the backend"
    )
    assert breaker.record_failure(c, BackendCrashed()).is_open


@pytest.mark.parametrize("failures", [0, 1, FAILURES_TO_OPEN - 1, FAILURES_TO_OPEN])
def test_the_breaker_opens_at_its_number_of_jobs(failures: int) -> None:
    breaker = Breaker()
    for number in range(failures):
        breaker = breaker.record_failure(JobId(str(number)), BackendCrashed())
    assert breaker.is_open is (failures >= FAILURES_TO_OPEN)


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (BackendCrashed(), True),
        (BackendStalled(), True),
        (BackendDown(), False),
        (RequestRejected(), False),
        (NoPicture(), False),
    ],
)
def test_only_a_fall_or_a_silence_is_the_backends_failure(
    error: BackendError, blamed: bool
) -> None:
    assert is_backend_failure(error) is blamed
