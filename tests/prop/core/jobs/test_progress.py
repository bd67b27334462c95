"""Events in any order, with any numbers: the bar never falls and never lies."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.jobs.progress import (
    Ended,
    ImageReady,
    Phase,
    Preview,
    Progress,
    Renewed,
    Step,
    SwarmEvent,
    Waiting,
)

counts = st.integers(0, 3)
indices = st.integers(-1, 5)
events: st.SearchStrategy[SwarmEvent] = st.one_of(
    st.builds(Waiting, counts, counts, counts, counts),
    st.builds(Step, indices, st.floats(-0.5, 1.5) | st.floats()),
    st.builds(Preview, indices, st.just(b"")),
    st.builds(ImageReady, indices, st.just("View/x.png")),
    st.builds(Renewed, st.just("s")),
    st.builds(Ended),
)
told = st.lists(st.tuples(events, st.floats(0, 1e6)), max_size=40)


@given(st.integers(1, 4), st.integers(1, 50), told)
def test_the_bar_never_falls(
    images: int, steps: int, story: list[tuple[SwarmEvent, float]]
) -> None:
    progress = Progress(images, steps)
    stepped = finished = False
    for event, now in story:
        before, progress = progress, progress.after(event, now)
        assert 0 <= before.percent <= progress.percent <= 100
        assert before.ready <= progress.ready <= images
        assert (progress.percent == 100) == (progress.ready == images)
        assert 0 <= progress.step <= steps
        assert 1 <= progress.picture <= images
        assert progress.eta_s is None or progress.eta_s >= 0
        stepped = stepped or (isinstance(event, Step) and event.fraction > 0)
        finished = finished or isinstance(event, ImageReady)
        if progress.phase is Phase.DRAWING:
            assert stepped or finished
        hash(progress)
