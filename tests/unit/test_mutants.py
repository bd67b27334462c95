"""The list of mutants names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def named() -> list[tuple[Path, str]]:
    """The file and test of each line; a bare name is in the file of the line before it."""
    found: list[tuple[Path, str]] = []
    path = TESTS
    for line in (TESTS / "MUTANTS.md").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\| .* \| `(?:([\w/]+\.py)::)?(test_\w+)` \|$", line):
            path = TESTS / match[1] if match[1] else path
            found.append((path, match[2]))
        else:
            assert "`test_" not in line, line
    return found


def test_every_test_that_killed_a_mutant_still_exists() -> None:
    lines = named()
    assert len(lines) > 80
    gone = [
        f"{path.name}::{test}"
        for path, test in lines
        if not path.exists() or f"def {test}(" not in path.read_text(encoding="utf-8")
    ]
    assert gone == []
