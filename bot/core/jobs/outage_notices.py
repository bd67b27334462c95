"""What is said once when SwarmUI goes away and once when it is back: to the host and under the
bot's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.text import format as fmt


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """`text` is for the log channel; `presence` for the line under the bot's name, "" for none.

    `since` says from when on it is away, None that it is back; `broken` as in `away`.
    """

    text: str
    presence: str = ""
    since: datetime | None = None
    broken: bool = False


def outage_notice(since: datetime, waiting: int, *, broken: bool) -> OutageNotice:
    """SwarmUI went away; `broken`: it answers, but its backend fails every picture."""
    what = "SwarmUI fails every picture" if broken else "SwarmUI stopped answering"
    short = "SwarmUI is failing" if broken else "SwarmUI is offline"
    wait = f"{fmt.format_count(waiting, 'picture')} {'waits' if waiting == 1 else 'wait'}"
    return OutageNotice(
        f"{what} {fmt.format_timestamp(since)}; {wait if waiting else 'nothing waits'}.",
        f"{short}; pictures wait for it",
        since,
        broken,
    )


def recovery_notice(away_for: timedelta) -> OutageNotice:
    """SwarmUI draws again."""
    return OutageNotice(f"SwarmUI is back after {fmt.format_duration(away_for.total_seconds())}.")
