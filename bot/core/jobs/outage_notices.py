"""Notices for the host and for moderators when SwarmUI goes away and when it is back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import (
    BackendCrashed,
    BackendError,
    BackendStalled,
    FileRefused,
    HostMustAct,
    NoBackend,
)
from bot.core.text import format as fmt


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """Notice with `lead` and `advice` around the number of waiting pictures.

    `presence` is for the bot's status line, None leaves it as it is. Without a `lead` nothing is
    posted. `is_over` marks the end of an outage.
    """

    lead: str
    advice: str = ""
    presence: str | None = None
    is_over: bool = False

    def build_text(self, waiting: int) -> str:
        """Return the text for a channel where so many pictures wait."""
        if self.is_over or not self.lead:
            return self.lead
        pictures = fmt.format_count(waiting, "picture")
        wait = f"{pictures} {'is' if waiting == 1 else 'are'} waiting"
        return f"{self.lead}; {wait if waiting else 'nothing is waiting'}. {self.advice}".rstrip()


def outage_notice(since: datetime, error: BackendError, *, silent: bool = False) -> OutageNotice:
    """Announce that nobody can draw because of `error`, in the status line alone if `silent`."""
    started = fmt.format_timestamp(since)
    match error:
        case BackendCrashed() | BackendStalled():
            lead, short = f"SwarmUI fails every picture {started}", "SwarmUI is failing"
        case NoBackend():
            lead, short = f"SwarmUI lost its backends {started}", "SwarmUI has no backend"
        case HostMustAct():
            lead, short = f"SwarmUI became unusable {started}", "SwarmUI needs its host"
        case _:
            lead, short = f"SwarmUI stopped answering {started}", "SwarmUI is offline"
    return OutageNotice("" if silent else lead, _advise(error), f"{short}, pictures are waiting")


def trouble_notice(error: FileRefused) -> OutageNotice:
    """Announce a trouble during which everybody can draw."""
    return OutageNotice(error.report.rstrip("."), error.fix)


def recovery_notice(away_for: timedelta, *, silent: bool = False) -> OutageNotice:
    """SwarmUI draws again."""
    lead = f"SwarmUI is back after {fmt.format_duration(away_for.total_seconds())}."
    return OutageNotice("" if silent else lead, presence="", is_over=True)


def _advise(error: BackendError) -> str:
    return " ".join(part for part in (error.report, error.fix) if part)
