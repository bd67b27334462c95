"""The life of a job, every state with every event."""

from __future__ import annotations

import importlib.util
import re
from datetime import timedelta
from pathlib import Path

import pytest

import bot.core.jobs.job
from bot.core.jobs.job import (
    LIVING,
    MOVES,
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
    Settlement,
    Started,
    State,
    Withdrawn,
    apply_event,
)
from tests.unit.core.make import T0, a_job, an_order

DOCS = Path(__file__).resolve().parents[4] / "docs"
LATER = T0 + timedelta(seconds=9)
EVENTS: tuple[Event, ...] = (
    Started("session", "raw/swarmbot/x"),
    Generated(1),
    Generated(4),
    Failed(0, "it broke", "K7Q2"),
    Failed(2, "it broke", "K7Q2"),
    Cancelled(0),
    Cancelled(3, "the card was deleted"),
    Lost("restarted"),
    Delivered(),
    Delivered(0),
    Delivered(1),
    Delivered(9),
    Withdrawn("they left"),
)
# What design.md's table says, written once more by hand: state, event, attempts so far.
EXPECTED: dict[tuple[State, Event], tuple[State, Settlement]] = {
    (State.QUEUED, EVENTS[0]): (State.RUNNING, Keep()),
    (State.QUEUED, EVENTS[3]): (State.FAILED, Release()),
    (State.QUEUED, EVENTS[4]): (State.FAILED, Release()),
    (State.QUEUED, EVENTS[5]): (State.CANCELLED, Release()),
    (State.QUEUED, EVENTS[6]): (State.CANCELLED, Release()),
    (State.RUNNING, EVENTS[1]): (State.DELIVERING, CutTo(1)),
    (State.RUNNING, EVENTS[2]): (State.DELIVERING, CutTo(4)),
    (State.RUNNING, EVENTS[3]): (State.FAILED, Release()),
    (State.RUNNING, EVENTS[4]): (State.DELIVERING, CutTo(2)),
    (State.RUNNING, EVENTS[5]): (State.CANCELLED, Release()),
    (State.RUNNING, EVENTS[6]): (State.DELIVERING, CutTo(3)),
    (State.RUNNING, EVENTS[7]): (State.QUEUED, Keep()),
    (State.DELIVERING, EVENTS[8]): (State.DONE, Charge(2)),
    (State.DELIVERING, EVENTS[9]): (State.FAILED, Release()),
    (State.DELIVERING, EVENTS[10]): (State.DONE, Charge(1)),
    (State.DELIVERING, EVENTS[11]): (State.DONE, Charge(2)),
    **{
        (state, EVENTS[12]): (State.CANCELLED, Release())
        for state in (State.QUEUED, State.RUNNING, State.DELIVERING)
    },
}


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_every_state_meets_every_event(state: State, event: Event) -> None:
    job = a_job(order=an_order(images=4), state=state, attempt=1, ready=2)
    move = apply_event(job, event, LATER)
    expected = EXPECTED.get((state, event))
    if expected is None:
        assert move is None
    else:
        assert move is not None
        assert (move.job.state, move.settle) == expected


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
def test_a_stop_for_those_who_wait_lets_all_others_be(state: State) -> None:
    job = a_job(order=an_order(images=4), state=state, attempt=1, ready=2)
    move = apply_event(job, Cancelled(0, "off", waiting_only=True), LATER)
    if state is State.QUEUED:
        assert move is not None
        assert (move.job.state, move.job.reason) == (State.CANCELLED, "off")
        assert move.settle == Release()
    else:
        assert move is None


def test_the_drawing_tells_the_truth() -> None:
    lines = re.findall(r"^ {4}(\w+) +--(\w+)--> +(.+)$", bot.core.jobs.job.__doc__ or "", re.M)
    drawn = {(before, event) for before, event, _ in lines}
    table = {(state.value, event.__name__) for state, moves in MOVES.items() for event in moves}
    assert drawn == table
    targets = {
        (before, event): set(re.findall(r"\b[a-z]{4,}\b", after)) for before, event, after in lines
    }
    by_name = {
        type(event).__name__: [e for e in EVENTS if type(e) is type(event)] for event in EVENTS
    }
    for (before, name), words in targets.items():
        reached = set()
        for event in by_name[name]:
            for attempt in (1, 2):
                job = a_job(order=an_order(images=4), state=State(before), attempt=attempt, ready=2)
                move = apply_event(job, event, LATER)
                assert move is not None
                reached.add(move.job.state.value)
        assert reached == words & {state.value for state in State}


def test_starting_counts_an_attempt_and_keeps_the_session() -> None:
    move = apply_event(a_job(), EVENTS[0], LATER)
    assert move is not None
    assert (move.job.attempt, move.job.session, move.job.folder) == (1, "session", "raw/swarmbot/x")
    assert move.job.started_at == LATER


def test_lost_twice_is_failed_with_its_reason() -> None:
    move = apply_event(a_job(state=State.RUNNING, attempt=2), Lost("I was restarted."), LATER)
    assert move is not None
    assert (move.job.state, move.job.reason, move.settle) == (
        State.FAILED,
        "I was restarted.",
        Release(),
    )
    assert move.job.ended_at == LATER


def test_lost_once_forgets_the_session() -> None:
    job = a_job(state=State.RUNNING, attempt=1, session="old", folder="old")
    move = apply_event(job, Lost(), LATER)
    assert move is not None
    assert (move.job.session, move.job.folder, move.job.ended_at) == ("", "", None)


def test_more_pictures_than_ordered_are_not_charged() -> None:
    move = apply_event(a_job(order=an_order(images=2), state=State.RUNNING), Generated(5), LATER)
    assert move is not None
    assert move.settle == CutTo(2)
    assert move.job.ready == 2


def test_a_cancelled_job_with_pictures_says_so() -> None:
    move = apply_event(a_job(order=an_order(images=4), state=State.RUNNING), Cancelled(1), LATER)
    assert move is not None
    assert move.job.reason == "cancelled"


def test_a_failed_job_with_pictures_keeps_its_reason_and_reference() -> None:
    job = a_job(order=an_order(images=4), state=State.RUNNING)
    move = apply_event(job, Failed(1, "out of memory", "K7Q2"), LATER)
    assert move is not None
    assert (move.job.reason, move.job.ref, move.job.generated_at) == (
        "out of memory",
        "K7Q2",
        LATER,
    )


def test_generated_needs_a_picture() -> None:
    with pytest.raises(ValueError, match="without one it is Failed"):
        apply_event(a_job(state=State.RUNNING), Generated(0), LATER)


def test_the_living_are_those_that_can_still_move() -> None:
    assert {state for state, moves in MOVES.items() if moves} == LIVING


def test_the_page_draws_the_table_as_it_is() -> None:
    """After a change of the table: `python docs/life.py`."""
    spec = importlib.util.spec_from_file_location("life", DOCS / "life.py")
    assert spec is not None
    assert spec.loader is not None
    life = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(life)
    text = (DOCS / "life.md").read_text(encoding="utf-8")
    assert life.drawn(text) == text
    assert {type(event) for _, event, _ in life.EVENTS} == {e for m in MOVES.values() for e in m}
