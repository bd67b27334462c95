"""What README and docs say is what the program does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from discord import app_commands
from discord.ext import commands
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.config import known_keys
from bot.renamed_settings import RENAMED_KEYS
from cogs.block import BlockCog
from cogs.context_menus import IMAGINE_MENU, PARAMETERS_MENU, REMIX_MENU
from cogs.diagnose import DiagnoseCog
from cogs.help import HelpCog
from cogs.history import HistoryCog
from cogs.imagine import ImagineCog
from cogs.limits import LimitsCog
from cogs.models import ModelsCog
from cogs.pauses import PauseCog
from cogs.privacy import PrivacyCog
from cogs.queue import QueueCog
from cogs.quota import QuotaCog
from cogs.reports import REPORT_MENU as REPORT
from cogs.settings import SettingsCog
from cogs.triggers import TriggersCog

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of the README."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def leaves() -> dict[str, app_commands.Command[Any, ..., Any]]:
    """Every command that people can type, by its full name."""
    found: dict[str, app_commands.Command[Any, ..., Any]] = {}
    cogs: tuple[type[commands.Cog], ...] = (
        ImagineCog,
        ModelsCog,
        QuotaCog,
        QueueCog,
        HelpCog,
        DiagnoseCog,
        HistoryCog,
        LimitsCog,
        TriggersCog,
        BlockCog,
        SettingsCog,
        PauseCog,
        PrivacyCog,
    )
    for cog in cogs:
        group = f"{cog.__cog_group_name__} " if cog.__cog_is_app_commands_group__ else ""
        for command in cog.__cog_app_commands__:
            assert isinstance(command, app_commands.Command)
            found[f"{group}{command.name}"] = command
    return found


def test_the_table_of_commands_is_the_tree_of_commands() -> None:
    told = {row[0].strip("`/") for row in rows("Commands")}
    assert told == set(leaves())


def test_every_message_menu_is_named() -> None:
    for name in (REMIX_MENU, PARAMETERS_MENU, IMAGINE_MENU, REPORT):
        assert f"**{name}**" in README


def test_every_option_is_named_in_the_table() -> None:
    for cells in rows("Commands"):
        command = leaves()[cells[0].strip("`/")]
        missing = [p.name for p in command.parameters if f"`{p.name}`" not in cells[2]]
        assert missing == [], cells[0]


def test_the_table_of_settings_is_the_example() -> None:
    told = {row[0].strip("`"): row[1].strip("`") for row in rows("Settings")}
    assert tuple(told) == known_keys()
    for key, value in told.items():
        section, name = key.split(".")
        assert tomllib.loads(f"x = {value}")["x"] == EXAMPLE[section][name], key


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    sections = "|".join(EXAMPLE)
    named = set(re.findall(rf"`((?:{sections})\.[a-z_]+)`", page.read_text(encoding="utf-8")))
    old = set(RENAMED_KEYS) if page.name == "CHANGELOG.md" else set()
    assert named <= set(known_keys()) | old


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    targets = set(re.findall(r"`make ([a-z-]+)", text)) | set(
        re.findall(r"^make ([a-z-]+)", text, re.M)
    )
    assert targets >= {"demo", "test", "run", "check"}
    assert [t for t in targets if f"\n{t}: " not in makefile] == []


@pytest.mark.parametrize(
    "command",
    [
        "demo",
        "run",
        "check",
        "healthcheck",
        "backup",
        "restore",
        "repair-totals",
        "forget-server",
        "pause",
        "resume",
        "sandbox discord",
        "sandbox swarmui",
    ],
)
def test_the_command_line_has_what_the_pages_name(command: str) -> None:
    result = CliRunner().invoke(cli, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
