"""Values of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Recorded change.

    `target` is, for example, "member:123"; `old` or `new` is empty where nothing was set.
    """

    at: datetime
    actor: int
    action: str
    target: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PendingChanges:
    """Changes of a guild that its log channel has not had, oldest first, with their numbers.

    `more` come after them. `begun_at` is set where an earlier process meant to say exactly these
    in one message, and perhaps did.
    """

    rows: tuple[tuple[int, AuditRow], ...] = ()
    remaining: int = 0
    sending_since: datetime | None = None
