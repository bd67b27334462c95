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

    `is_outage` marks the beginning of an outage, whose end is announced too, `is_over` that end.
    """

    lead: str
    advice: str = ""
    is_outage: bool = False
    is_over: bool = False

    @property
    def cause(self) -> str:
        """Return what happened, without the time. "" at the end of an outage."""
        return "" if self.is_over else self.lead.partition(" <")[0]

    def build_text(self, waiting: int) -> str:
        """Return the text for a channel where so many pictures wait."""
        if self.is_over:
            return self.lead
        pictures = fmt.format_count(waiting, "picture")
        wait = f"{pictures} {'is' if waiting == 1 else 'are'} waiting"
        return f"{self.lead}; {wait if waiting else 'nothing is waiting'}. {self.advice}".rstrip()


@dataclass(frozen=True, slots=True)
class ChannelAlert:
    """Last alert of an outage in a channel. `cause` is "" at its end.

    `is_sent` is False if a process ended before it knew whether Discord had taken it.
    """

    channel: int
    cause: str
    text: str
    made_at: datetime
    is_sent: bool = False


def outage_notice(since: datetime, error: BackendError) -> OutageNotice:
    """Announce that nobody can draw because of `error`."""
    started = fmt.format_timestamp(since)
    match error:
        case BackendCrashed() | BackendStalled():
            lead = f"SwarmUI fails every picture {started}"
        case NoBackend():
            lead = f"SwarmUI lost its backends {started}"
        case HostMustAct():
            lead = f"SwarmUI became unusable {started}"
        case _:
            lead = f"SwarmUI stopped answering {started}"
    return OutageNotice(lead, _advise(error), is_outage=True)


def trouble_notice(error: FileRefused) -> OutageNotice:
    """Announce a trouble during which everybody can draw."""
    return OutageNotice(error.report.rstrip("."), error.fix)


def recovery_notice(away_for: timedelta) -> OutageNotice:
    """SwarmUI draws again."""
    lead = f"SwarmUI is back after {fmt.format_duration(away_for.total_seconds())}."
    return OutageNotice(lead, is_over=True)


def _advise(error: BackendError) -> str:
    return " ".join(part for part in (error.report, error.fix) if part)
