"""Any story of events: a job ends at most once, and its money adds up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.jobs.job import (
    LIVING,
    Cancelled,
    Charge,
    CutTo,
    Delivered,
    Event,
    Failed,
    Generated,
    Keep,
    Lost,
    Release,
    Started,
    State,
    apply_event,
)
from tests.unit.core.make import T0, a_job, an_order

counts = st.integers(0, 9)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started, st.just("s"), st.just("f")),
    st.builds(Generated, st.integers(1, 9)),
    st.builds(Failed, counts, st.just("why")),
    st.builds(Cancelled, counts),
    st.builds(Lost),
    st.builds(Delivered),
)


@given(st.integers(1, 4), st.lists(events, max_size=30))
def test_the_money_follows_the_job(images: int, story: list[Event]) -> None:
    job = a_job(order=an_order(images=images))
    held, charged, endings = images, 0, 0
    for event in story:
        move = apply_event(job, event, T0)
        if move is None:
            continue
        match move.settle:
            case Keep():
                pass
            case CutTo(k):
                assert 1 <= k <= held
                held = k
            case Charge(k):
                assert k == held
                held, charged = 0, charged + k
            case Release():
                held = 0
        endings += move.job.state not in LIVING
        job = move.job
        assert (held > 0) == (job.state in LIVING)
    assert endings <= 1
    assert charged <= images
    assert (charged > 0) == (job.state is State.DONE)
    assert job.attempt <= 2
