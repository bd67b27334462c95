"""`swarmbot healthcheck` beside a bot that runs: connected, cut off and stopped."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import heartbeat
from bot.__main__ import cli
from tests.loopback.test_gateway_reconnects import set_faults
from tests.support.town import Town, town


def ask(here: Town) -> tuple[int, str]:
    """The exit code of the healthcheck, and what it says."""
    result = CliRunner().invoke(cli, ["healthcheck", "--config", str(here.write_config())])
    return result.exit_code, result.output.strip()


async def test_the_healthcheck_sees_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_INTERVAL_S", 0.02)
    monkeypatch.setattr(heartbeat, "SILENT_AFTER", timedelta(minutes=5))
    well = (0, "The bot runs and is connected to Discord.")
    async with town(tmp_path) as here:
        assert ask(here) == (1, f"No bot runs with {here.database}.")
        await here.start_bot()
        await here.until(lambda: ask(here) == well)
        await set_faults(here, {"cut": True}, {"refuse": True})
        await here.until(lambda: "It has not been connected to Discord for" in ask(here)[1])
        monkeypatch.setattr(heartbeat, "OFFLINE_AFTER", timedelta(0))
        await here.until(lambda: ask(here)[0] == 1)
        assert ask(here)[1].startswith("The bot runs, but has not been connected to Discord for")
        await set_faults(here)
        await here.until(lambda: ask(here) == well)
        await here.stop_bot()
        assert ask(here) == (1, f"No bot runs with {here.database}.")
