"""Values of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Recorded change of a `target` such as "member:123". Unset values are empty."""

    at: datetime
    actor: int
    action: str
    target: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PendingChanges:
    """Changes of a guild that its log channel has not had, oldest first.

    `remaining` counts those after them. `sending_since` is set if an earlier process began to post
    exactly these in one message, and perhaps did; `remaining_then` counts as of that time. The
    message before is `last_message`.
    """

    rows: tuple[tuple[int, AuditRow], ...] = ()
    remaining: int = 0
    remaining_then: int = 0
    sending_since: datetime | None = None
    last_message: int = 0
