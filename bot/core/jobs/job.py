"""State machine of one job, without a clock, a database or Discord.

Every state, event and legal move is in this module, in one table. k is the number of images that
are safe in the spool when the event happens:

    queued     --Started-->    running
    queued     --Failed-->     failed
    queued     --Cancelled-->  cancelled
    queued     --Withdrawn-->  cancelled
    running    --Generated-->  delivering
    running    --Failed-->     delivering if k >= 1, else failed
    running    --Cancelled-->  delivering if k >= 1, else cancelled
    running    --Lost-->       queued the first time or if it costs no attempt, else failed
    running    --Withdrawn-->  cancelled
    delivering --Delivered-->  done if k >= 1, else failed
    delivering --Withdrawn-->  cancelled

Any other event changes nothing, since events may be late or repeated. A Cancelled for a waiting job
is ignored once the job runs.

The settlement belongs to the move's transaction. Entering DELIVERING cuts the hold to k, DONE turns
it into k charges, FAILED and CANCELLED return it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

from bot.core.drawing.request import GenerationParams
from bot.core.ids import JobId


class State(Enum):
    """State of a job, with values as stored."""

    QUEUED = "queued"
    RUNNING = "running"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDELIVERED: Final = "The picture was drawn, but I couldn't post it anywhere."
LIVING: Final = frozenset({State.QUEUED, State.RUNNING, State.DELIVERING})


@dataclass(frozen=True, slots=True)
class Started:
    """A worker took the job. `folder` is the path of its files on SwarmUI, without the ending.

    `order` is the job's with the model that was left open, if it was.
    """

    session: str
    folder: str
    order: GenerationParams | None = None


@dataclass(frozen=True, slots=True)
class Generated:
    """All images that will come are in the spool, `k` of them."""

    k: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Failure for good. `reason` is a sentence for the member, `ref` points into the log."""

    k: int
    reason: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A person stopped the job. `reason` is empty if it was the requester.

    With `waiting_only` a job that has begun continues, so that no moment lies between check and
    cancellation.
    """

    k: int
    reason: str = ""
    waiting_only: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """End of a job whose pictures nobody may get any more, not even those that are drawn."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """End of a run without pictures, after which the job may be drawn again.

    Reasons are a lost stream, a death of the process, or a server without a backend. Where the
    server could not draw at all (`costs_attempt` is False), the attempt does not count.
    """

    reason: str = ""
    costs_attempt: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """Images reached the member, `k` of them. None means all that were ready."""

    k: int | None = None


Event: TypeAlias = Started | Generated | Failed | Cancelled | Withdrawn | Lost | Delivered


@dataclass(frozen=True, slots=True)
class Keep:
    """The hold stays as it is."""


@dataclass(frozen=True, slots=True)
class CutTo:
    """The hold shrinks to `k` images. The rest is returned."""

    k: int


@dataclass(frozen=True, slots=True)
class Charge:
    """The hold becomes `k` charges, dated when it was held."""

    k: int


@dataclass(frozen=True, slots=True)
class Release:
    """The hold is deleted and everything is returned."""


Settlement: TypeAlias = Keep | CutTo | Charge | Release


@dataclass(frozen=True, slots=True)
class Job:
    """Job with aware UTC datetimes and integer Discord ids.

    `source` is unique ("interaction:…", "message:…"), so a repeated event finds the same job.
    `ready` is k; `attempt` counts submissions to SwarmUI. `roles` are the requester's at the time
    of asking, which decide what is left today.
    """

    id: JobId
    requester: int
    requester_name: str
    guild: int
    channel: int
    source: str
    order: GenerationParams
    created_at: datetime
    state: State = State.QUEUED
    attempt: int = 0
    session: str = field(default="", repr=False)
    folder: str = ""
    ready: int = 0
    reason: str = ""
    ref: str = ""
    started_at: datetime | None = None
    generated_at: datetime | None = None
    ended_at: datetime | None = None
    roles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """The job after an event, and what becomes of its hold."""

    job: Job
    settle: Settlement


def _apply_started(job: Job, event: Event, now: datetime) -> Move:
    assert isinstance(event, Started)
    begun = replace(job, state=State.RUNNING, attempt=job.attempt + 1, started_at=now)
    begun = replace(begun, session=event.session, folder=event.folder)
    return Move(replace(begun, order=event.order or job.order), Keep())


def _start_delivery(job: Job, k: int, reason: str, ref: str, now: datetime) -> Move:
    k = min(k, job.order.images)
    moved = replace(job, state=State.DELIVERING, ready=k, reason=reason, ref=ref, generated_at=now)
    return Move(moved, CutTo(k))


def _end_job(job: Job, state: State, reason: str, ref: str, now: datetime) -> Move:
    return Move(replace(job, state=state, reason=reason, ref=ref, ended_at=now), Release())


def _apply_generated(job: Job, event: Event, now: datetime) -> Move:
    assert isinstance(event, Generated)
    if event.k < 1:
        raise ValueError("Generated needs a picture; without one it is Failed")
    return _start_delivery(job, event.k, "", "", now)


def _apply_failed(job: Job, event: Event, now: datetime) -> Move:
    assert isinstance(event, Failed)
    if job.state is State.RUNNING and event.k >= 1:
        return _start_delivery(job, event.k, event.reason, event.ref, now)
    return _end_job(job, State.FAILED, event.reason, event.ref, now)


def _apply_cancelled(job: Job, event: Event, now: datetime) -> Move | None:
    assert isinstance(event, Cancelled)
    if event.waiting_only and job.state is not State.QUEUED:
        return None
    if job.state is State.RUNNING and event.k >= 1:
        return _start_delivery(job, event.k, event.reason or "cancelled", "", now)
    return _end_job(job, State.CANCELLED, event.reason, "", now)


def _apply_withdrawn(job: Job, event: Event, now: datetime) -> Move:
    assert isinstance(event, Withdrawn)
    return _end_job(job, State.CANCELLED, event.reason, "", now)


def _apply_lost(job: Job, event: Event, now: datetime) -> Move:
    assert isinstance(event, Lost)
    if job.attempt < 2 or not event.costs_attempt:
        attempt = job.attempt if event.costs_attempt else job.attempt - 1
        waiting = replace(job, state=State.QUEUED, attempt=attempt, session="", folder="")
        return Move(waiting, Keep())
    return _end_job(job, State.FAILED, event.reason, "", now)


def _apply_delivered(job: Job, event: Event, now: datetime) -> Move:
    assert isinstance(event, Delivered)
    k = job.ready if event.k is None else min(event.k, job.ready)
    if k < 1:
        return _end_job(job, State.FAILED, UNDELIVERED, "", now)
    return Move(replace(job, state=State.DONE, ready=k, ended_at=now), Charge(k))


Transition: TypeAlias = Callable[[Job, Event, datetime], Move | None]
MOVES: Final[dict[State, dict[type[Event], Transition]]] = {
    State.QUEUED: {
        Started: _apply_started,
        Failed: _apply_failed,
        Cancelled: _apply_cancelled,
        Withdrawn: _apply_withdrawn,
    },
    State.RUNNING: {
        Generated: _apply_generated,
        Failed: _apply_failed,
        Cancelled: _apply_cancelled,
        Withdrawn: _apply_withdrawn,
        Lost: _apply_lost,
    },
    State.DELIVERING: {Delivered: _apply_delivered, Withdrawn: _apply_withdrawn},
    State.DONE: {},
    State.FAILED: {},
    State.CANCELLED: {},
}


def apply_event(job: Job, event: Event, now: datetime) -> Move | None:
    """Return the job after `event`, or None where that changes nothing."""
    mover = MOVES[job.state].get(type(event))
    return None if mover is None else mover(job, event, now)
