"""When drawing pauses: spans, times of day, schedules over midnight and the change of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import Refused
from bot.core.pauses import (
    EVERYWHERE,
    StoredPause,
    describe_pause,
    find_pause_ends,
    find_window_end,
    parse_pause_end,
    parse_window,
    paused_card,
    resumed_card,
)
from bot.core.text.format import format_timestamp

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday


def berlin(text: str) -> datetime:
    """That moment on the clocks of Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("windows", "now", "end"),
    [
        (["18:00-23:00"], "2026-11-24T17:59:59", None),
        (["18:00-23:00"], "2026-11-24T18:00", "2026-11-24T23:00"),
        (["18:00-23:00"], "2026-11-24T23:00", None),
        (["20:00-02:00"], "2026-11-24T23:30", "2026-11-25T02:00"),
        (["20:00-02:00"], "2026-11-25T01:59", "2026-11-25T02:00"),
        (["20:00-02:00"], "2026-11-25T02:00", None),
        (["Tue 20:00-02:00"], "2026-11-25T01:00", "2026-11-25T02:00"),
        (["Wed 20:00-02:00"], "2026-11-25T01:00", None),
        (["Mon-Fri 18:00-23:00"], "2026-11-28T19:00", None),
        (["mon - fri  18:00 - 23:00"], "2026-11-27T19:00", "2026-11-27T23:00"),
        (["Sat,Sun 14:00-24:00"], "2026-11-29T15:00", "2026-11-30T00:00"),
        (["Saturday, Sunday 14:00-16:00"], "2026-11-28T15:00", "2026-11-28T16:00"),
        (["Fri-Mon 8:00-9:00"], "2026-11-30T08:30", "2026-11-30T09:00"),
        (["Fri-Mon 8:00-9:00"], "2026-11-26T08:30", None),
        # One after the other without a gap is one pause.
        (["18:00-24:00", "00:00-02:00"], "2026-11-24T19:00", "2026-11-25T02:00"),
        (["18:00-20:00", "19:00-21:00"], "2026-11-24T19:30", "2026-11-24T21:00"),
        # In the night to 25 October the clocks go back, and an hour comes twice.
        (["Sun 01:00-04:00"], "2026-10-25T01:00", "2026-10-25T04:00"),
    ],
)
def test_the_present_window_and_its_end(windows: list[str], now: str, end: str | None) -> None:
    parsed = tuple(map(parse_window, windows))
    found = find_window_end(parsed, BERLIN, berlin(now).astimezone(UTC))
    assert found == (None if end is None else berlin(end).astimezone(UTC))


def test_the_change_of_clocks_makes_a_pause_an_hour_longer() -> None:
    start = berlin("2026-10-25T01:00").astimezone(UTC)
    end = find_window_end((parse_window("01:00-04:00"),), BERLIN, start)
    assert end is not None
    assert end - start == timedelta(hours=4)


def test_a_schedule_without_an_end_is_no_endless_loop() -> None:
    end = find_window_end((parse_window("00:00-24:00"),), UTC_ZONE, NOON)
    assert end is not None
    assert end > NOON + timedelta(days=7)
    assert find_window_end((), UTC_ZONE, NOON) is None


@pytest.mark.parametrize(
    "text", ["", "18-23", "18:00", "25:00-26:00", "Foo 18:00-23:00", "Mon-Foo 18:00-23:00", "9:5-1"]
)
def test_what_is_no_window_is_said_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time span; write it like \"Mon-Fri 18:00-23:00\""):
        parse_window(text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2h", NOON + timedelta(hours=2)),
        (" 30 min ", NOON + timedelta(minutes=30)),
        ("5m", NOON + timedelta(minutes=5)),
        ("30d", NOON + timedelta(days=30)),
        ("23:30", berlin("2026-11-24T23:30")),
        ("13:00", berlin("2026-11-25T13:00")),  # it is that time in Berlin right now
        ("24:00", berlin("2026-11-25T00:00")),
    ],
)
def test_an_end_is_read(text: str, end: datetime) -> None:
    assert parse_pause_end(text, BERLIN, NOON) == end.astimezone(UTC)


@pytest.mark.parametrize("text", ["", "2", "soon", "0h", "31d", "99999d", "25:00", "12:61", "-2h"])
def test_an_end_that_is_none_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_pause_end(text, BERLIN, NOON)
    assert caught.value.rule == "pause.span"
    assert caught.value.sentence.endswith(".")


def hours(n: float) -> datetime:
    """That many hours after noon."""
    return NOON + timedelta(hours=n)


@pytest.mark.parametrize(
    ("rows", "ends"),
    [
        ([], {}),
        ([StoredPause(7, hours(1))], {7: hours(1)}),
        ([StoredPause(7, hours(0))], {}),
        ([StoredPause(7, hours(-1)), StoredPause(8, hours(2))], {8: hours(2)}),
        ([StoredPause(EVERYWHERE, hours(3))], {EVERYWHERE: hours(3)}),
        ([StoredPause(EVERYWHERE, hours(3)), StoredPause(7, hours(1))], {0: hours(3), 7: hours(1)}),
        ([StoredPause(EVERYWHERE, hours(3), paused=False)], {}),
    ],
)
def test_rows_without_a_schedule(rows: list[StoredPause], ends: dict[int, datetime]) -> None:
    assert find_pause_ends(rows, (), UTC_ZONE, NOON) == ends


def test_the_hosts_word_wins_over_the_schedule_and_joins_it() -> None:
    windows = (parse_window("11:00-14:00"), parse_window("18:00-23:00"))

    def ends(*rows: StoredPause) -> dict[int, datetime]:
        return dict(find_pause_ends(rows, windows, UTC_ZONE, NOON))

    assert ends() == {EVERYWHERE: hours(2)}
    assert ends(StoredPause(EVERYWHERE, hours(2), paused=False)) == {}
    assert ends(StoredPause(EVERYWHERE, hours(-1), paused=False)) == {EVERYWHERE: hours(2)}
    assert ends(StoredPause(EVERYWHERE, hours(4))) == {EVERYWHERE: hours(4)}
    # It ends within the evening's window, which goes on.
    assert ends(StoredPause(EVERYWHERE, hours(7))) == {EVERYWHERE: hours(11)}


def test_the_words() -> None:
    ends, later = format_timestamp(hours(1)), format_timestamp(hours(5))
    assert describe_pause(hours(1)) == f"Drawing is paused. It continues {ends}."
    lines = [
        f"Drawing is paused in this server. It continues {ends}. To continue earlier, use "
        "`/resume`.",
        "Pictures that are being drawn will still finish. New requests wait in the queue.",
    ]
    host = f"The host has paused drawing for everybody. That ends {later}."
    assert paused_card(hours(1), None).content == "\n".join(lines)
    assert paused_card(hours(1), hours(0.5)).content == "\n".join(lines)
    assert paused_card(hours(1), hours(5)).content == "\n".join([*lines, host])
    assert resumed_card(True, None).content == "Drawing continues in this server."
    assert resumed_card(False, hours(5)).content == (
        f"Drawing was not paused in this server.\n{host}"
    )
