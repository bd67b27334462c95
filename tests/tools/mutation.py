"""Changes one operator, number or return at a time, and lists the changes that no test notices.

    python -m tests.tools.mutation [--minutes 55] [--jobs 2] [--out FILE] [MODULE...]

It changes the modules that decide about money, order and safety. For each change it runs the tests
of the core that import that module, in a process of its own that is forked after the libraries were
loaded. The order is shuffled with a fixed seed, so a short run looks everywhere.
Some changes that survive are no faults: they mean the same, or change a number that is a choice.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).resolve().parents[2]
TARGETS = (
    "bot/core/jobs",
    "bot/core/limits",
    "bot/core/drawing/tag_removal.py",
    "bot/core/text/escape.py",
)
LIBRARIES = (
    "pytest", "hypothesis", "hypothesis.strategies", "discord", "aiohttp", "aiosqlite", "PIL.Image",
    "pydantic_settings", "structlog", "rapidfuzz",
)  # fmt: skip
LENGTHS_FROM = 10
"""Numbers from here on are lengths and bounds: one more or less is another choice, no fault."""

BOOKS = "tests.support.books"
TIMEOUT_S = 90.0
FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one module. `number` is its place among all changes of that module."""

    path: str
    number: int
    line: int
    said: str

    def __str__(self) -> str:
        source = (ROOT / self.path).read_text("utf-8").splitlines()[self.line - 1].strip()
        return f"{self.path}:{self.line}: {self.said}: {source[:100]}"


class _Changer(ast.NodeVisitor):
    """Walks a module in a fixed order; makes change `wanted`, and remembers all."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted, self.found = wanted, list[tuple[int, str]]()

    def _offer(self, node: ast.AST, said: str, make: Callable[[], None]) -> None:
        if len(self.found) == self.wanted:
            make()
        self.found.append((getattr(node, "lineno", 1), said))

    def visit_Compare(self, node: ast.Compare) -> None:
        for place, operator in enumerate(node.ops):
            self._flip(node, operator, lambda new, at=place: node.ops.__setitem__(at, new))
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self._flip(node, node.op, lambda new: setattr(node, "op", new))
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if not isinstance(node.left, ast.Constant) or not isinstance(node.left.value, str):
            self._flip(node, node.op, lambda new: setattr(node, "op", new))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if type(node.value) in (int, float) and abs(node.value) < LENGTHS_FROM:
            for step in (1, -1):
                self._offer(
                    node,
                    f"{node.value} -> {node.value + step}",
                    lambda by=step: setattr(node, "value", node.value + by),
                )

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            twice = ast.UnaryOp(ast.Not(), node.operand)
            self._offer(node, "not x -> x", lambda: setattr(node, "operand", twice))
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        # None in place of another false value is mostly the same to the caller.
        is_false = isinstance(node.value, ast.Constant) and not node.value.value
        if node.value is not None and not is_false:
            nothing = ast.Constant(None)
            self._offer(node, "return None", lambda: setattr(node, "value", nothing))
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Visit a value that is computed from names. Plain numbers are choices."""
        if node.value is not None and any(isinstance(n, ast.Name) for n in ast.walk(node.value)):
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in node.body:
            self.visit(part)

    def _flip(self, node: ast.AST, operator: ast.AST, put: Callable[[ast.AST], object]) -> None:
        if new := FLIPS.get(type(operator)):
            said = f"{type(operator).__name__} -> {new.__name__}"
            self._offer(node, said, lambda: put(new()) and None)


def list_changes(path: str) -> list[Change]:
    """Every change of a module."""
    changer = _Changer()
    changer.visit(ast.parse((ROOT / path).read_text("utf-8")))
    return [Change(path, number, *found) for number, found in enumerate(changer.found)]


def compile_changed(change: Change) -> CodeType:
    """The module's code with that change in it."""
    tree = ast.parse((ROOT / change.path).read_text("utf-8"))
    _Changer(change.number).visit(tree)
    return compile(ast.fix_missing_locations(tree), str(ROOT / change.path), "exec")


