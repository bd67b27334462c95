"""Port for what channels were told of outages."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.jobs.outage_notices import ChannelAlert


class AlertStore(Protocol):
    """The last alert of each channel that does not know the end of an outage."""

    async def record_alert(self, alert: ChannelAlert) -> bool:
        """Record an alert that is about to be sent, or return False if it was sent before."""

    async def end_alerts(self, text: str, now: datetime) -> tuple[ChannelAlert, ...]:
        """Record that each channel is about to be told the end, and return these alerts."""

    async def delete_unsent_alerts(self, before: datetime) -> None:
        """Forget alerts of that time or earlier that were not sent."""

    async def list_alerts(self) -> tuple[ChannelAlert, ...]:
        """Return all alerts."""

    async def mark_alert_sent(self, alert: ChannelAlert) -> None:
        """Record that an alert was sent. After the end of an outage nothing is kept."""

    async def delete_alert(self, alert: ChannelAlert) -> None:
        """Forget an alert that its channel does not take."""
