"""Messages of no job that are sent once, such as a greeting or a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.core.ids import JobId
from bot.core.ui.card import MessageCard

SEND_WITHIN: Final = timedelta(days=1)
"""An older message is news to nobody and is not sent."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Message that is stored until it is sent.

    `key` names what it is about, such as "greeting:7". It goes with its `job`, and with a
    newer notice of that job.
    """

    key: str
    channel: int
    card: MessageCard
    made_at: datetime
    job: JobId | None = None
