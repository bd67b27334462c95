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
    """Changes with their numbers that the log channel has not had, oldest first.

    `remaining` more follow. `sending_since` is set if an earlier process may have sent them.
    """

    rows: tuple[tuple[int, AuditRow], ...] = ()
    remaining: int = 0
    sending_since: datetime | None = None