@cache
def list_tests(path: str) -> list[str]:
    """The tests of a module: those of its name first, then others of the core that import it."""
    inner = Path(path).relative_to("bot")
    package = ".".join(Path(path).parent.parts).replace(".", r"\.")
    imports = re.compile(
        rf"from {package}\.{inner.stem} import|from {package} import [^\n]*\b{inner.stem}\b"
    )
    floors = [ROOT / "tests" / floor / "core" for floor in ("unit", "prop")]
    files = [file for floor in floors for file in sorted(floor.rglob("test_*.py"))]
    texts = {file: file.read_text("utf-8") for file in files}
    # Property tests with a database are too slow to run once for each change.
    found = [
        file
        for file, text in texts.items()
        if imports.search(text) and not ("prop" in file.parts and BOOKS in text)
    ]
    if not found:  # without a path pytest would run everything there is
        raise ValueError(f"{path} has no test of the core")
    return [str(file) for file in sorted(found, key=lambda file: file.stem != f"test_{inner.stem}")]


class _Importer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module with changed code."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=self._code.co_filename)

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def start_child(change: Change | None, tests: Sequence[str]) -> int:
    """Fork a process that runs the tests, quietly; returns its id. It ends with pytest's code."""
    if child := os.fork():
        return child
    code = 99
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(silent, descriptor)
        if change is not None:
            name = change.path.removesuffix(".py").replace("/", ".")
            sys.meta_path.insert(0, _Importer(name, compile_changed(change)))
        import pytest

        code = int(
            pytest.main(
                [
                    "-x",
                    "-q",
                    "-m",
                    "not soak",
                    "--assert=plain",
                    "-p",
                    "no:cacheprovider",
                    "-p",
                    "no:xdist",
                    *tests,
                ]
            )
        )
    finally:
        os._exit(code)


def run_all(changes: Sequence[Change], jobs: int, until: float) -> Iterator[tuple[Change, str]]:
    """Run them side by side; "killed", "survived" or "late" for each that ended in time."""
    waiting = list(reversed(changes))
    running: dict[int, tuple[Change, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs and time.monotonic() < until:
            change = waiting.pop()
            child = start_child(change, list_tests(change.path))
            running[child] = (change, time.monotonic())
        if not running:
            return
        for child, (change, began) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                del running[child]
                yield change, "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
            elif time.monotonic() - began > TIMEOUT_S:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                del running[child]
                yield change, "late"
        time.sleep(0.02)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and write who survived."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", help="paths below the project; all targets if none")
    parser.add_argument("--minutes", type=float, default=55)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write the survivors here")
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    for name in LIBRARIES:
        importlib.import_module(name)
    modules = [
        str(path)
        for target in (options.modules or TARGETS)
        for path in (sorted(Path(target).rglob("*.py")) if Path(target).is_dir() else [target])
    ]
    changes = [change for module in modules for change in list_changes(module)]
    random.Random(20261129).shuffle(changes)
    for tests in sorted({tuple(list_tests(change.path)) for change in changes}):
        if os.waitstatus_to_exitcode(os.waitpid(start_child(None, tests), 0)[1]) != 0:
            sys.stdout.write(f"{', '.join(tests)}: not green without any change\n")
            return 1
    counts = {"killed": 0, "survived": 0, "late": 0}
    survivors: list[Change] = []
    for change, outcome in run_all(changes, options.jobs, time.monotonic() + options.minutes * 60):
        counts[outcome] += 1
        if outcome == "survived":
            survivors.append(change)
            sys.stdout.write(f"survived  {change}\n")
            sys.stdout.flush()
    tried = sum(counts.values())
    said = (
        f"{tried} of {len(changes)} changes tried: {counts['killed']} killed, "
        f"{counts['late']} stopped after {TIMEOUT_S:.0f} s, {counts['survived']} survived\n"
    )
    sys.stdout.write(said)
    if options.out:
        lines = sorted(map(str, survivors))
        options.out.write_text(f"# {said}" + "".join(f"{line}\n" for line in lines), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
