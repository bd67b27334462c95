"""Port to the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.audit.model import AuditRow, PendingChanges


class AuditStore(Protocol):
    """The audit log and how much of it each log channel has posted."""

    async def list_audit_rows(
        self, guild: int, skip: int, most: int, target: str = ""
    ) -> tuple[tuple[AuditRow, ...], int]:
        """Return a page of changes, newest first, and their total number."""

    async def find_changed_guilds(self, seq: int) -> tuple[int, tuple[int, ...]]:
        """Return the newest change's number and the guilds changed after `seq`."""

    async def find_pending_changes(self, guild: int, most: int) -> PendingChanges:
        """Return the next unposted changes, starting with the choice of the channel."""

    async def mark_changes_sending(self, guild: int, first: int, last: int, now: datetime) -> None:
        """Write that a message with the changes from `first` to `last` is about to go out."""

    async def mark_changes_sent(self, guild: int, last: int, message: int) -> None:
        """Record that everything up to `last` was posted, the end of it in `message`."""
