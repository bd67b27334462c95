"""Windows on every clock of the world, whose number decides, and the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.limits.quota import (
    LIMIT_NAMES,
    Balance,
    DenialReason,
    Limits,
    LimitScope,
    build_window,
    check_admission,
    choose_time_zone,
    find_day_end,
    is_exempt,
    parse_zone,
    resolve_limits,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    """A UTC datetime from "2026-11-24 12:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """A limit row."""

    scope: LimitScope
    target: int
    limits: Mapping[str, int | None]


# --- windows -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "name", "day", "day_ends", "month_ends"),
    [
        ("2026-11-24 12:00", "UTC", "2026-11-24", "2026-11-25 00:00", "2026-12-01 00:00"),
        ("2026-12-31 23:59", "UTC", "2026-12-31", "2027-01-01 00:00", "2027-01-01 00:00"),
        ("2028-02-28 23:00", "UTC", "2028-02-28", "2028-02-29 00:00", "2028-03-01 00:00"),
        # The 29th of March 2026 in Berlin has 23 hours, the 25th of October 25.
        ("2026-03-28 23:00", "Europe/Berlin", "2026-03-29", "2026-03-29 22:00", "2026-03-31 22:00"),
        ("2026-10-24 22:00", "Europe/Berlin", "2026-10-25", "2026-10-25 23:00", "2026-10-31 23:00"),
        # In Cairo the clocks went from 23:59 to 1:00: that midnight never was.
        ("2024-04-25 12:00", "Africa/Cairo", "2024-04-25", "2024-04-25 22:00", "2024-04-30 21:00"),
        # In Havana they go from 0:59 back to 0:00: the first of both begins the day.
        ("2026-10-31 12:00", "America/Havana", "2026-10-31", "2026-11-01 04:00",
         "2026-11-01 04:00"),
        # Samoa slept through the 30th of December 2011.
        ("2011-12-30 09:00", "Pacific/Apia", "2011-12-29", "2011-12-30 10:00", "2011-12-31 10:00"),
        # In St. John's a minute after midnight it was 23:01 again: the second end counts then.
        ("2009-11-01 03:00", "America/St_Johns", "2009-10-31", "2009-11-01 03:30",
         "2009-11-01 03:30"),
    ],
)  # fmt: skip
def test_a_window_ends_when_the_guilds_clocks_say(
    now: str, name: str, day: str, day_ends: str, month_ends: str
) -> None:
    """Over month ends, leap days, and clocks that are changed at midnight."""
    found = build_window(utc(now), parse_zone(name))
    assert (found.day, found.month) == (day, day[:7])
    assert (found.day_ends, found.month_ends) == (utc(day_ends), utc(month_ends))
    assert found.day_ends.tzinfo is UTC


@given(
    st.integers(0, 38 * 365 * 24 * 60).map(lambda m: utc("2000-01-01") + timedelta(minutes=m)),
    st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
)
def test_a_window_holds_until_its_end_and_not_longer(now: datetime, name: str) -> None:
    """For any moment in any zone: the end lies ahead, and just then another day begins."""
    where = parse_zone(name)
    found = build_window(now, where)
    assert now < found.day_ends <= now + timedelta(hours=49)
    assert found.day_ends <= found.month_ends
    assert build_window(found.day_ends, where).day != found.day
    assert build_window(found.month_ends, where).month != found.month
    assert build_window(found.day_ends - timedelta(microseconds=1), where).day == found.day
    assert build_window(found.month_ends - timedelta(microseconds=1), where).month == found.month


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "Europe", "../../etc/passwd", "a\0b"])
def test_what_is_no_zone_is_named(name: str) -> None:
    """One error for all the ways in which a name can be wrong."""
    with pytest.raises(ValueError, match="not a time zone"):
        parse_zone(name)


@pytest.mark.parametrize(
    ("own", "zone"), [("Asia/Tokyo", "Asia/Tokyo"), ("", "Europe/Berlin"), ("UTC", "UTC")]
)
def test_a_guilds_own_midnight_comes_before_the_hosts(own: str, zone: str) -> None:
    assert str(choose_time_zone(own, "Europe/Berlin")) == zone


# --- whose number decides ------------------------------------------------------------------------


def test_own_before_best_role_before_guild_before_default() -> None:
    """Each number by itself."""
    rows = [
        Row(LimitScope.GUILD, 7, {"day": 30, "month": 300, "per_job": 2, "waiting": 5}),
        Row(LimitScope.ROLE, 5, {"day": 50, "month": 400, "per_job": 3}),
        Row(LimitScope.ROLE, 6, {"day": 40, "month": None}),
        Row(LimitScope.ROLE, 9, {"day": 999, "per_job": 99}),
        Row(LimitScope.MEMBER, 101, {"day": 10}),
        Row(LimitScope.MEMBER, 102, {"day": 77}),
    ]
    limits, sources = resolve_limits(Limits(), rows, 101, (5, 6))
    assert limits == Limits(day=10, month=None, per_job=3, waiting=5, running=1)
    assert sources == {
        "day": "member",
        "month": "role:6",
        "per_job": "role:5",
        "waiting": "guild",
        "running": "config",
    }


def test_a_role_may_be_worse_than_the_guild() -> None:
    """The best of the roles counts, even if the guild gives more: a role can hold back."""
    rows = [Row(LimitScope.GUILD, 7, {"day": 30}), Row(LimitScope.ROLE, 5, {"day": 0})]
    assert resolve_limits(Limits(), rows, 101, (5,))[0].day == 0
    rows.append(Row(LimitScope.ROLE, 6, {"day": 1}))
    assert resolve_limits(Limits(), rows, 101, (5, 6))[0].day == 1


def test_without_rules_the_defaults_hold() -> None:
    """And say that they are the host's."""
    limits, sources = resolve_limits(Limits(day=3), [], 1, ())
    assert limits == Limits(day=3)
    assert set(sources.values()) == {"config"}
    assert tuple(sources) == LIMIT_NAMES


