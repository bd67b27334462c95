"""The pages have the words and the form of `swarmbot check`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.adapters.discord.diagnostics import (
    application_checks,
    channel_checks,
    command_check,
    gateway_check,
    guild_checks,
    rest_reader,
)
from bot.adapters.discord.session_starts import GatewayInfo
from bot.check import format_json
from bot.core.check_result import ChannelUse, CheckResult
from bot.storage_check import check_storage
from tests.support.check_names import DISCORD_CHECKS
from tests.support.program import build_settings

ROOT: Final = Path(__file__).resolve().parents[2]
TROUBLES: Final = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
RUN: Final = (ROOT / "docs/run.md").read_text(encoding="utf-8")
NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
APPLICATION: Final = 4711
PORTAL: Final[dict[str, Any]] = {"id": str(APPLICATION), "flags": 0}
GATEWAY: Final = "wss://gateway.discord.gg"


def build_problems(folder: Path) -> Iterator[CheckResult]:
    """What is wrong most often, in the order of the page."""
    (folder / "data").touch()
    storage = {"database": folder / "data/swarmbot.db", "spool": folder / "data/spool"}
    found = check_storage(build_settings(storage=storage))
    yield from (one for one in found if not one.ok)
    for status, body in ((401, {}), (503, {}), (302, {})):
        problem = rest_reader.build_problem("/users/@me", status, body)
        yield CheckResult("token", False, problem.sentence, problem.fix)
    yield application_checks.check_clock(NOON + timedelta(seconds=120), NOON)
    yield application_checks.check_intents(PORTAL)
    yield application_checks.check_endpoint({**PORTAL, "interactions_endpoint_url": "https://x"})
    yield application_checks.check_invitation({**PORTAL, "bot_require_code_grant": True})
    yield application_checks.check_invitation({**PORTAL, "integration_types_config": {"1": {}}})
    yield gateway_check.build_silence_result(GATEWAY, "Nothing comes within 10 seconds")
    yield gateway_check.check_session_starts(GatewayInfo(1, None, 0, 3 * 3600.0, 1))
    yield guild_checks.check_guilds(guild_checks.JoinedGuilds({}), APPLICATION)
    yield guild_checks.build_shut_result(["Art Club"], APPLICATION)
    yield command_check.build_drift_result(["imagine", "quota"])
    why = ChannelUse.DRAWN.value
    yield channel_checks.build_missing_result("Attach Files", "#art of Art Club", why)


def read_rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its first two lines."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_each_problem_stands_there_word_for_word(tmp_path: Path) -> None:
    told = read_rows(TROUBLES, "Checks of Discord and of this computer")
    expected = [
        [one.name, one.detail.replace(str(tmp_path), ""), one.fix]
        for one in build_problems(tmp_path)
    ]
    assert told == expected


def test_the_page_names_each_line_of_the_check() -> None:
    """As tests/loopback/test_check.py prints them."""
    named = [cells[0] for cells in read_rows(RUN, "What `swarmbot check` tests")]
    assert named == [
        "settings",
        "storage",
        "disk",
        "process",
        "file mode",
        *DISCORD_CHECKS,
    ]


def test_the_page_says_whose_the_application_is() -> None:
    """As `CommandRegistration` needs it."""
    assert "The Discord application must belong to this bot alone" in " ".join(RUN.split())


def test_the_json_of_the_page_is_that_of_the_check() -> None:
    section = RUN.partition("\n## What `swarmbot check` tests\n")[2].partition("\n## ")[0]
    shown = json.loads(re.findall(r"```json\n(.+?)```", section, re.DOTALL)[0])
    findings = [
        CheckResult(one["name"], one["state"] == "ok", one["sentence"], one["fix"])
        for one in shown["checks"]
    ]
    assert json.loads(format_json(findings)) == shown
    assert {one.ok for one in findings} == {True, False}
    assert "--json" in section
