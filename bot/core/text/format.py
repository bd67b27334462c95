"""Small words that every card uses, and the sentences with which the quota gate declines."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

TIMES_SIGN: Final = "\u00d7"
RANGE_DASH: Final = "\u2013"


def format_count(n: int, word: str) -> str:
    """Count regular nouns: "1 picture", "4 pictures"."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def format_ordinal(n: int) -> str:
    """Name a place in line: "1st", "2nd", "3rd", "11th"."""
    tail = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{tail}"


def format_duration(seconds: float) -> str:
    """Say how long something took: "18 s", "4 min", "1 h 20 min"; never less than "1 s"."""
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
    """Say how long something will take, no finer than a guess is: "about 20 s", "about 2 min"."""
    if math.isfinite(seconds) and 10 < seconds < 90:
        seconds = 5 * round(seconds / 5)
    return f"about {format_duration(seconds)}"


def format_timestamp(moment: datetime) -> str:
    """Discord's own timestamp, which everybody reads in their time: "in 3 hours"."""
    return f"<t:{int(moment.timestamp())}:R>"


def join_list(words: tuple[str, ...], last: str = "and") -> str:
    """Join words: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def format_roles(ids: tuple[int, ...]) -> tuple[str, ...]:
    """Roles as Discord shows them, three at most; nobody is notified by one."""
    shown = tuple(f"<@&{role}>" for role in ids[:3])
    return shown if len(ids) <= len(shown) else (*shown, "others")


def describe_returned(n: int, left: int | None) -> str:
    """Say what came back: "1 returned, 17 left today."; without a daily limit "1 returned."."""
    return f"{n} returned." if left is None else f"{n} returned, {left} left today."


def format_bar(percent: int, cells: int = 12) -> str:
    """A bar of text, followed by its number: "▰▰▰▱▱▱ 40 %"."""
    full = max(0, min(cells, percent * cells // 100))
    return f"{'▰' * full}{'▱' * (cells - full)} {percent} %"
