"""When a finished job calls its requester."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.policy import GuildSettings, PingSetting
from bot.flow.jobs.completion_ping import CompletionPing
from bot.flow.runtime.context import HostSettings
from tests.unit.core.make import a_job

HOST = HostSettings(ping_after_s=60, ping_after_messages=3)
JOB, OTHER = a_job(1), a_job(2)
SOON = JOB.created_at + timedelta(seconds=1)


def bell(ring: PingSetting = PingSetting.HOST) -> CompletionPing:
    made = CompletionPing(HOST, lambda _: GuildSettings(ring=ring))
    made.track(JOB.id, 70)
    return made


@pytest.mark.parametrize(("seconds", "due"), [(0, False), (60, False), (61, True)])
def test_a_long_wait_calls(seconds: int, due: bool) -> None:
    assert bell().is_due(JOB, JOB.created_at + timedelta(seconds=seconds)) is due


@pytest.mark.parametrize(("messages", "due"), [(0, False), (2, False), (3, True), (4, True)])
def test_a_channel_that_moved_on_calls(messages: int, due: bool) -> None:
    ping = bell()
    for _ in range(messages):
        ping.message_seen(70)
        ping.message_seen(71)
    assert ping.is_due(JOB, SOON) is due


def test_messages_count_for_each_job_since_its_own_card() -> None:
    ping = bell()
    ping.message_seen(70)
    ping.track(OTHER.id, 70)
    for _ in range(2):
        ping.message_seen(70)
    assert ping.is_due(JOB, SOON)
    assert not ping.is_due(OTHER, SOON)


@pytest.mark.parametrize("seconds", [0, 3600])
@pytest.mark.parametrize(("ring", "due"), [(PingSetting.ALWAYS, True), (PingSetting.NEVER, False)])
def test_a_server_may_want_it_each_time_or_never(
    ring: PingSetting, due: bool, seconds: int
) -> None:
    assert bell(ring).is_due(JOB, JOB.created_at + timedelta(seconds=seconds)) is due


def test_a_job_that_is_over_is_counted_no_more() -> None:
    ping = bell()
    ping.track(OTHER.id, 70)
    ping.forget_job(JOB.id)
    ping.forget_job(JOB.id)
    for _ in range(3):
        ping.message_seen(70)
    assert not ping.is_due(JOB, SOON)
    assert ping.is_due(OTHER, SOON)
