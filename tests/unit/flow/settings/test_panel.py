"""The panel's flow where no Discord is needed to see it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bot.flow.settings import store
from bot.flow.settings.panel import SettingsSession
from tests.support.books import MODERATOR
from tests.support.flow import stage
from tests.support.settings import set_fields


async def test_time_zones_are_listed_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time that takes a tenth of a second, in which nobody else would be answered.

    Nor on the thread of the books, whatever is changed: every job would wait for it.
    """
    threads = []

    def listed() -> set[str]:
        threads.append(threading.current_thread().name)
        return {"Europe/Berlin"}

    monkeypatch.setattr(store, "available_timezones", listed)
    store._load_time_zones.cache_clear()
    try:
        async with stage(tmp_path) as here:
            await set_fields(here.flow.guild_settings, MODERATOR, time_zone="europe/berlin")
            assert (
                here.flow.guild_settings.get_settings(MODERATOR.guild).time_zone == "Europe/Berlin"
            )
            await set_fields(here.flow.guild_settings, MODERATOR, time_zone="")
            await here.flow.settings.submit_form(
                SettingsSession(MODERATOR), "zone", {"zone": "berlin"}
            )
            assert (
                here.flow.guild_settings.get_settings(MODERATOR.guild).time_zone == "Europe/Berlin"
            )
    finally:
        store._load_time_zones.cache_clear()
    assert len(threads) == 1
    assert threads[0].startswith("asyncio")  # the loop's own helpers
