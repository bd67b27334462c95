"""The panel's flow where no Discord is needed to see it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bot.flow import settings
from bot.flow.settings import Panel
from tests.support.books import MODERATOR
from tests.support.flow import stage


async def test_time_zones_are_listed_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time that takes a tenth of a second, in which nobody else would be answered."""
    threads = set()

    def listed() -> set[str]:
        threads.add(threading.current_thread())
        return {"Europe/Berlin"}

    monkeypatch.setattr(settings, "available_timezones", listed)
    settings._zones.cache_clear()
    try:
        async with stage(tmp_path) as here:
            await here.flow.settings.send(Panel(MODERATOR, "m"), "zone", {"zone": "berlin"})
            assert here.flow.policies.of(MODERATOR.guild).time_zone == "Europe/Berlin"
    finally:
        settings._zones.cache_clear()
    assert threads
    assert threading.main_thread() not in threads
