"""Notices for the host when SwarmUI goes away and when it is back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.text import format as fmt


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """Notice with `text` for the log channel and `presence` for the bot's status line.

    `since` is the start of the outage, None if it is over; `broken` as in `outage_notice`.
    """

    text: str
    presence: str = ""
    since: datetime | None = None
    broken: bool = False


def outage_notice(since: datetime, waiting: int, *, broken: bool) -> OutageNotice:
    """Announce an outage, `broken` if SwarmUI answers but fails every image."""
    what = "SwarmUI fails every picture" if broken else "SwarmUI stopped answering"
    short = "SwarmUI is failing" if broken else "SwarmUI is offline"
    wait = f"{fmt.format_count(waiting, 'picture')} {'is' if waiting == 1 else 'are'} waiting"
    return OutageNotice(
        f"{what} {fmt.format_timestamp(since)}; {wait if waiting else 'nothing is waiting'}.",
        f"{short}, pictures are waiting",
        since,
        broken,
    )


def recovery_notice(away_for: timedelta) -> OutageNotice:
    """SwarmUI draws again."""
    return OutageNotice(f"SwarmUI is back after {fmt.format_duration(away_for.total_seconds())}.")
