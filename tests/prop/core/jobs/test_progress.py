"""Events in any order, with any numbers: the bar never falls and never lies."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.jobs.progress import (
    ImageReady,
    JobPhase,
    PreviewFrame,
    Progress,
    RequestEnded,
    SamplingStep,
    SessionRenewed,
    StatusFrame,
    SwarmEvent,
)

counts = st.integers(0, 3)
indices = st.integers(-1, 5)
events: st.SearchStrategy[SwarmEvent] = st.one_of(
    st.builds(StatusFrame, counts, counts, counts, counts),
    st.builds(SamplingStep, indices, st.floats(-0.5, 1.5) | st.floats()),
    st.builds(PreviewFrame, indices, st.just(b"")),
    st.builds(ImageReady, indices, st.just("View/x.png")),
    st.builds(SessionRenewed, st.just("s")),
    st.builds(RequestEnded),
)
told = st.lists(st.tuples(events, st.floats(0, 1e6)), max_size=40)


@given(st.integers(1, 4), st.integers(1, 50), told)
def test_the_bar_never_falls(
    images: int, steps: int, story: list[tuple[SwarmEvent, float]]
) -> None:
    progress = Progress(images, steps)
    stepped = finished = False
    for event, now in story:
        before, progress = progress, progress.apply_event(event, now)
        assert 0 <= before.percent <= progress.percent <= 100
        assert before.ready_count <= progress.ready_count <= images
        assert (progress.percent == 100) == (progress.ready_count == images)
        assert 0 <= progress.current_step <= steps
        assert 1 <= progress.current_picture <= images
        assert progress.eta_s is None or progress.eta_s >= 0
        stepped = stepped or (isinstance(event, SamplingStep) and event.fraction > 0)
        finished = finished or isinstance(event, ImageReady)
        if progress.phase is JobPhase.DRAWING:
            assert stepped or finished
        hash(progress)
