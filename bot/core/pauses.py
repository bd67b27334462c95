"""Pauses, in which nothing new is drawn and everybody keeps their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.errors import Refused
from bot.core.text.format import format_timestamp
from bot.core.ui.card import MessageCard

EVERYWHERE: Final = 0
"""In the place of a guild's id: the host's own pause."""
PAUSE_MAX: Final = timedelta(days=30)
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHAIN_MAX: Final = 14  # windows that follow each other without a gap

_UNITS: Final = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days"}
_SPAN: Final = re.compile(r"(\d{1,5})\s*(min|m|h|d)")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")
_WINDOW: Final = re.compile(r"(?:([a-z, -]{1,80}) )?(\d{1,2}:\d{2}) ?- ?(\d{1,2}:\d{2})")
_WINDOW_HELP: Final = 'write it like "Mon-Fri 18:00-23:00" or "20:00-02:00"'


@dataclass(frozen=True, slots=True)
class StoredPause:
    """Row of the database. With `paused` False, drawing goes on until then, despite a schedule."""

    guild: int
    until: datetime
    paused: bool = True


@dataclass(frozen=True, slots=True)
class PauseWindow:
    """Time of day in which drawing pauses, on weekdays 0 (Monday) to 6, perhaps over midnight."""

    days: frozenset[int]
    start: time
    end: time


def parse_window(text: str) -> PauseWindow:
    """Read a window such as "Mon-Fri 18:00-23:00". Raises ValueError with a sentence."""
    match = _WINDOW.fullmatch(" ".join(text.casefold().split()))
    if match is None:
        raise ValueError(f"contains {text!r}, which is no time span; {_WINDOW_HELP}")
    try:
        days = _parse_days(match[1] or "mon-sun")
        return PauseWindow(days, _parse_time(match[2]), _parse_time(match[3]))
    except ValueError as error:
        raise ValueError(f"contains {text!r}, which is no time span; {_WINDOW_HELP}") from error


def _parse_days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (name.strip() for name in part.partition("-"))
        start = DAYS.index(first[:3])
        end = DAYS.index(last[:3]) if dash else start
        found |= {(start + n) % 7 for n in range((end - start) % 7 + 1)}
    return frozenset(found)


def _parse_time(text: str) -> time:
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return time(0) if text == "24:00" else time(int(match[1]), int(match[2]))


def find_window_end(
    windows: Sequence[PauseWindow], zone: ZoneInfo, now: datetime
) -> datetime | None:
    """Return when the present window ends, with those that follow at once, or None outside."""
    end: datetime | None = None
    for _ in range(CHAIN_MAX):
        moment = now if end is None else end
        ends = [stop for stop in _list_ends(windows, zone, moment) if stop > moment]
        if not ends:
            break
        end = max(ends)
    return end


def _list_ends(windows: Iterable[PauseWindow], zone: ZoneInfo, now: datetime) -> Iterable[datetime]:
    """Yield the ends of the windows around `now`. Time zones differ, so UTC compares."""
    today = now.astimezone(zone).date()
    for window in windows:
        for day in (today, today - timedelta(days=1)):
            last = day + timedelta(days=window.end <= window.start)
            begin, end = _at(day, window.start, zone), _at(last, window.end, zone)
            if day.weekday() in window.days and begin <= now < end:
                yield end


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def find_pause_ends(
    rows: Iterable[StoredPause], windows: Sequence[PauseWindow], zone: ZoneInfo, now: datetime
) -> Mapping[int, datetime]:
    """Return when the present pauses end, by guild and EVERYWHERE."""
    current = {row.guild: row for row in rows if row.until > now}
    ends = {guild: row.until for guild, row in current.items() if row.paused and guild}
    own = current.get(EVERYWHERE)
    if own is None:
        end = find_window_end(windows, zone, now)
    else:
        end = (find_window_end(windows, zone, own.until) or own.until) if own.paused else None
    return ends if end is None else {**ends, EVERYWHERE: end}


def parse_pause_end(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Read "2h", "30min", "3d" or a time of day such as "23:30" and return that moment."""
    words = text.strip().casefold()
    if match := _SPAN.fullmatch(words):
        end = now + timedelta(**{_UNITS[match[2]]: int(match[1])})
    elif _CLOCK.fullmatch(words):
        try:
            clock = _parse_time(words)
        except ValueError as error:
            raise Refused("pause.span", f"{text} is no time of day.") from error
        today = now.astimezone(zone).date()
        end = _at(today, clock, zone)
        if end <= now:
            end = _at(today + timedelta(days=1), clock, zone)
    else:
        raise Refused("pause.span", f'{text} is no span. Write "2h", "30min", "3d" or "23:30".')
    if not now < end <= now + PAUSE_MAX:
        raise Refused("pause.span", f"A pause lasts from a minute to {PAUSE_MAX.days} days.")
    return end


def describe_pause(until: datetime) -> str:
    """Say that drawing pauses, and until when."""
    return f"Drawing is paused. It continues {format_timestamp(until)}."


def paused_card(until: datetime, host_until: datetime | None) -> MessageCard:
    """Confirm /pause. `host_until` is the end of the host's own pause."""
    lines = [
        f"Drawing is paused in this server. It continues {format_timestamp(until)}. "
        "To continue earlier, use `/resume`.",
        "Pictures that are being drawn will still finish. New requests wait in the queue.",
    ]
    if host_until is not None and host_until > until:
        lines.append(_describe_host_pause(host_until))
    return MessageCard("\n".join(lines))


def resumed_card(was: bool, host_until: datetime | None) -> MessageCard:
    """Confirm /resume, or say that there was no pause."""
    first = "Drawing continues in this server." if was else "Drawing was not paused in this server."
    lines = [first] if host_until is None else [first, _describe_host_pause(host_until)]
    return MessageCard("\n".join(lines))


def _describe_host_pause(until: datetime) -> str:
    return f"The host has paused drawing for everybody. That ends {format_timestamp(until)}."
