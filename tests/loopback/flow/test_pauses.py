"""The host's command pauses a bot that runs, and a restart keeps to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.flow.pauses import CHECK_INTERVAL_S
from bot.host_commands import pause, resume
from tests.support.town import town


async def test_a_running_bot_follows_the_hosts_command(tmp_path: Path) -> None:
    assert CHECK_INTERVAL_S <= 10, "the command says that it follows within seconds"
    async with town(tmp_path) as here:
        await here.start_bot()
        settings = here.settings()
        pause(settings, "2h", datetime.now(UTC))
        await here.stop_bot()
        await here.start_bot()  # which has read the row before it takes the first request
        state = await here.imagine("mia")
        card = await here.becomes(state["id"], lambda m: "Drawing is paused." in m["content"])
        assert "I'll keep your place" in card["content"]
        assert here.rows("SELECT state FROM jobs") == [("queued",)]
        assert (await here.swarm_report())["generations"] == []
        resume(settings, datetime.now(UTC))
        await here.picture(state)
        here.balanced()
        await here.clean()
