"""Timing of one job, to improve the wait estimate of the next."""

from __future__ import annotations

from bot.core.drawing.request import GenerationParams
from bot.core.jobs.eta import DrawingPace, DrawingSample
from bot.core.jobs.progress import JobPhase, Progress


class JobTimer:
    """Drawing and model loading time of one job in seconds."""

    def __init__(self, order: GenerationParams) -> None:
        self._order = order
        self._phase_began: dict[JobPhase, float] = {}
        self._last = 0.0

    @property
    def has_begun(self) -> bool:
        """Return True if SwarmUI has started on the job."""
        return any(phase is not JobPhase.WAITING for phase in self._phase_began)

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
