"""Who may import whom. One dictionary; design and code cannot drift apart."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

IMPURE = {"asyncio", "time", "random", "os", "logging", "sqlite3", "socket", "threading", "secrets"}
LOG = {"structlog"}

# folder or file -> what it may import beyond the standard library; the longest match decides
MAY_IMPORT: dict[str, set[str]] = {
    "bot/core": {"bot.core"},
    "bot/core/drawing/name_match.py": {"bot.core", "rapidfuzz"},
    "bot/flow": {"bot.core", "bot.flow", *LOG},
    "bot/adapters/swarmui": {
        "bot.core",
        "bot.flow.ports",
        "bot.adapters.swarmui",
        "aiohttp",
        "yarl",
        "websockets",
        "pydantic",
        *LOG,
    },
    "bot/adapters/sqlite": {
        "bot.core",
        "bot.flow.ports",
        "bot.adapters.sqlite",
        "aiosqlite",
        *LOG,
    },
    "bot/adapters/discord": {
        "bot.core",
        "bot.flow",
        "bot.adapters.discord",
        "discord",
        "aiohttp",
        "yarl",
        *LOG,
    },
    "bot/adapters/classifier.py": {"bot.core", "bot.flow.ports", "aiohttp", *LOG},
    "bot/adapters/pictures": {
        "bot.core",
        "bot.flow.ports",
        "bot.adapters.pictures",
        "PIL",
        *LOG,
    },
    "cogs": {"bot.core", "bot.flow", "bot.adapters.discord", "discord"},
    "bot/sandbox": {"bot.sandbox", "aiohttp", "yarl", "PIL"},
    "bot/config.py": {
        "bot.config_sections",
        "bot.renamed_settings",
        "pydantic",
        "pydantic_settings",
        "rapidfuzz",
    },
    "bot/config_sections.py": {"bot.config_values", "bot.core", "pydantic"},
    "bot/config_values.py": {"pydantic"},
    "bot/renamed_settings.py": set(),
    "bot/logs.py": {"bot.core", "structlog"},
    "bot/loop_watchdog.py": set(LOG),
    "bot/app.py": {"bot", "cogs", "discord", "aiohttp", *LOG},
    "bot/runtime.py": {
        "bot.composition",
        "bot.adapters.discord",
        "bot.config",
        "bot.core",
        "bot.flow",
        "cogs",
        "discord",
        *LOG,
    },
    "bot/composition.py": {"bot.core", "bot.flow"},
    "bot/views.py": {"bot.adapters.swarmui", "bot.config", "bot.core", "bot.flow.runtime.context"},
    "bot/check.py": {"bot", "rich", "PIL"},
    "bot/heartbeat.py": {"bot.core", "bot.flow.runtime.clock"},
    "bot/storage_check.py": {
        "bot.adapters.pictures",
        "bot.adapters.sqlite",
        "bot.config",
        "bot.core",
    },
    "bot/host_commands.py": {"bot.adapters.sqlite", "bot.config", "bot.core", "bot.views"},
    "bot/__main__.py": {"bot", "typer", "rich", *LOG},
    # the door: it builds the cogs, no cog sees another
    "cogs/__init__.py": {"cogs", "bot.flow", "bot.adapters.discord", "discord"},
    "bot/__init__.py": set(),
    "bot/adapters/__init__.py": set(),
}


def modules() -> list[Path]:
    found = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def law_for(path: str) -> set[str]:
    rules = [key for key in MAY_IMPORT if path == key or path.startswith(key + "/")]
    assert rules, f"{path} is under no rule"
    return MAY_IMPORT[max(rules, key=len)]


def imports(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def offences(path: str, source: str) -> list[str]:
    allowed, found = law_for(path), []
    for name in sorted(imports(source)):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            if path.startswith("bot/core/") and top in IMPURE:
                found.append(f"{path} imports {name}: the core is pure")
        elif not any(name == rule or name.startswith(rule + ".") for rule in allowed):
            found.append(f"{path} imports {name}")
        if path.startswith("cogs/") and top == "cogs" and path != "cogs/__init__.py":
            found.append(f"{path} imports {name}: cogs never meet")
    return found


@pytest.mark.parametrize("path", [p.relative_to(ROOT).as_posix() for p in modules()])
def test_the_law_is_kept(path: str) -> None:
    assert offences(path, (ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bot/core/x.py", "import asyncio"),
        ("bot/core/x.py", "from bot.flow.ports import Books"),
        ("bot/flow/x.py", "import aiohttp"),
        ("bot/adapters/sqlite/x.py", "from bot.flow.drawing.requests import Desk"),
        ("bot/adapters/sqlite/x.py", "from bot.adapters.discord.rest.messages import Board"),
        ("bot/sandbox/x.py", "from bot.core.ids import JobId"),
        ("cogs/x.py", "from cogs.imagine import Imagine"),
        ("cogs/x.py", "import aiosqlite"),
    ],
)
def test_the_law_bites(path: str, source: str) -> None:
    assert offences(path, source)
