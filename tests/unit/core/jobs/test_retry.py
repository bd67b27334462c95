"""What to do next: give up, once more at once, wait for the server, or look in the folder."""

from __future__ import annotations

import pytest

from bot.core.errors import (
    BackendError,
    BadPicture,
    Broke,
    Down,
    Interrupted,
    LoadFailed,
    NoBackend,
    NoPicture,
    NotAllowed,
    ProtocolError,
    Rejected,
    SessionForgotten,
    Silent,
    Unauthorised,
    WebPage,
)
from bot.core.ids import JobId
from bot.core.jobs import retry
from bot.core.jobs.circuit_breaker import Breaker
from bot.core.jobs.retry import Next

ABOUT_ONE_ORDER = (Rejected, Broke, Interrupted, NoPicture, BadPicture, ProtocolError, NotAllowed)


@pytest.mark.parametrize("kind", [Down, NoBackend, Silent, Unauthorised, WebPage])
def test_a_server_that_is_away_is_waited_for_and_what_was_submitted_is_looked_for(
    kind: type[BackendError],
) -> None:
    assert retry.after(kind(), submitted=False) is Next.WAIT
    for attempt in (1, 2, 9):
        assert retry.after(kind(), attempt, submitted=True, pictures=1) is Next.LOOK


@pytest.mark.parametrize("kind", ABOUT_ONE_ORDER)
@pytest.mark.parametrize("submitted", [True, False])
def test_what_is_about_one_order_is_never_asked_for_again(
    kind: type[BackendError], submitted: bool
) -> None:
    assert retry.after(kind(), submitted=submitted, interrupted=True) is Next.GIVE_UP


def test_a_forgotten_session_is_mended_once_and_not_after_a_picture() -> None:
    error = SessionForgotten()
    assert retry.after(error, 1, submitted=True) is Next.AT_ONCE
    assert retry.after(error, 2, submitted=True) is Next.GIVE_UP
    assert retry.after(error, 1, submitted=True, pictures=1) is Next.GIVE_UP


def test_a_failed_load_is_tried_once_more_only_after_an_interrupt_of_ours() -> None:
    error = LoadFailed()
    assert retry.after(error, 1, submitted=True, interrupted=True) is Next.AT_ONCE
    assert retry.after(error, 2, submitted=True, interrupted=True) is Next.GIVE_UP
    assert retry.after(error, 1, submitted=True) is Next.GIVE_UP


def test_three_jobs_in_a_row_open_the_breaker_and_a_picture_closes_it() -> None:
    a, b, c = JobId("a"), JobId("b"), JobId("c")
    breaker = Breaker().after(a, Broke()).after(b, Silent())
    assert not breaker.open
    assert not breaker.after(b, Broke()).open, "the same job counts once"
    assert not breaker.after(c, Rejected()).open, "a refusal says nothing of the backend"
    assert not breaker.after(c, None).after(c, Broke()).open, "a picture begins a new row"
    opened = breaker.after(c, Broke())
    assert opened.open
    assert not opened.after(a, None).open
