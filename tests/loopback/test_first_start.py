"""What a host sees at the first start."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

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


def test_the_example_as_it_is_says_what_is_missing_and_ends_with_2() -> None:
    example = ROOT / "config.example.toml"
    result = CliRunner().invoke(cli, ["run", "--config", str(example)])
    assert result.exit_code == 2
    assert "config.example.toml: 1 problem" in result.output
    assert "discord.token" in result.output
    assert "Traceback" not in result.output
