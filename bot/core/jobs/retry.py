"""Pure decision about a failed SwarmUI call.

A submitted order may continue on the server. So after a submission its files are looked for before
anything is requested again.
"""

from __future__ import annotations

from enum import Enum

from bot.core import errors
from bot.core.errors import BackendError
from bot.core.jobs.refusals import OUTAGE_REASON


class Next(Enum):
    """Next action after a failure."""

    GIVE_UP = "give up"  # it fails with the error's sentence, and what is missing is returned
    RETRY_NOW = "at once"  # the same again, now: the server did nothing of it
    WAIT = "wait"  # until the server is back; nothing was submitted
    CHECK_FOLDER = "look"  # into the folder first; only if there is nothing, once more


def stops_drawing(error: BackendError) -> bool:
    """Return True if nobody can draw, in an outage or until the host acts. Places are kept."""
    return isinstance(error, errors.BackendDown | errors.HostMustAct)


def decide_retry(
    error: BackendError,
    attempt: int = 1,
    *,
    submitted: bool,
    pictures: int = 0,
    has_progress: bool = True,
) -> Next:
    """Return the next action after `error` at try `attempt`, counted from 1.

    `submitted` means that the order may have reached the server, `pictures` how many images came.
    A crash and a failed load get one more try, since an interrupt spoils a load for everybody. A
    crash before any progress gets two: SwarmUI keeps the sockets of a ComfyUI that was restarted,
    one for each earlier parallel generation, and each of them breaks one generation.
    """
    if stops_drawing(error) or isinstance(error, errors.FileRefused):
        return Next.CHECK_FOLDER if submitted else Next.WAIT
    mendable = errors.SessionForgotten | errors.LoadFailed | errors.BackendCrashed
    most = 1 if has_progress or not isinstance(error, errors.BackendCrashed) else 2
    if isinstance(error, mendable) and attempt <= most and not pictures:
        return Next.RETRY_NOW
    return Next.GIVE_UP


def describe_expiry(error: BackendError | None) -> str:
    """Return why a job is returned that waited too long because of `error`."""
    if error is None or isinstance(error, errors.BackendDown):
        return OUTAGE_REASON
    return error.sentence
