"""What to do about a failure of SwarmUI: one pure function of the error and of what was tried.

Whatever was submitted may go on over there without us, so after a submission nothing is asked for
a second time before its folder was looked into.
"""

from __future__ import annotations

from enum import Enum

from bot.core.errors import (
    BackendDown,
    BackendError,
    LoadFailed,
    LoginRequired,
    NotAllowed,
    SessionForgotten,
)


class Next(Enum):
    """What to do now."""

    GIVE_UP = "give up"  # it fails with the error's sentence, and what is missing is returned
    RETRY_NOW = "at once"  # the same again, now: the server did nothing of it
    WAIT = "wait"  # until the server is back; nothing was submitted
    CHECK_FOLDER = "look"  # into the folder first; only if there is nothing, once more


def is_outage(error: BackendError) -> bool:
    """Whether the server is away for everybody; any other answer is about one order or call.

    It wants another login: away, until the host acts. It refuses one call to us: not away.
    """
    if isinstance(error, NotAllowed):
        return False
    return isinstance(error, BackendDown | LoginRequired)


def decide_retry(
    error: BackendError,
    attempt: int = 1,
    *,
    submitted: bool,
    pictures: int = 0,
    interrupted: bool = False,
) -> Next:
    """What to do after `error` at the `attempt`-th try of the same kind, counted from 1.

    `submitted` says that the order may have reached the server, `pictures` how many of it came.
    `interrupted` says that an interrupt of ours, in another session, may be behind it.
    """
    if is_outage(error):
        return Next.CHECK_FOLDER if submitted else Next.WAIT
    mendable = isinstance(error, SessionForgotten) or (
        isinstance(error, LoadFailed) and interrupted
    )
    if mendable and attempt == 1 and not pictures:
        return Next.RETRY_NOW
    return Next.GIVE_UP
