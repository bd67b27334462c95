"""What a guild has chosen, and the record of who changed what."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from bot.adapters.sqlite.codec import micros, moment
from bot.core.audit.model import AuditRow
from bot.core.drawing.request import RequestContext

LOG: Final = """
    SELECT at, actor, action, target, old, new FROM audit
    WHERE guild = :guild AND target = coalesce(:target, target)
    ORDER BY seq DESC LIMIT :most OFFSET :skip"""
LOG_COUNT: Final = (
    "SELECT count(*) FROM audit WHERE guild = :guild AND target = coalesce(:target, target)"
)


def read_audit(row: sqlite3.Row) -> AuditRow:
    """A row of LOG."""
    return AuditRow(
        at=moment(row["at"]),
        actor=row["actor"],
        action=row["action"],
        target=row["target"],
        old=row["old"],
        new=row["new"],
    )


def audit(
    conn: sqlite3.Connection,
    asker: RequestContext,
    action: str,
    target: str,
    old: str,
    new: str,
    now: datetime,
) -> None:
    """Write down a change; `old` or `new` is empty where nothing was, or is, set."""
    conn.execute(
        "INSERT INTO audit (at, guild, actor, action, target, old, new)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (micros(now), asker.guild, asker.user, action, target, old, new),
    )
