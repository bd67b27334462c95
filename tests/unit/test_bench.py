"""The measurements that need no server run, and the table says which bar is passed."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench import gate, messages, models, phrases
from tests.bench.report import Result, Row, show
from tests.bench.scale import Scale

QUICK = Scale(quick=True, rows=500)


@pytest.mark.parametrize(
    ("limit", "at_least", "ok"),
    [(1.2, False, True), (1.1, False, False), (1.1, True, True), (1.2, True, False)],
)
def test_a_bar_bounds_from_above_or_from_below(limit: float, at_least: bool, ok: bool) -> None:
    assert Row("it", "", "", 1.15, limit=limit, at_least=at_least).ok is ok


def test_the_table_shows_bar_result_and_verdict_and_never_raises() -> None:
    said = StringIO()
    rows = (
        Row("slow thing", "1 ms", "2 ms", 2.0, limit=1.5),
        Row("quick [thing]", "", "", 3.0, unit="ms", limit=10.0),
        Row("told only", "", "", 1.0),
    )
    show([Result(rows, ("a note",))], Console(file=said, width=120))

    lines = said.getvalue().splitlines()
    line = {name: next(one for one in lines if name in one) for name in (r.what for r in rows)}
    assert "2.00 x" in line["slow thing"]
    assert "≤ 1.50 x" in line["slow thing"]
    assert "over" in line["slow thing"]
    assert "3 ms" in line["quick [thing]"]
    assert "ok" in line["quick [thing]"]
    assert "none" in line["told only"]
    assert "a note" in lines


@pytest.mark.soak
async def test_what_needs_no_server_can_be_measured(tmp_path: Path) -> None:
    for one in (models, messages, phrases, gate):
        result = await one.measure(QUICK, tmp_path)
        assert result.rows
        assert all(row.value > 0 for row in result.rows)
        assert result.notes
