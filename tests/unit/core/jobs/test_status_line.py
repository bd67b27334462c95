"""What the line under the bot's name says."""

from __future__ import annotations

from bot.core.errors import BackendCrashed, BackendDown, LoginRequired, NoBackend
from bot.core.jobs.status_line import IDLE_STATUS, describe_status


def test_it_says_what_holds_drawing_up() -> None:
    waits = "pictures are waiting"
    assert describe_status(None) == IDLE_STATUS == "/imagine"
    assert describe_status(BackendDown()) == f"SwarmUI is offline, {waits}"
    assert describe_status(BackendCrashed()) == f"SwarmUI is failing, {waits}"
    assert describe_status(NoBackend()) == f"SwarmUI has no backend, {waits}"
    assert describe_status(LoginRequired()) == f"SwarmUI needs its host, {waits}"
    assert describe_status(None, is_paused=True) == "Drawing is paused"


def test_an_outage_goes_before_a_pause_and_a_restart_before_both() -> None:
    assert describe_status(BackendDown(), is_paused=True) == describe_status(BackendDown())
    stops = describe_status(BackendDown(), is_paused=True, is_stopping=True)
    assert stops == "Restarting, try again in a minute"
