"""The law of mirrored tests: each product module has a test module at the mirrored path.

`bot/core/limits/cards.py` is tested by `tests/<floor>/core/limits/test_cards.py`, where the floor
is any folder of `tests`. That test module imports the product module and holds a test. A package
is tested beside its folder: `bot/core/moderation/__init__.py` by `core/test_moderation.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
EXCEPTIONS_MAX: Final = 25

# Modules that hold only values or Protocols, so that there is no behaviour to test.
EXCEPTIONS: Final = {
    "bot.core.audit.model": "values of the audit log",
    "bot.core.check_result": "one value: a line of a check",
    "bot.core.limits.model": "values of stored limits",
    "bot.core.moderation.verdict": "one enumeration: the answers of a classifier",
    "bot.core.notices": "one value: a message of no job",
    "bot.core.ui.layout": "values of panels and forms",
    "bot.flow.ports": "the ports again, and the value that holds all stores",
    "bot.flow.ports.alerts": "Protocol",
    "bot.flow.ports.audit": "Protocol",
    "bot.flow.ports.blocks": "Protocol",
    "bot.flow.ports.catalog": "Protocol",
    "bot.flow.ports.classifier": "Protocol",
    "bot.flow.ports.history": "Protocols",
    "bot.flow.ports.image_backend": "Protocols",
    "bot.flow.ports.jobs": "Protocols",
    "bot.flow.ports.limits": "Protocol",
    "bot.flow.ports.messages": "Protocol",
    "bot.flow.ports.notices": "Protocol",
    "bot.flow.ports.onboarding": "Protocol",
    "bot.flow.ports.pauses": "Protocol",
    "bot.flow.ports.privacy": "Protocol",
    "bot.flow.ports.reports": "Protocol",
    "bot.flow.ports.settings": "Protocol",
    "bot.flow.ports.spool": "Protocol",
    "bot.flow.ports.triggers": "Protocol",
}


@cache
def parse_file(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def find_modules() -> dict[str, Path]:
    """Map the dotted name of each product module to its path, without empty packages."""
    paths = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(paths)
        if "sandbox" not in path.parts and not (path.name == "__init__.py" and is_empty(path))
    }


def is_empty(path: Path) -> bool:
    """Whether a file defines nothing: a docstring, imports, `__all__` or a version at most."""
    return not any(is_definition(node) for node in parse_file(path).body)


def is_definition(node: ast.stmt) -> bool:
    """Whether a statement is more than a docstring, an import, `__all__` or a version."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return False
        case ast.Assign(targets=[ast.Name(id=name)]) if name in ("__all__", "__version__"):
            return False
        case _:
            return True


def build_mirrored_path(module: str) -> PurePosixPath:
    """Return the path of a module's tests below a floor, such as `core/test_ids.py`."""
    parts = module.split(".")
    inner = parts[1:] if parts[0] == "bot" else parts
    return PurePosixPath(*inner[:-1], f"test_{inner[-1]}.py")


def iter_runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those that only the type checker sees."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from iter_runtime_nodes(child)


def list_imports(tree: ast.Module) -> set[str]:
    """Return all that a module imports: modules, and names with their module before them."""
    found: set[str] = set()
    for node in iter_runtime_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def has_test(tree: ast.Module) -> bool:
    """Whether a module holds a test function, or a state machine of Hypothesis."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:5] == "test_":
            return True
        if isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".TestCase"):
            return True
    return False


def is_tested(module: str) -> bool:
    """Whether some floor has a mirrored test module that imports the module and holds a test."""
    mirrored = build_mirrored_path(module)
    trees = (parse_file(path) for path in ROOT.glob(f"tests/*/{mirrored}"))
    return any(module in list_imports(tree) and has_test(tree) for tree in trees)


def list_behaviour(tree: ast.Module) -> list[str]:
    """Return the functions of a module that do something, and its lambdas."""
    protocols = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        if any(ast.unparse(base).startswith("Protocol") for base in node.bases)
        for part in node.body
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            found.append(f"lambda in line {node.lineno}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            says_only = all(
                isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
                for one in node.body
            )
            if node not in protocols or not says_only:
                found.append(node.name)
    return found


def test_each_module_has_a_mirrored_test_that_imports_it() -> None:
    missing = {
        module: f"tests/<floor>/{build_mirrored_path(module)}"
        for module in find_modules()
        if module not in EXCEPTIONS and not is_tested(module)
    }
    assert missing == {}


@pytest.mark.parametrize("module", EXCEPTIONS)
def test_an_excepted_module_holds_only_values_or_protocols(module: str) -> None:
    modules = find_modules()
    assert module in modules, "no such module: remove the exception"
    assert not is_tested(module), "it has a mirrored test: remove the exception"
    assert list_behaviour(parse_file(modules[module])) == []
    assert EXCEPTIONS[module]


def test_the_exceptions_are_few() -> None:
    assert len(EXCEPTIONS) <= EXCEPTIONS_MAX


@pytest.mark.parametrize(
    ("module", "mirrored"),
    [
        ("bot.app", "test_app.py"),
        ("bot.core.limits.cards", "core/limits/test_cards.py"),
        ("bot.core.moderation", "core/test_moderation.py"),
        ("cogs.help", "cogs/test_help.py"),
        ("cogs", "test_cogs.py"),
    ],
)
def test_a_test_stands_at_the_path_of_its_module(module: str, mirrored: str) -> None:
    assert str(build_mirrored_path(module)) == mirrored


@pytest.mark.parametrize(
    "source",
    [
        "import bot.core.ids",
        "from bot.core import ids",
        "from bot.core.ids import is_job_id",
        "def test_it():\n    from bot.core.ids import is_job_id",
    ],
)
def test_any_form_of_an_import_counts(source: str) -> None:
    assert "bot.core.ids" in list_imports(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    ["if TYPE_CHECKING:\n    import bot.core.ids", "from bot.core.ids_of_old import is_job_id"],
)
def test_an_import_for_types_alone_does_not_count(source: str) -> None:
    assert "bot.core.ids" not in list_imports(ast.parse(source))


def test_a_module_of_helpers_holds_no_test() -> None:
    assert not has_test(ast.parse("def build(): ...\nclass Helper: ..."))
    assert has_test(ast.parse("class TestIt:\n    async def test_it(self): ..."))
    assert has_test(ast.parse("TestMachine = Machine.TestCase"))


@pytest.mark.parametrize(
    ("source", "behaviour"),
    [
        ("LIMIT: Final = 3", []),
        (
            "class Port(Protocol):\n    def find(self) -> int:\n        '''Find.'''\n        ...",
            [],
        ),
        ("class Port(Protocol):\n    def find(self) -> int:\n        return 3", ["find"]),
        ("class Value:\n    @property\n    def half(self): ...", ["half"]),
        ("def find(): ...", ["find"]),
        ("find = lambda: 3", ["lambda in line 1"]),
    ],
)
def test_a_function_with_a_body_is_behaviour(source: str, behaviour: list[str]) -> None:
    assert list_behaviour(ast.parse(source)) == behaviour
