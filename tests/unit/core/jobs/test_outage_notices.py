"""What is said once when SwarmUI goes away and once when it is back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.jobs.outage_notices import outage_notice, recovery_notice
from bot.core.text import format as fmt
from tests.unit.core.make import T0


@pytest.mark.parametrize("waiting", [0, 1, 2, 1000])
def test_a_notice_says_since_when_and_how_many_wait(waiting: int) -> None:
    notice = outage_notice(T0, waiting, broken=False)
    assert notice.since == T0
    assert fmt.format_timestamp(T0) in notice.text
    assert (fmt.format_count(waiting, "picture") in notice.text) is (waiting > 0)


def test_a_server_that_fails_is_told_from_one_that_is_away() -> None:
    away, fails = (outage_notice(T0, 1, broken=broken) for broken in (False, True))
    assert (away.broken, fails.broken) == (False, True)
    assert away.text != fails.text
    assert away.presence != fails.presence
    assert "" not in (away.presence, fails.presence)


def test_the_end_says_how_long_it_took_and_takes_the_line_away() -> None:
    notice = recovery_notice(timedelta(minutes=25))
    assert "25 min" in notice.text
    assert (notice.presence, notice.since) == ("", None)


def test_one_picture_is_waiting_and_several_are() -> None:
    assert "1 picture is waiting." in outage_notice(T0, 1, broken=False).text
    assert "2 pictures are waiting." in outage_notice(T0, 2, broken=True).text
