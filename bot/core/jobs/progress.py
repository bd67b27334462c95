"""Conversion of stream events into the progress that members see."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, TypeAlias, TypeVar

from bot.core.drawing.request import GenerationParams

REFINER_SHARE: Final = 0.2  # of the steps, where the order does not say: SwarmUI's own default
SINGLE_PASS: Final = (1.0,)


def compute_passes(order: GenerationParams) -> tuple[float, ...]:
    """Return the work of each sampling pass of one image, a plain one is (1.0,).

    An upscale or refiner samples a share of the steps again, on more pixels by the square of the
    factor. Passes that the order does not name are unknown.
    """
    extras = dict(order.extras)
    share = _parse_number(extras.get("refinercontrolpercentage"))
    if order.upscale is not None and order.upscale > 1:
        factor = order.upscale
        share = REFINER_SHARE if share is None else share
    else:
        factor = _parse_number(extras.get("refinerupscale")) or 1.0
        share = REFINER_SHARE if share is None and "refinermodel" in extras else share
    if not share:
        return SINGLE_PASS
    share = min(1.0, share)
    steps = _parse_number(extras.get("refinersteps")) or float(max(1, order.steps))
    second = share * steps / max(1, order.steps) * factor**2
    # Swapping hands the last steps over to the refiner; else they are drawn on top.
    swaps = extras.get("refinermethod", "").casefold().startswith("stepswap")
    first = 1.0 - share if swaps else 1.0
    return tuple(part for part in (first, second) if part > 0) or SINGLE_PASS


def _parse_number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


@dataclass(frozen=True, slots=True)
class StatusFrame:
    """Counters of a session. `loading` > 0 means that a model is being loaded."""

    waiting: int
    loading: int
    waiting_backends: int
    live: int


@dataclass(frozen=True, slots=True)
class SamplingStep:
    """The sampling of one picture stands at `fraction`, 0..1 of its current node."""

    index: int
    fraction: float


@dataclass(frozen=True, slots=True)
class PreviewFrame:
    """Unfinished image as encoded bytes, mostly JPEG."""

    index: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImageReady:
    """Finished image. `ref` is a View/… path as the server gave it, or a data URL."""

    index: int
    ref: str = field(repr=False)
    metadata: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SessionRenewed:
    """The order continues in a new session, because the server forgot the old one."""

    session: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """SwarmUI has finished the request (`discard_indices`), so its slot is free.

    `discarded` are indices of images that it takes back.
    """

    discarded: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerBusy:
    """SwarmUI works for somebody else, and this order waits for its first progress."""


SwarmEvent: TypeAlias = (
    StatusFrame
    | SamplingStep
    | PreviewFrame
    | ImageReady
    | SessionRenewed
    | ServerBusy
    | RequestEnded
)


class JobPhase(Enum):
    """Phase of a running job, as members see it."""

    WAITING = "waiting"  # with SwarmUI, which has not begun
    BUSY = "busy"  # with SwarmUI, which works for somebody else
    LOADING = "loading"  # the model is being loaded
    STARTED = "started"  # SwarmUI has begun on it, and no step was seen
    DRAWING = "drawing"  # a step was seen
    FINISHING = "finishing"  # every sampling is done; the last picture is on its way


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a running job, from SwarmEvents. It never falls.

    Only sampling counts (`SamplingStep.fraction`). `passes` are the samplings of one image as
    shares of its work; the next begins when steps follow the end of the one before. Other nodes
    that restart at 0 are ignored. Times are seconds of a monotonic clock; `expected_s` is the known
    drawing time without loading, or None. Invalid indices and fractions change nothing.
    """

    images: int
    steps: int
    passes: tuple[float, ...] = SINGLE_PASS
    expected_s: float | None = None
    fractions: tuple[float, ...] = ()
    done_passes: tuple[int, ...] = ()
    finished: frozenset[int] = frozenset()
    loading: bool = False
    busy: bool = False
    begun: bool = False
    ended: bool = False
    current_index: int = 0
    started_at: float | None = None
    start_share: float = 0.0
    last_step_at: float = 0.0

    @classmethod
    def for_order(cls, order: GenerationParams, expected_s: float | None = None) -> Progress:
        """Return the progress of a job without events."""
        return cls(order.images, order.steps, compute_passes(order), expected_s)

    def apply_event(self, event: SwarmEvent, now: float) -> Progress:
        """Return the progress after `event` at `now`."""
        match event:
            case StatusFrame():
                return replace(self, loading=self.loading or event.loading > 0)
            case SamplingStep():
                return self._apply_step(event, now)
            case ImageReady() if 0 <= event.index < self.images:
                ready = replace(self, finished=self.finished | {event.index})
                return ready._mark_time(now) if self.started_at is not None else ready
            case RequestEnded():
                return replace(self, ended=True)
            case ServerBusy():
                return replace(self, busy=True)
            case _:
                return self

    def _apply_step(self, event: SamplingStep, now: float) -> Progress:
        index = event.index
        if not 0 <= index < self.images or index in self.finished:
            return self
        if not event.fraction > 0:  # the first frame of a picture, when SwarmUI begins on it
            return self if self.begun or event.fraction != 0 else replace(self, begun=True)
        fraction = min(1.0, event.fraction)
        before, passed = self._known_fractions[index], self._completed_passes[index]
        over = before >= 1.0 and passed + 1 < len(self.passes)
        # A node that jumps from nothing to its end is a loader or an encoder, not the sampling.
        if fraction >= 1.0 and (before == 0.0 or over) and self.steps > 1:
            return self
        if over:
            before, passed = 0.0, passed + 1
        fractions = _replace_at(self._known_fractions, index, max(before, fraction))
        passes = _replace_at(self._completed_passes, index, passed)
        made = replace(self, fractions=fractions, done_passes=passes, current_index=index)
        return made._mark_time(now)

    def _mark_time(self, now: float) -> Progress:
        if self.started_at is None:
            return replace(self, started_at=now, start_share=self.done_share, last_step_at=now)
        return replace(self, last_step_at=max(self.last_step_at, now))

    @property
    def _known_fractions(self) -> tuple[float, ...]:
        return self.fractions or (0.0,) * self.images

    @property
    def _completed_passes(self) -> tuple[int, ...]:
        return self.done_passes or (0,) * self.images

    def _compute_share(self, index: int) -> float:
        if index in self.finished:
            return 1.0
        passed = self._completed_passes[index]
        work = sum(self.passes[:passed]) + self.passes[passed] * self._known_fractions[index]
        return min(1.0, work / sum(self.passes))

    def _is_drawn(self, index: int) -> bool:
        is_last = self._completed_passes[index] + 1 >= len(self.passes)
        return index in self.finished or (is_last and self._known_fractions[index] >= 1)

    @property
    def ready_count(self) -> int:
        """Return how many images are finished."""
        return len(self.finished)

    @property
    def done_share(self) -> float:
        """The share of the whole job that is done, 0..1."""
        return sum(map(self._compute_share, range(self.images))) / max(1, self.images)

    @property
    def phase(self) -> JobPhase:
        if self.ended or all(map(self._is_drawn, range(self.images))):
            return JobPhase.FINISHING
        if self.fractions or self.finished:
            return JobPhase.DRAWING
        if self.begun:
            return JobPhase.STARTED
        if self.loading:
            return JobPhase.LOADING
        return JobPhase.BUSY if self.busy else JobPhase.WAITING

    @property
    def percent(self) -> int:
        """Return 0..100 over all images, 100 only when the last one is here."""
        if self.ready_count >= self.images:
            return 100
        return min(99, int(self.done_share * 100 + 1e-9))

    @property
    def current_step(self) -> int:
        """The step that the picture being drawn has reached, 0..steps, of its first sampling."""
        if not self.fractions:
            return 0
        if self._completed_passes[self.current_index] > 0:
            return self.steps
        return min(self.steps, round(self.fractions[self.current_index] * self.steps))

    @property
    def current_picture(self) -> int:
        """The number of the picture being drawn, from 1."""
        return self.current_index + 1

    @property
    def eta_s(self) -> float | None:
        """Return seconds until the last image, from this job's own pace, or None.

        Before two steps were seen the expected time is used, once drawing has begun.
        """
        if self.started_at is None or self.phase is JobPhase.FINISHING:
            return None
        done, spent = self.done_share - self.start_share, self.last_step_at - self.started_at
        if done <= 0 or spent <= 0:
            return None if self.expected_s is None else self.expected_s * (1.0 - self.done_share)
        return spent * (1.0 - self.done_share) / done


T = TypeVar("T")


def _replace_at(values: tuple[T, ...], index: int, value: T) -> tuple[T, ...]:
    return (*values[:index], value, *values[index + 1 :])
