"""`make audit`: what it asks, how it fails, and who runs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_audit(folder: Path, pip_audit_code: int) -> tuple[int, str, list[str]]:
    """The exit code, the output, and what was called, with stand-ins for all programs."""
    (folder / "bin").mkdir()
    for name, code in (("ruff", 0), ("pip-audit", pip_audit_code)):
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/log\nexit {code}\n')
        program.chmod(0o755)
    (folder / ".installed").touch()
    (folder / ".audit-installed").touch()
    result = subprocess.run(
        ["make", f"VENV={folder}", "audit"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    log = (folder / "log").read_text(encoding="utf-8")
    return result.returncode, result.stdout + result.stderr, log.splitlines()


@pytest.mark.parametrize("code", [0, 1])
def test_an_advisory_service_that_is_silent_is_a_failure(tmp_path: Path, code: int) -> None:
    ended, said, called = run_audit(tmp_path, code)
    assert bool(ended) == bool(code)
    assert ("audit failed:" in said) == bool(code)
    assert called[0] == "ruff check --select S --ignore S101 bot cogs"
    assert called[1].startswith("pip-audit --strict "), "else what cannot be asked about passes"
    assert called[1].endswith(" --requirement constraints.txt")


def test_the_forge_audits_each_change_and_each_week() -> None:
    workflow = (ROOT / ".github" / "workflows" / "audit.yml").read_text(encoding="utf-8")
    assert "\n      - run: make audit\n" in workflow
    assert all(f"\n  {event}:\n" in workflow for event in ("push", "pull_request", "schedule"))
    test = (ROOT / "Makefile").read_text(encoding="utf-8").split("\ntest: ")[1].split("\n\n")[0]
    assert "audit" not in test, "the tests need no network"
