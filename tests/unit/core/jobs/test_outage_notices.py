"""What is said once when SwarmUI goes away and once when it is back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core import causes
from bot.core.causes import Cause
from bot.core.errors import BackendCrashed, BackendDown
from bot.core.jobs.outage_notices import outage_notice, recovery_notice, trouble_notice
from bot.core.text import format as fmt
from tests.unit.core.make import T0

AWAY = BackendDown()


@pytest.mark.parametrize("waiting", [0, 1, 2, 1000])
def test_a_notice_says_since_when_and_how_many_wait(waiting: int) -> None:
    text = outage_notice(T0, AWAY).build_text(waiting)
    assert fmt.format_timestamp(T0) in text
    assert (fmt.format_count(waiting, "picture") in text) is (waiting > 0)


def test_a_server_that_fails_is_told_from_one_that_is_away() -> None:
    away, fails = (outage_notice(T0, error) for error in (AWAY, BackendCrashed()))
    assert away.lead != fails.lead
    assert away.is_outage
    assert fails.is_outage


@pytest.mark.parametrize(
    ("cause", "beginning"),
    [
        (causes.REFUSED, "SwarmUI stopped answering <t:"),
        (causes.GATEWAY, "SwarmUI stopped answering <t:"),
        (causes.LOGIN_EXPIRED, "SwarmUI became unusable <t:"),
        (causes.CERTIFICATE, "SwarmUI became unusable <t:"),
    ],
)
def test_a_notice_has_the_cause_and_the_fix_and_no_address(cause: Cause, beginning: str) -> None:
    text = outage_notice(T0, cause.build_error("https://10.0.0.7:7801")).build_text(3)
    assert text.startswith(beginning)
    assert "; 3 pictures are waiting. " in text
    assert text.endswith(cause.fix)
    assert "10.0.0.7" not in text
    assert "{" not in text


def test_a_refused_file_is_no_outage() -> None:
    notice = trouble_notice(causes.FILE_REFUSED.build_error())  # type: ignore[arg-type]
    assert not notice.is_outage
    assert notice.build_text(2) == (
        "SwarmUI draws, but its picture files can't be fetched; 2 pictures are waiting. "
        + causes.FILE_REFUSED.fix
    )


def test_the_end_says_how_long_it_took() -> None:
    notice = recovery_notice(timedelta(minutes=25))
    assert notice.build_text(7) == "SwarmUI is back after 25 min."
    assert notice.is_over


def test_one_picture_is_waiting_and_several_are() -> None:
    notice = outage_notice(T0, AWAY)
    assert "1 picture is waiting." in notice.build_text(1)
    assert "2 pictures are waiting." in notice.build_text(2)
    assert "nothing is waiting." in notice.build_text(0)
