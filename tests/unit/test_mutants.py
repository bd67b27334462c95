"""The patches of `make mutants` fit the present code, and the tests that they name exist."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.tools.mutants import ROOT, Mutant, apply_patch, load_mutants

MUTANTS = load_mutants()


def test_there_are_mutants() -> None:
    assert len(MUTANTS) >= 15


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_named_test_exists(mutant: Mutant) -> None:
    file, _, test = mutant.test.partition("::")
    text = (ROOT / file).read_text("utf-8")
    assert f"def {test.partition('[')[0]}(" in text or not test


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the patches")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_patch_applies(mutant: Mutant, tmp_path: Path) -> None:
    """Make it anew from the present code where it does not."""
    text = mutant.path.read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("--- a/"):
            name = line.removeprefix("--- a/")
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    assert apply_patch(mutant.path, tmp_path) == ""
