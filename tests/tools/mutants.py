"""Breaks what matters most, one thing at a time, and demands that a named test notices.

    python -m tests.tools.mutants [NAME...]

Each file in tests/mutants is a patch. Its first line names the test that must go red, its second
says what is broken. The runner copies the tree to a temporary folder and runs each test there,
which must be green. Then it applies one patch after the other and runs the patch's test again.
A patch that does not apply is a failure: make it anew from the present code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATCHES = ROOT / "tests" / "mutants"
COPIED = ("bot", "cogs", "tests", "docs", "pyproject.toml", "config.example.toml", "README.md")
TEST_FAILED = 1
"""pytest's exit code for a test that ran and failed; all others mean that it did not run."""
TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Mutant:
    """A patch, the test that must notice it, and what it breaks."""

    path: Path
    test: str
    broken: str

    @property
    def name(self) -> str:
        return self.path.stem


def load_mutants(folder: Path = PATCHES) -> list[Mutant]:
    """Every patch of the folder. Raises ValueError for one without the first two lines."""
    found = []
    for path in sorted(folder.glob("*.patch")):
        first, second, *_ = path.read_text("utf-8").splitlines()
        if not first.startswith("test: tests/") or not second.startswith("broken: "):
            raise ValueError(f"{path.name} must begin with `test: tests/…` and `broken: …`")
        found.append(Mutant(path, first.removeprefix("test: "), second.removeprefix("broken: ")))
    return found


def copy_tree(into: Path) -> None:
    """Copy what the tests need, without caches."""
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.pyc")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=ignored, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy2(source, into / name)


def apply_patch(patch: Path, tree: Path, *options: str) -> str:
    """Apply a patch; returns what went wrong, empty if nothing did."""
    done = subprocess.run(
        ["git", "apply", "--unidiff-zero", *options, str(patch)],
        cwd=tree,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip() if done.returncode else ""


def run_test(test: str, tree: Path) -> int:
    """Run one test in the copied tree; returns pytest's exit code."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist",
         test],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=TIMEOUT_S,
        check=False,
    ).returncode  # fmt: skip


def judge(mutant: Mutant, tree: Path) -> str:
    """What is wrong with a mutant; empty where its test went red."""
    if trouble := apply_patch(mutant.path, tree):
        return f"the patch does not apply: {trouble}"
    try:
        code = run_test(mutant.test, tree)
    finally:
        apply_patch(mutant.path, tree, "--reverse")
    if code == TEST_FAILED:
        return ""
    if code == 0:
        return f"survived: {mutant.test} is green though {mutant.broken}"
    return f"{mutant.test} did not run (pytest ended with {code})"


def main(names: list[str]) -> int:
    """Run the named mutants, or all; 1 if any of them survived or did not apply."""
    mutants = [one for one in load_mutants() if not names or one.name in names]
    bad = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        for test in sorted({mutant.test for mutant in mutants}):
            if code := run_test(test, tree):
                sys.stdout.write(f"{test} is not green without any mutant (pytest: {code})\n")
                return 1
        for mutant in mutants:
            began = time.monotonic()
            trouble = judge(mutant, tree)
            bad += bool(trouble)
            said = trouble or f"red, as it must be ({mutant.broken})"
            sys.stdout.write(f"{mutant.name:28} {time.monotonic() - began:5.1f} s  {said}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(mutants)} mutants, {bad} not as they must be\n")
    return 1 if bad or not mutants else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
