"""What to do next: give up, once more at once, wait for the server, or look in the folder."""

from __future__ import annotations

import pytest

from bot.core.errors import (
    BackendCrashed,
    BackendDown,
    BackendError,
    BackendStalled,
    BadPicture,
    GenerationInterrupted,
    LoadFailed,
    LoginRequired,
    NoBackend,
    NoPicture,
    NotAllowed,
    ProtocolError,
    RequestRejected,
    SessionForgotten,
    WebPage,
)
from bot.core.jobs import retry
from bot.core.jobs.retry import Next

ABOUT_ONE_ORDER = (
    RequestRejected,
    GenerationInterrupted,
    NoPicture,
    BadPicture,
    ProtocolError,
    NotAllowed,
)


@pytest.mark.parametrize("kind", [BackendDown, NoBackend, BackendStalled, LoginRequired, WebPage])
def test_a_server_that_is_away_is_waited_for_and_what_was_submitted_is_looked_for(
    kind: type[BackendError],
) -> None:
    assert retry.decide_retry(kind(), submitted=False) is Next.WAIT
    for attempt in (1, 2, 9):
        assert retry.decide_retry(kind(), attempt, submitted=True, pictures=1) is Next.CHECK_FOLDER


@pytest.mark.parametrize("kind", ABOUT_ONE_ORDER)
@pytest.mark.parametrize("submitted", [True, False])
def test_what_is_about_one_order_is_never_asked_for_again(
    kind: type[BackendError], submitted: bool
) -> None:
    assert retry.decide_retry(kind(), submitted=submitted) is Next.GIVE_UP


@pytest.mark.parametrize("kind", [SessionForgotten, LoadFailed, BackendCrashed])
def test_what_a_second_try_mends_gets_one_and_none_after_a_picture(
    kind: type[BackendError],
) -> None:
    error = kind()
    assert retry.decide_retry(error, 1, submitted=True) is Next.RETRY_NOW
    assert retry.decide_retry(error, 2, submitted=True) is Next.GIVE_UP
    assert retry.decide_retry(error, 1, submitted=True, pictures=1) is Next.GIVE_UP
