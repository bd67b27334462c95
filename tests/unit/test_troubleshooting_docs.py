"""docs/troubleshooting.md has every cause with the exact sentences that people read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from bot.adapters.swarmui.probe import describe_tried_versions
from bot.core import errors
from bot.core.causes import CAUSES
from bot.core.errors import BackendError
from bot.core.jobs.outage_notices import outage_notice, trouble_notice

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
SERVER: Final = "http://127.0.0.1:7801"
# A cause that another kind of address has.
SERVERS: Final = {
    "UNKNOWN_HOST": "http://swarm-pc:7801",
    "TLS_ON_PLAIN": "https://127.0.0.1:7801",
    "CERTIFICATE": "https://127.0.0.1:7801",
}
TARGET: Final = "https://swarm.example.org"
AGO: Final = "5 minutes ago"


def read_sections() -> list[dict[str, str]]:
    """Every section below "Causes", its table as a dictionary."""
    sections = PAGE.partition("## Causes\n")[2].split("\n### ")[1:]
    rows = (re.findall(r"^\| ([^|]+?) \| (.+) \|$", section, re.MULTILINE) for section in sections)
    return [dict(found) for found in rows]


def describe_alert(error: BackendError) -> str:
    """What the log channel reads."""
    if isinstance(error, errors.FileRefused):
        return trouble_notice(error).build_text(3)
    if isinstance(error, errors.BackendDown | errors.HostMustAct):
        text = outage_notice(datetime(2026, 1, 1, tzinfo=UTC), error).build_text(3)
        return re.sub(r"<t:\d+:R>", AGO, text)
    return "nothing, it is about one request"


@pytest.mark.parametrize("name", CAUSES)
def test_each_cause_stands_there_word_for_word(name: str) -> None:
    error = CAUSES[name].build_error()
    expected = {
        "where": "what it says",
        "---": "---",
        "member's message": error.sentence,
        "log channel": describe_alert(error),
        "`swarmbot check`": error.describe(server=SERVERS.get(name, SERVER), target=TARGET),
        "`/diagnose`": error.report,
        "fix": error.fix,
    }
    assert expected in read_sections()


@pytest.mark.parametrize(
    "error", [errors.BackendCrashed, errors.BackendStalled, errors.GenerationNotStarted]
)
def test_a_failure_while_drawing_stands_there(error: type[BackendError]) -> None:
    section = PAGE.partition("## Failures while drawing\n")[2].partition("\n## ")[0]
    assert f"\n| {error.default} | " in section


def test_nothing_else_stands_there() -> None:
    assert len(read_sections()) == len(CAUSES)
    titles = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert len(set(titles)) == len(titles) == len(CAUSES)


def test_the_page_is_found_from_the_readme() -> None:
    assert "docs/troubleshooting.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_versions_that_were_tried_stand_in_the_docs() -> None:
    run = (ROOT / "docs/run.md").read_text(encoding="utf-8")
    tried = describe_tried_versions().removeprefix("I was tried with ")
    assert f"The bot was tried with SwarmUI {tried}" in run
    assert "SSL_CERT_FILE" in run
