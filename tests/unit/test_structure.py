"""Laws of the layout: ordered features, no import cycles, unique class names."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]

# A feature imports only features that stand before it in the list of its layer.
FEATURES: Final = {
    "bot.core": [
        "errors",
        "causes",
        "ids",
        "policy",
        "check_result",
        "ui",
        "notices",
        "text",
        "command_access",
        "moderation",
        "limits",
        "triggers",
        "blocks",
        "pauses",
        "privacy",
        "onboarding",
        "drawing",
        "audit",
        "jobs",
        "diagnosis",
        "models",
        "settings",
        "history",
        "reports",
        "help",
    ],
    "bot.flow": [
        "ports",
        "moderation",
        "runtime",
        "notices",
        "limits",
        "settings",
        "onboarding",
        "jobs",
        "audit",
        "drawing",
        "history",
        "erasures",
        "privacy",
        "blocks",
        "pauses",
        "models",
        "reports",
        "triggers",
        "departures",
        "info",
        "kept_files",
        "diagnosis",
        "maintenance",
    ],
}


def find_modules() -> dict[str, Path]:
    """Map the dotted name of every module of the product to its path, the sandbox aside."""
    paths = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(paths)
        if "sandbox" not in path.parts
    }


MODULES: Final = find_modules()


def find_imports(path: Path) -> set[str]:
    """Return the modules of the product that a file imports anywhere."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else node.module)
    return found & MODULES.keys()


def find_offences(layer: str, module: str, imported: set[str]) -> list[str]:
    """Return the imports of a module that go to a later feature of its own layer."""
    order = FEATURES[layer]
    feature = module.split(".")[2]
    if feature not in order:
        return [f"{module} is of no listed feature"]
    return [
        f"{module} imports {name}"
        for name in sorted(imported)
        if name.startswith(f"{layer}.") and order.index(name.split(".")[2]) > order.index(feature)
    ]


@pytest.mark.parametrize("layer", FEATURES)
def test_features_import_only_earlier_features(layer: str) -> None:
    offences = [
        offence
        for module, path in MODULES.items()
        if module.startswith(f"{layer}.")
        for offence in find_offences(layer, module, find_imports(path))
    ]
    assert offences == []


def test_an_import_of_a_later_feature_is_found() -> None:
    assert find_offences("bot.core", "bot.core.limits.quota", {"bot.core.jobs.job"})
    assert find_offences("bot.core", "bot.core.nowhere", set())
    assert not find_offences("bot.core", "bot.core.jobs.job", {"bot.core.limits.quota"})


def test_no_import_cycles() -> None:
    graph = {module: find_imports(path) - {module} for module, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def find_classes(path: Path) -> Iterator[str]:
    """Yield the names of all classes in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield node.name


def test_class_names_are_unique() -> None:
    places = defaultdict(list)
    for module, path in MODULES.items():
        for name in find_classes(path):
            places[name].append(module)
    assert {name: modules for name, modules in places.items() if len(modules) > 1} == {}
