"""Coverage floors per layer, for the runs of pytest that measure coverage (`--cov`).

The product is measured by branches. A layer below its floor fails the run. The sandbox has no
floor.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from coverage import Coverage
from coverage.results import Numbers

FLOORS = {
    ("bot/core", "bot/flow"): 95.0,
    ("bot/adapters", "cogs"): 85.0,
}


@dataclass(frozen=True, slots=True)
class LayerCoverage:
    """Covered share of some folders in percent, lines and branches together."""

    folders: tuple[str, ...]
    percent: float
    floor: float

    @property
    def is_enough(self) -> bool:
        """Return True if the share reaches the floor."""
        return self.percent >= self.floor

    def __str__(self) -> str:
        names, verdict = " + ".join(self.folders), "" if self.is_enough else "  BELOW THE FLOOR"
        return f"{names:<24} {self.percent:6.2f} %  (floor {self.floor:g} %){verdict}"


def measure_layers(coverage: Coverage, root: Path) -> tuple[LayerCoverage, ...]:
    """Return the coverage of each group of folders that has a floor."""
    files = [Path(name) for name in coverage.get_data().measured_files()]
    return tuple(
        LayerCoverage(folders, _measure(coverage, root, files, folders), floor)
        for folders, floor in FLOORS.items()
    )


def _measure(coverage: Coverage, root: Path, files: list[Path], folders: tuple[str, ...]) -> float:
    total = Numbers(precision=2)
    for path in files:
        if any(path.is_relative_to(root / folder) for folder in folders):
            total += coverage._analyze(str(path)).numbers
    return total.pc_covered


class CoverageFloors:
    """Pytest plugin that prints the layers and fails a run below a floor."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._layers: tuple[LayerCoverage, ...] = ()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Compare with the floors once pytest-cov has combined the data of all workers."""
        result = yield
        coverage = Coverage(data_file=str(self._root / ".coverage"), config_file=True)
        coverage.load()
        self._layers = measure_layers(coverage, self._root)
        if not all(layer.is_enough for layer in self._layers):
            session.testsfailed += 1
        return result

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a line per group of folders."""
        terminalreporter.section("coverage by branches")
        for layer in self._layers:
            terminalreporter.write_line(str(layer))
