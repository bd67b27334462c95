"""What a host sees at the first start."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import logs
from bot.__main__ import cli
from tests.support.town import ROOT, town


async def test_in_no_server_it_prints_the_invite_link(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        here.discord.world.guilds.clear()
        await here.start_bot()
        await here.until(lambda: here.said)
        [line] = here.said
        assert line.startswith("I'm in no server yet. Open this: https://discord.com/")
        assert "permissions=" in line
        assert "applications.commands" in line


async def test_without_message_content_it_says_what_sleeps_and_where_to_mend_it(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        here.discord.world.granted = ()
        await here.start_bot()
        await here.until(lambda: here.said)
        assert here.said == [
            "Message Content is off: phrases sleep, /imagine and mentions work. "
            "Switch it on here: https://discord.com/developers/applications/"
            f"{here.world['application_id']}/bot"
        ]


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
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", "a-made-up-token.with.three-parts")
    monkeypatch.setattr(logs, "set_up_logging", lambda *_: None)  # it would outlive the test
    (tmp_path / "data").write_text("a file, no folder")
    monkeypatch.setenv("SWARMBOT_STORAGE__DATABASE", str(tmp_path / "data" / "swarmbot.db"))
    config = tmp_path / "config.toml"
    config.touch()
    result = CliRunner().invoke(cli, ["run", "--config", str(config)])
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert said == f"Cannot make the folder {tmp_path / 'data'}: {os.strerror(errno.EEXIST)}"
