"""Draw the life of a job in docs/life.md from `bot.core.jobs.job`: `python docs/life.py`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.core.drawing.request import GenerationParams
from bot.core.ids import JobId
from bot.core.jobs.job import (
    MOVES,
    Cancelled,
    Charge,
    CutTo,
    Delivered,
    Event,
    Failed,
    Generated,
    Job,
    Keep,
    Lost,
    Release,
    Settlement,
    Started,
    State,
    Withdrawn,
    apply_event,
)

PAGE: Final = Path(__file__).with_name("life.md")
BEGIN, END = "<!-- drawn by docs/life.py -->", "<!-- end -->"
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
ORDER: Final = GenerationParams("a fox", "", "m", "M", 512, 512, 4, 1, 20, 7.0)

# Each event once for every case that the table tells apart: name, event, attempts before it.
EVENTS: Final[tuple[tuple[str, Event, int], ...]] = (
    ("Started", Started("session", "folder"), 0),
    ("Generated(k)", Generated(3), 1),
    ("Failed, k = 0", Failed(0, "why"), 1),
    ("Failed, k ≥ 1", Failed(3, "why"), 1),
    ("Cancelled, k = 0", Cancelled(0), 1),
    ("Cancelled, k ≥ 1", Cancelled(3), 1),
    ("Withdrawn", Withdrawn(), 1),
    ("Lost, first time", Lost("why"), 1),
    ("Lost, again", Lost("why"), 2),
    ("Delivered(k), k ≥ 1", Delivered(3), 1),
    ("Delivered(0)", Delivered(0), 1),
)


def _money(settle: Settlement) -> str:
    match settle:
        case Keep():
            return "the hold stays"
        case CutTo():
            return "the hold is cut to k"
        case Charge():
            return "the hold becomes k charges"
        case Release():
            return "the hold is returned"


def _cell(state: State, event: Event, attempt: int) -> str:
    job = Job(
        JobId("a" * 20), 1, "Mia", 1, 1, "s", ORDER, NOW, state=state, attempt=attempt, ready=3
    )
    move = apply_event(job, event, NOW)
    return "-" if move is None else f"{move.job.state.value}: {_money(move.settle)}"


def table() -> str:
    """The whole table as Markdown: every state with every event."""
    names = [state.value for state in MOVES]
    lines = [f"| event | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for name, event, attempt in EVENTS:
        cells = [_cell(state, event, attempt) for state in MOVES]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def drawn(text: str) -> str:
    """The page's text with the table as it is now."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
