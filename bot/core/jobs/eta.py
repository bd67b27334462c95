"""Estimates of job durations, learned from finished jobs.

The pace is seconds per step and megapixel for each (model, size, steps), with model loading apart.
An unknown pace stays unknown, because only true numbers are shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from heapq import heapify, heapreplace
from typing import Final, TypeAlias

from bot.core.drawing.model_defaults import MEGAPIXEL
from bot.core.drawing.request import GenerationParams
from bot.core.jobs.progress import JobPhase, Progress, compute_passes

PaceKey: TypeAlias = tuple[str, int, int]
SMOOTHING: Final = 0.3  # how much the newest sample weighs against all before it
PACE_ENTRIES_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class DrawingSample:
    """Duration of one job. `drawing_s` covers all images without loading."""

    order: GenerationParams
    drawing_s: float
    load_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DrawingPace:
    """Seconds per step and megapixel by `PaceKey`, and seconds to load by model, newest last."""

    rates: tuple[tuple[PaceKey, float], ...] = ()
    loads: tuple[tuple[str, float], ...] = ()

    def add_sample(self, sample: DrawingSample) -> DrawingPace:
        """Return the pace with this sample. One without a sensible time is ignored."""
        order = sample.order
        work = _compute_work(order)
        rates, loads = dict(self.rates), dict(self.loads)
        if math.isfinite(sample.drawing_s) and sample.drawing_s > 0 and work > 0:
            key = _build_key(order)
            rates[key] = _smooth_value(rates.pop(key, None), sample.drawing_s / work)
        if math.isfinite(sample.load_s) and sample.load_s > 0:
            loads[order.model] = _smooth_value(loads.pop(order.model, None), sample.load_s)
        newest = slice(-PACE_ENTRIES_MAX, None)
        return DrawingPace(tuple(rates.items())[newest], tuple(loads.items())[newest])


def estimate_drawing(
    order: GenerationParams, pace: DrawingPace, *, cold: bool = False
) -> float | None:
    """Return seconds that this order takes, or None for a model that was never seen.

    An unseen size or number of steps is guessed from the nearest. `cold` adds the known load time.
    """
    model, size, steps = _build_key(order)
    rates = ((abs(k[1] - size) + abs(k[2] - steps), r) for k, r in pace.rates if k[0] == model)
    if (nearest := min(rates, default=None)) is None:
        return None
    load = dict(pace.loads).get(order.model, 0.0) if cold else 0.0
    return nearest[1] * _compute_work(order) + load


def estimate_wait(
    ahead: tuple[GenerationParams, ...], pace: DrawingPace, slots: int = 1
) -> float | None:
    """Return seconds until all of `ahead` is done, or None if one of them is unknown.

    `slots` is how many images the server draws at once, one per GPU. Running jobs count whole.
    """
    lanes = [0.0] * max(1, slots)
    heapify(lanes)
    for order in ahead:
        seconds = estimate_drawing(order, pace)
        if seconds is None:
            return None
        heapreplace(lanes, lanes[0] + seconds)
    return lanes[0]


def _build_key(order: GenerationParams) -> PaceKey:
    pixels = max(1, order.width * order.height)
    return order.model, round(2 * math.log2(pixels)), round(2 * math.log2(max(1, order.steps)))


def _compute_work(order: GenerationParams) -> float:
    steps = max(1, order.steps) * sum(compute_passes(order))
    return order.images * steps * order.width * order.height / MEGAPIXEL


def _smooth_value(old: float | None, new: float) -> float:
    return new if old is None else old + SMOOTHING * (new - old)


class JobTimer:
    """Drawing and model loading time of one job in seconds."""

    def __init__(self, order: GenerationParams) -> None:
        self._order = order
        self._phase_began: dict[JobPhase, float] = {}
        self._last = 0.0

    def record_progress(self, progress: Progress, now: float) -> None:
        """Look at the clock at every event."""
        self._phase_began.setdefault(progress.phase, now)
        self._last = now

    def update_pace(self, pace: DrawingPace) -> DrawingPace:
        """Return the pace with this job. Without visible steps all of it counts."""
        first = min(self._phase_began.values(), default=self._last)
        drew = self._phase_began.get(JobPhase.DRAWING, first)
        loads = self._phase_began.get(JobPhase.LOADING)
        load_s = 0.0 if loads is None else max(0.0, drew - loads)
        return pace.add_sample(DrawingSample(self._order, self._last - drew, load_s))
