"""The time zones that this machine knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.limits.quota import parse_zone
from bot.flow.settings import known_time_zones


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Nothing is remembered before the test or after it."""
    known_time_zones._load_time_zones.cache_clear()
    yield
    known_time_zones._load_time_zones.cache_clear()


async def test_the_usual_zones_are_there_and_each_can_be_used() -> None:
    zones = await known_time_zones.list_time_zones()
    assert {"UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"} <= zones
    for zone in sorted(zones)[::50]:
        assert parse_zone(zone)


async def test_they_are_read_once_and_utc_is_there_without_any_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []

    def available() -> set[str]:
        read.append(1)
        return set()

    monkeypatch.setattr(known_time_zones, "available_timezones", available)
    assert await known_time_zones.list_time_zones() == {"UTC"}
    assert await known_time_zones.list_time_zones() == {"UTC"}
    assert read == [1]
