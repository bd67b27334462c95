"""The command line: what it runs, and how it ends."""

from __future__ import annotations

import errno
import faulthandler
import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import app, check, logs
from bot.__main__ import cli
from bot.adapters.sqlite.errors import FolderInUse

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-made-up-token.with.three-parts"


@pytest.fixture(autouse=True)
def quiet_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave logging as it is: what is set up would outlive the test."""
    monkeypatch.setattr(logs, "set_up_logging", lambda *_: None)
    monkeypatch.setattr(faulthandler, "enable", lambda _: None)


def write_config(folder: Path, text: str = "") -> str:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_example_as_it_is_says_what_is_missing_and_ends_with_2() -> None:
    example = ROOT / "config.example.toml"
    result = CliRunner().invoke(cli, ["run", "--config", str(example)])
    assert result.exit_code == 2
    assert "config.example.toml: 1 problem" in result.output
    assert "discord.token" in result.output
    assert "Traceback" not in result.output


def test_a_folder_that_cannot_be_made_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", TOKEN)
    (tmp_path / "data").write_text("a file, no folder")
    monkeypatch.setenv("SWARMBOT_STORAGE__DATABASE", str(tmp_path / "data" / "swarmbot.db"))
    config = tmp_path / "config.toml"
    config.touch()
    result = CliRunner().invoke(cli, ["run", "--config", str(config)])
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert str(tmp_path / "data") in said
    assert os.strerror(errno.EEXIST) in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (None, 0, ""),
        (KeyboardInterrupt(), 130, ""),
        (app.CannotStart("Make a folder."), 1, "Make a folder."),
        (app.RefusedByDiscord("Make a new token."), 78, "Make a new token."),
        (FolderInUse("Another bot is running."), 1, "Another bot is running."),
    ],
)
def test_the_end_of_a_run_is_its_exit_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException | None,
    code: int,
    said: str,
) -> None:
    dumps: list[object] = []

    async def run(*_: object) -> None:
        assert dumps == [sys.__stderr__], "a crash of a C library leaves its stack"
        if error is not None:
            raise error

    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", TOKEN)
    monkeypatch.setattr(app, "run", run)
    monkeypatch.setattr(faulthandler, "enable", dumps.append)
    result = CliRunner().invoke(cli, ["run", "--config", write_config(tmp_path)])
    assert result.exit_code == code
    assert said in result.output
    assert "Traceback" not in result.output


def test_in_a_container_an_end_that_no_restart_mends_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker restarts what ends with any other code than 0, for ever."""

    async def run(*_: object) -> None:
        raise app.RefusedByDiscord("Make a new token.")

    monkeypatch.setattr(app, "run", run)
    monkeypatch.setenv("FINAL_EXIT_CODE", "0")
    config = write_config(tmp_path)
    result = CliRunner().invoke(cli, ["run", "--config", config])
    assert (result.exit_code, "discord.token" in result.output) == (0, True)
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", TOKEN)
    result = CliRunner().invoke(cli, ["run", "--config", config])
    assert (result.exit_code, "Make a new token." in result.output) == (0, True)
    result = CliRunner().invoke(cli, ["run", "--config", config, "--final-exit-code", "7"])
    assert result.exit_code == 7


def test_the_healthcheck_needs_no_token_and_ends_with_1(tmp_path: Path) -> None:
    """Docker reserves 2, with which every other command ends if the settings are wrong."""
    database = tmp_path / "swarmbot.db"
    config = write_config(tmp_path, f'[storage]\ndatabase = "{database}"\n')
    result = CliRunner().invoke(cli, ["healthcheck", "--config", config])
    assert (result.exit_code, result.output) == (1, f"No bot runs with {database}.\n")
    config = write_config(tmp_path, "[quota]\nday = -1\n")
    result = CliRunner().invoke(cli, ["healthcheck", "--config", config])
    assert (result.exit_code, "quota.day" in result.output) == (1, True)


def test_docker_knows_the_exit_codes() -> None:
    assert "ENV FINAL_EXIT_CODE=0" in (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert "restart: on-failure" in (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [0, 1])
def test_a_check_ends_with_its_own_code_and_is_told_of_the_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    asked: list[object] = []

    async def run_checks(config: Path | None, live: str | None, *, as_json: bool) -> int:
        asked.append((config, live, as_json))
        return code

    monkeypatch.setattr(check, "run_checks", run_checks)
    config = write_config(tmp_path)
    result = CliRunner().invoke(cli, ["check", "--config", config, "--live", "70"])
    assert result.exit_code == code
    assert asked == [(Path(config), "70", False)]
    CliRunner().invoke(cli, ["check", "--config", config, "--json"])
    assert asked[1:] == [(Path(config), None, True)]


def test_a_recording_that_is_none_is_said() -> None:
    result = CliRunner().invoke(cli, ["sandbox", "swarmui", "--like", "no-such-file"])
    assert result.exit_code == 2
    assert "--like" in result.output


def test_without_a_command_it_lists_them() -> None:
    result = CliRunner().invoke(cli, [])
    for command in ("demo", "run", "check", "sandbox"):
        assert command in result.output
