"""What every floor shares: rows for the tables at the end of the report."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.table import AddRow, adder, drawn, rows_of


@pytest.fixture
def row(record_property: Callable[[str, object], None]) -> AddRow:
    """Hand in a row of a table that is printed at the end: `row("Title", column="cell")`."""
    return adder(record_property)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables above pytest's closing line."""
    for line in drawn(rows_of(terminalreporter.stats.get("passed", []))):
        terminalreporter.write_line(line)
