"""Draw docs/architecture.md from the imports of the code: `python docs/architecture.py`."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = Path(__file__).with_name("architecture.md")
BEGIN, END = "<!-- drawn by docs/architecture.py -->", "<!-- end -->"

# Each layer with the module prefixes that belong to it. The longest matching prefix decides.
LAYERS: Final[dict[str, tuple[str, ...]]] = {
    "top": ("bot",),
    "cogs": ("cogs",),
    "discord": ("bot.adapters.discord",),
    "flow": ("bot.flow",),
    "sqlite": ("bot.adapters.sqlite",),
    "swarmui": ("bot.adapters.swarmui",),
    "files": ("bot.adapters.pictures", "bot.adapters.classifier"),
    "ports": ("bot.flow.ports",),
    "core": ("bot.core",),
}
TITLES: Final = {
    "top": "bot: app, composition, runtime, config, check",
    "cogs": "cogs",
    "discord": "adapters/discord",
    "flow": "flow",
    "sqlite": "adapters/sqlite",
    "swarmui": "adapters/swarmui",
    "files": "adapters/pictures, adapters/classifier",
    "ports": "flow/ports",
    "core": "core",
}
FEATURE_LAYERS: Final = ("core", "flow", "ports", "sqlite", "cogs")
SHARED_MODULES: Final = frozenset({"errors"})  # the same file name, but no feature


def find_modules() -> dict[str, Path]:
    """Return the path of every module of the product by its dotted name, without the sandbox."""
    paths = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(paths)
        if "sandbox" not in path.parts
    }


def find_imports(path: Path, modules: dict[str, Path]) -> set[str]:
    """Return the modules of the product that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in modules else node.module for name in names}
    return found & modules.keys()


def find_layer(module: str) -> str:
    """Return the layer of a module."""
    matches = [
        (len(prefix), layer)
        for layer, prefixes in LAYERS.items()
        for prefix in prefixes
        if f"{module}.".startswith(f"{prefix}.")
    ]
    return max(matches)[1]


def read_imports() -> dict[str, set[str]]:
    """Return what each module of the product imports."""
    modules = find_modules()
    return {name: find_imports(path, modules) for name, path in modules.items()}


def find_levels(layer: str, imports: dict[str, set[str]]) -> dict[str, int]:
    """Return the level of each feature of a layer: one above the highest feature it imports."""
    needs: dict[str, set[str]] = defaultdict(set)
    for module, imported in imports.items():
        if find_layer(module) == layer and module.count(".") >= 2:
            feature = module.split(".")[2]
            needs[feature] |= {
                name.split(".")[2]
                for name in imported
                if find_layer(name) == layer and name.count(".") >= 2
            } - {feature}

    def find_level(feature: str) -> int:
        return 1 + max((find_level(name) for name in needs[feature]), default=0)

    return {feature: find_level(feature) for feature in sorted(needs)}


def draw_picture(imports: dict[str, set[str]]) -> str:
    """Return the Mermaid picture of the layers, with the features of core and flow in levels."""
    lines = ["```mermaid", "flowchart TB"]
    for layer, title in TITLES.items():
        if layer not in ("core", "flow"):
            lines.append(f'    {layer}["{title}"]')
            continue
        levels: dict[int, list[str]] = defaultdict(list)
        for feature, level in find_levels(layer, imports).items():
            levels[level].append(feature)
        rows = [" · ".join(levels[level]) for level in sorted(levels, reverse=True)]
        lines.append(f'    {layer}["<b>{title}</b><br/>{"<br/>".join(rows)}"]')
    edges = {
        (find_layer(module), find_layer(name))
        for module, imported in imports.items()
        for name in imported
    }
    order = list(LAYERS)
    for source, target in sorted(edges, key=lambda edge: (order.index(edge[0]), edge[1])):
        if source not in (target, "top") and target != "top":
            lines.append(f"    {source} --> {target}")
    return "\n".join([*lines, "```"])


def draw_table(imports: dict[str, set[str]]) -> str:
    """Return the table of features and layers, with the number of modules in each cell."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for module in imports:
        layer, parts = find_layer(module), module.split(".")
        depth = len(LAYERS[layer][0].split(".")) if layer in FEATURE_LAYERS else len(parts)
        if depth < len(parts):
            counts[parts[depth]][layer] += 1
    shared = sorted(
        name for name, layers in counts.items() if len(layers) > 1 and name not in SHARED_MODULES
    )
    lines = [f"| feature | {' | '.join(TITLES[layer] for layer in FEATURE_LAYERS)} |"]
    lines.append(f"| --- |{' --- |' * len(FEATURE_LAYERS)}")
    for name in shared:
        cells = [str(counts[name][layer] or "") for layer in FEATURE_LAYERS]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw_page(text: str) -> str:
    """Return the page's text with the picture and the table as the code is now."""
    imports = read_imports()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    drawn = f"{draw_picture(imports)}\n\n{draw_table(imports)}"
    return f"{head}{BEGIN}\n\n{drawn}\n\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(draw_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
