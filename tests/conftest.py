"""What every floor shares: how examples are searched for, and tables at the end of the report."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from tests.coverage_floors import CoverageFloors
from tests.support import shared  # noqa: F401 -- it reads the tests' own variables at once
from tests.support.table import AddRow, adder, drawn, rows_of

# The machines are shared: how long an example takes says nothing. What `make test` finds it finds
# every time; TESTS_SEARCH=1 searches anew each time.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("searching", settings.get_profile("steady"), derandomize=False)


def pytest_configure(config: pytest.Config) -> None:
    """Choose how hypothesis looks for examples."""
    settings.load_profile("searching" if os.environ.get("TESTS_SEARCH") else "steady")
    is_controller = not hasattr(config, "workerinput")
    if is_controller and config.getoption("cov_source", None) and config.getoption("cov_floors"):
        config.pluginmanager.register(CoverageFloors(config.rootpath))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that holds a run to the coverage floors."""
    parser.addoption("--cov-floors", action="store_true", help="fail below the coverage floors")


@pytest.fixture
def row(record_property: Callable[[str, object], None]) -> AddRow:
    """Hand in a row of a table that is printed at the end: `row("Title", column="cell")`."""
    return adder(record_property)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables above pytest's closing line."""
    for line in drawn(rows_of(terminalreporter.stats.get("passed", []))):
        terminalreporter.write_line(line)
