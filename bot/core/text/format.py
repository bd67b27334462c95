"""Small words that every card uses, and the sentences with which the quota gate declines."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

TIMES_SIGN: Final = "\u00d7"
RANGE_DASH: Final = "\u2013"


def format_count(n: int, word: str) -> str:
    """Count regular nouns, such as "1 picture" and "4 pictures"."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def format_ordinal(n: int) -> str:
    """Format a position, such as "1st", "2nd", "3rd" and "11th"."""
    tail = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{tail}"


def format_duration(seconds: float) -> str:
    """Format a duration, such as "18 s", "4 min", "1 h 20 min", at least "1 s"."""
    if not math.isfinite(seconds) or seconds < 1:
        return "1 s"
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def format_estimate(seconds: float) -> str:
    """Format a rough estimate, such as "about 20 s" or "about 2 min"."""
    if math.isfinite(seconds) and 10 < seconds < 90:
        seconds = 5 * round(seconds / 5)
    return f"about {format_duration(seconds)}"


def format_timestamp(moment: datetime) -> str:
    """Format Discord's own timestamp, which shows "in 3 hours" in local time."""
    return f"<t:{int(moment.timestamp())}:R>"


def join_list(words: tuple[str, ...], last: str = "and") -> str:
    """Join words as "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def format_roles(ids: tuple[int, ...]) -> tuple[str, ...]:
    """Format at most three roles as mentions that notify nobody."""
    shown = tuple(f"<@&{role}>" for role in ids[:3])
    return shown if len(ids) <= len(shown) else (*shown, "others")


def describe_returned(n: int, left: int | None) -> str:
    """Describe what came back and, with a daily limit, what is left."""
    return (
        f"{format_count(n, 'picture')} returned."
        if left is None
        else f"{format_count(n, 'picture')} returned, {left} left today."
    )


def format_bar(percent: int, cells: int = 12) -> str:
    """Format a text bar with its number, such as "▰▰▰▱▱▱ 40 %"."""
    full = max(0, min(cells, percent * cells // 100))
    return f"{'▰' * full}{'▱' * (cells - full)} {percent} %"
