"""The pages for maintainers say what is in the code."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
NOTES = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.name != "README.md")
# Pages whose code names must exist.
NAMING = [DOCS / "architecture.md", DOCS / "contributing.md", DOCS / "glossary.md", *NOTES]


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def defined_names() -> set[str]:
    """Every class, function and constant of the product, and every module by its dotted name."""
    names: set[str] = set()
    for path in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]:
        module = path.relative_to(ROOT).with_suffix("")
        names.add(".".join(module.parts).removesuffix(".__init__"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


DEFINED = defined_names()
FOREIGN = {"TESTS_SHARED", "SQLITE_BUSY"}


def test_the_picture_is_drawn_from_the_code_as_it_is() -> None:
    """After a change of the imports: `python docs/architecture.py`."""
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert load_script("architecture").draw_page(text) == text


def test_every_name_of_the_glossary_exists() -> None:
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| `([\w.]+)` \|$", GLOSSARY, re.M)
    assert len(rows) >= 30
    assert [name for name in rows if name not in DEFINED] == []


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_every_class_and_function_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:[A-Z]+[a-z]+){2,}|[a-z]+(?:_[a-z]+)+|[A-Z]{2,}(?:_[A-Z]+)*)`", text)
    assert [name for name in named if name not in DEFINED | FOREIGN] == []


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:bot|cogs|tests|docs|deploy)/[\w/.-]+)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.name)
def test_a_decision_has_its_three_parts_and_is_listed(note: Path) -> None:
    text = note.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]
    assert 20 <= len(text.splitlines()) <= 35
    assert f"]({note.name})" in (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
