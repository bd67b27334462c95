"""What was measured, against what, and the table that says so. Nothing here judges by failing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.markup import escape
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `limit` bounds `value`, from below where `at_least`; None: no bar."""

    what: str
    baseline: str
    measured: str
    value: float
    unit: str = "x"
    limit: float | None = None
    at_least: bool = False

    @property
    def ok(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of one measurement, and what else it has to say."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def show(results: Sequence[Result], console: Console) -> None:
    """The table, then the notes."""
    table = Table("what", "baseline", "measured", "result", "bar", "", title="Speed, side by side")
    for result in results:
        for row in result.rows:
            table.add_row(
                escape(row.what),
                escape(row.baseline),
                escape(row.measured),
                _number(row.value, row.unit),
                _bar(row),
                {True: "[green]ok[/]", False: "[bold red]over[/]", None: ""}[row.ok],
            )
    console.print(table)
    for result in results:
        for note in result.notes:
            console.print(f"\n{escape(note)}", highlight=False)


def _bar(row: Row) -> str:
    if row.limit is None:
        return "none"
    return ("≥ " if row.at_least else "≤ ") + _number(row.limit, row.unit)


def _number(value: float, unit: str) -> str:
    return f"{value:.2f} x" if unit == "x" else f"{value:.3g} {unit}"


def ms(seconds: Sequence[float]) -> str:
    """The median and the slowest tenth, in milliseconds."""
    return f"{median(seconds) * 1000:.0f} ms (p90 {quantile(seconds, 0.9) * 1000:.0f})"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all values do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