# --- the gate ------------------------------------------------------------------------------------


def balance(limits: Limits, used: int = 0, waiting: int = 0, month_used: int = 0) -> Balance:
    """A balance with these limits."""
    at = build_window(NOW, UTC)
    return Balance(limits, used, max(used, month_used), at, waiting=waiting)


@pytest.mark.parametrize(
    ("asked", "known", "in_line", "answer"),
    [
        (4, balance(Limits()), 99, None),
        (4, balance(Limits(), used=16), 0, None),
        (4, balance(Limits(), used=17), 0, DenialReason.QUOTA),
        (1, balance(Limits(), used=20), 0, DenialReason.QUOTA),
        (1, balance(Limits(), used=25), 0, DenialReason.QUOTA),
        (1, balance(Limits(month=30), month_used=30), 0, DenialReason.QUOTA),
        (2, balance(Limits(day=None, month=30), month_used=29), 0, DenialReason.QUOTA),
        (5, balance(Limits()), 0, DenialReason.PER_JOB),
        (5, balance(Limits(), used=20), 0, DenialReason.QUOTA),
        (5, balance(Limits(), used=18), 0, DenialReason.PER_JOB),
        (1, balance(Limits(), waiting=2), 0, None),
        (1, balance(Limits(), waiting=3), 0, DenialReason.WAITING),
        (1, balance(Limits()), 100, DenialReason.QUEUE),
        (900, balance(Limits(None, None, None, None, None), 10**6, 900), 0, None),
    ],
)
def test_the_gate(asked: int, known: Balance, in_line: int, answer: DenialReason | None) -> None:
    """Who is let in, and the first reason for who is not."""
    assert check_admission(asked, known, in_line, queue_max=100) is answer


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_a_zero_means_may_not_draw(name: str) -> None:
    """Whichever number it is."""
    zero = balance(replace(Limits(), **{name: 0}))
    assert check_admission(1, zero, 0, 100) is DenialReason.NOT_ALLOWED
    assert check_admission(1, balance(replace(Limits(), **{name: None})), 0, 100) is None


def test_a_day_ends_at_midnight_on_the_guilds_clocks() -> None:
    assert find_day_end("2026-11-24", parse_zone("Europe/Berlin")) == utc("2026-11-24 23:00")
    assert find_day_end("2026-12-31", UTC) == utc("2027-01-01 00:00")


@pytest.mark.parametrize(
    ("scope", "target", "freed"),
    [
        (LimitScope.MEMBER, 1, "member"),
        (LimitScope.MEMBER, 2, ""),
        (LimitScope.ROLE, 7, "role:7"),
        (LimitScope.ROLE, 8, ""),
        (LimitScope.ROLE, 1, ""),
        (LimitScope.GUILD, 9, "guild"),
    ],
)
def test_an_exemption_is_for_those_whom_its_rule_names(
    scope: LimitScope, target: int, freed: str
) -> None:
    rules = (Row(scope, target, {"exempt": 1}), Row(LimitScope.MEMBER, 1, {"day": 3}))
    assert is_exempt(rules, 1, (7,)) is bool(freed)
    limits, whose = resolve_limits(Limits(), rules, 1, (7,))
    assert (limits.day, whose["day"]) == ((None, freed) if freed else (3, "member"))
