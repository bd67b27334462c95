"""What each channel was told of an outage, until it knows of the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.sqlite.alerts import SqliteAlertStore
from bot.core.jobs.outage_notices import ChannelAlert
from tests.support.books import NOON, open_desk

AWAY = ChannelAlert(77, "SwarmUI stopped answering", "SwarmUI stopped answering <t:1:R>", NOON)
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteAlertStore]:
    async with open_desk(tmp_path / "b.db") as desk:
        yield SqliteAlertStore(desk.db)


async def test_the_same_cause_is_recorded_once(store: SqliteAlertStore) -> None:
    assert await store.record_alert(AWAY)
    assert not await store.record_alert(replace(AWAY, text="again", made_at=LATER))
    assert await store.list_alerts() == (AWAY,)
    await store.mark_alert_sent(AWAY)
    assert await store.list_alerts() == (replace(AWAY, is_sent=True),)
    other = replace(AWAY, cause="SwarmUI lost its backends", made_at=LATER)
    assert await store.record_alert(other)
    await store.mark_alert_sent(AWAY)  # that was another one
    assert await store.list_alerts() == (other,)


async def test_only_an_unsent_alert_of_that_time_or_earlier_is_forgotten(
    store: SqliteAlertStore,
) -> None:
    sent, new = replace(AWAY, channel=88), replace(AWAY, channel=99, made_at=LATER)
    for alert in (AWAY, sent, new):
        await store.record_alert(alert)
    await store.mark_alert_sent(sent)
    await store.delete_unsent_alerts(NOON)
    assert await store.list_alerts() == (replace(sent, is_sent=True), new)


async def test_the_end_goes_to_whom_the_beginning_went(store: SqliteAlertStore) -> None:
    elsewhere = replace(AWAY, channel=88)
    for alert in (AWAY, elsewhere):
        await store.record_alert(alert)
    ended = await store.end_alerts("It is back.", LATER)
    assert {one.channel for one in ended} == {77, 88}
    assert await store.end_alerts("It is back.", LATER) == ()
    assert await store.list_alerts() == tuple(sorted(ended, key=lambda one: one.channel))
    await store.mark_alert_sent(ended[0])
    await store.delete_alert(ended[1])
    assert await store.list_alerts() == ()
