"""The line under the bot's name is true from the first moment on, in every session."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from structlog.testing import capture_logs

from bot.core.errors import BackendDown
from bot.core.jobs.status_line import IDLE_STATUS, describe_status
from bot.host_commands import pause
from tests.loopback.test_gateway_reconnects import set_faults
from tests.support.town import Town, town

AWAY: Final = describe_status(BackendDown())


async def line(here: Town) -> str:
    """What people read under the bot's name, or "" while it is not there."""
    shown = (await here.get("world"))["bot"]["activities"]
    return str(shown[0]["state"]) if shown else ""


async def becomes(here: Town, text: str) -> None:
    async def is_so() -> bool:
        return await line(here) == text

    await here.until(is_so, f"the line says {text!r}")


async def test_it_is_true_before_the_first_session(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.script(down=True)
        await here.start_bot()
        assert await line(here) == AWAY
        await here.script(down=False)
        await becomes(here, IDLE_STATUS)


async def test_a_pause_is_shown_from_the_start_on(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await becomes(here, IDLE_STATUS)
        pause(here.settings(), "2h", datetime.now(UTC))
        await here.stop_bot()
        await here.start_bot()
        assert await line(here) == describe_status(None, is_paused=True)


@pytest.mark.soak
async def test_it_is_true_in_a_new_session_and_after_a_gap_of_the_network(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.script(down=True)
        await here.start_bot()
        sessions = here.discord.hub.sessions
        (first,) = sessions.connected
        await set_faults(here, {"invalid_session": True})
        await here.until(lambda: any(one is not first for one in sessions.connected), "a new one")
        assert await line(here) == AWAY
        with capture_logs() as entries:
            await set_faults(here, {"cut": True}, {"refuse": True})
            await here.until(lambda: not sessions.connected, "it is cut off")
            await here.script(down=False)
            back = "SwarmUI is back"
            await here.until(lambda: any(one["event"] == back for one in entries), back)
        await set_faults(here)
        await becomes(here, IDLE_STATUS)
        assert here.discord.hub.report.gateway["identify"] == 2, "the session is the same"
