"""Messages of no job that are sent once, such as a greeting or a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.ids import JobId
from bot.core.ui.card import MessageCard


@dataclass(frozen=True, slots=True)
class Notice:
    """Message that is stored until it is sent.

    `key` names what it is about, such as "greeting:7". With its `job` it is forgotten.
    """

    key: str
    channel: int
    card: MessageCard
    made_at: datetime
    job: JobId | None = None
