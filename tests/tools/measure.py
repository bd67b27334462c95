"""Measure the language and the layout of the product: names, docstrings, lengths of modules.

    python -m tests.tools.measure [ROOT] [--worst]

The product is bot/ without bot/sandbox, and cogs/.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeAlias

HERE = Path(__file__).resolve().parents[2]
LONG_MODULE = 300
RIDDLE = re.compile(r"(?:What|Who|Whoever|Whose|How|Where|Whether|Nobody|It|The same)\b")
HUMP = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z0-9]+")
Documented: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Share:
    """Part of a whole, both counted."""

    part: int
    whole: int

    @property
    def percent(self) -> float:
        """The part in percent of the whole; 0 where there is no whole."""
        return 100 * self.part / self.whole if self.whole else 0.0

    def __str__(self) -> str:
        return f"{self.percent:.1f} % ({self.part:,} of {self.whole:,})"


@dataclass(frozen=True, slots=True)
class Finding:
    """Name or first docstring line that counts against the product."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one checkout; the findings are those behind the first three shares."""

    one_word_functions: Share
    one_word_classes: Share
    riddle_docstrings: Share
    punctuated_docstrings: Share
    repeated_classes: Share
    shared_methods: Share
    modules: int
    median_lines: float
    max_lines: int
    long_modules: int
    product_lines: int
    sandbox_lines: int
    test_lines: int
    function_findings: tuple[Finding, ...]
    class_findings: tuple[Finding, ...]
    riddle_findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """Parsed source file with its path relative to the root."""

    file: str
    lines: int
    tree: ast.Module

    def nodes(self) -> Iterator[ast.AST]:
        """Iterate over the whole tree."""
        return ast.walk(self.tree)


def measure(root: Path = HERE) -> Measures:
    """Measure the checkout at `root`."""
    product = [_parse_module(root, path) for path in find_product_files(root)]
    names = [finding for module in product for finding in _find_functions(module)]
    classes = [finding for module in product for finding in _find_classes(module)]
    docstrings = [finding for module in product for finding in _find_docstrings(module)]
    short_names = tuple(name for name in names if is_one_word(name.text))
    short_classes = tuple(name for name in classes if count_humps(name.text) <= 1)
    riddles = tuple(first for first in docstrings if RIDDLE.match(first.text))
    class_names = Counter(found.text for found in classes)
    methods = Counter(name for module in product for name in _list_public_methods(module))
    lengths = [module.lines for module in product] or [0]
    return Measures(
        one_word_functions=Share(len(short_names), len(names)),
        one_word_classes=Share(len(short_classes), len(classes)),
        riddle_docstrings=Share(len(riddles), len(docstrings)),
        punctuated_docstrings=Share(
            sum(":" in first.text or ";" in first.text for first in docstrings), len(docstrings)
        ),
        repeated_classes=Share(_count_repeated(class_names), len(classes)),
        shared_methods=Share(_count_repeated(methods), len(methods)),
        modules=len(product),
        median_lines=median(lengths),
        max_lines=max(lengths),
        long_modules=sum(lines > LONG_MODULE for lines in lengths),
        product_lines=sum(lengths),
        sandbox_lines=_count_lines(root / "bot" / "sandbox"),
        test_lines=_count_lines(root / "tests"),
        function_findings=short_names,
        class_findings=short_classes,
        riddle_findings=riddles,
    )


def find_product_files(root: Path) -> list[Path]:
    """List the product's Python files, sorted."""
    sandbox = root / "bot" / "sandbox"
    found = (path for folder in ("bot", "cogs") for path in (root / folder).rglob("*.py"))
    return sorted(path for path in found if not path.is_relative_to(sandbox))


def is_one_word(name: str) -> bool:
    """Tell whether a function's name has no inner underscore."""
    return "_" not in name.strip("_")


def count_humps(name: str) -> int:
    """Count the capitalised words of a class name; a run of capitals such as HTTP is one."""
    return len(HUMP.findall(name.strip("_")))


def _parse_module(root: Path, path: Path) -> Module:
    source = path.read_text(encoding="utf-8")
    lines = len(source.splitlines())
    return Module(path.relative_to(root).as_posix(), lines, ast.parse(source, str(path)))


def _find_functions(module: Module) -> Iterator[Finding]:
    for node in module.nodes():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_dunder(node.name):
            yield Finding(module.file, node.lineno, node.name)


def _find_classes(module: Module) -> Iterator[Finding]:
    for node in module.nodes():
        if isinstance(node, ast.ClassDef):
            yield Finding(module.file, node.lineno, node.name)


def _find_docstrings(module: Module) -> Iterator[Finding]:
    for node in module.nodes():
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield Finding(module.file, node.body[0].lineno, text.splitlines()[0])


def _list_public_methods(module: Module) -> Iterator[str]:
    """List each class's public method names once: a property and its setter are one."""
    for node in module.nodes():
        if isinstance(node, ast.ClassDef):
            yield from {
                item.name
                for item in node.body
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                and not item.name.startswith("_")
            }


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _count_repeated(names: Counter[str]) -> int:
    return sum(count > 1 for count in names.values())


def _count_lines(folder: Path) -> int:
    return sum(len(path.read_text("utf-8").splitlines()) for path in folder.rglob("*.py"))


def format_table(found: Measures) -> str:
    """Format the measures as a Markdown table."""
    rows = {
        "function names of one word": found.one_word_functions,
        "class names of one word": found.one_word_classes,
        "docstrings that open with What, Who, How, Where, Whether, Nobody, It, The same": (
            found.riddle_docstrings
        ),
        "first docstring lines with a colon or semicolon": found.punctuated_docstrings,
        "class names defined more than once": (
            f"{found.repeated_classes.part} of {found.repeated_classes.whole} classes"
        ),
        "public method names defined in more than one class": (
            f"{found.shared_methods.part} of {found.shared_methods.whole}"
        ),
        "modules": found.modules,
        "lines of a module, median": f"{found.median_lines:g}",
        "lines of a module, most": found.max_lines,
        f"modules above {LONG_MODULE} lines": found.long_modules,
        "lines of the product": f"{found.product_lines:,}",
        "lines of the sandbox": f"{found.sandbox_lines:,}",
        "lines of the tests": f"{found.test_lines:,}",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| measure | value |", "| --- | --- |", *lines])


def format_worst(found: Measures) -> str:
    """Format the findings by file, the file with most of them first."""
    kinds = {
        "One-word functions": found.function_findings,
        "One-word classes": found.class_findings,
        "Riddle openings": found.riddle_findings,
    }
    parts = [f"## {title}\n\n{_format_by_file(findings)}" for title, findings in kinds.items()]
    return "\n\n".join(parts)


def _format_by_file(findings: Iterable[Finding]) -> str:
    files: dict[str, list[Finding]] = {}
    for finding in findings:
        files.setdefault(finding.file, []).append(finding)
    lines: list[str] = []
    for file, its in sorted(files.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(f"- {file}: {len(its)}")
        ordered = sorted(its, key=lambda finding: finding.line)
        lines += [f"  - {finding.line}: {finding.text}" for finding in ordered]
    return "\n".join(lines)


def main() -> None:
    """Measure a checkout and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.tools.measure", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("root", nargs="?", type=Path, default=HERE, help="a checkout (this one)")
    parser.add_argument(
        "--worst", action="store_true", help="list one-word names and riddle openings by file"
    )
    asked = parser.parse_args()
    if not find_product_files(asked.root):
        parser.error(f"{asked.root} has no bot/ and no cogs/")
    found = measure(asked.root)
    parts = [format_table(found), *([format_worst(found)] if asked.worst else [])]
    sys.stdout.write("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
