"""Extra pictures for some days, and refunds of today's use. Charges stay recorded."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from sqlite3 import Connection

from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.codec import to_micros
from bot.core.drawing.request import RequestContext
from bot.core.limits.quota import build_window


def grant_images(
    conn: Connection,
    asker: RequestContext,
    user: int,
    pictures: int,
    days: int,
    where: tzinfo,
    now: datetime,
) -> None:
    """Give a member that many more pictures on each of `days` days, today being the first."""
    first = build_window(now, where).day
    last = (date.fromisoformat(first) + timedelta(days=days - 1)).isoformat()
    _insert_grant(conn, asker, user, "grant", pictures, first, last, now)
    until = f"{pictures} more a day until {last}" if days > 1 else f"{pictures} more on {first}"
    insert_audit_row(conn, asker, "limits.grant", f"member:{user}", "", until, now)


def refund_today(
    conn: Connection, asker: RequestContext, user: int, where: tzinfo, now: datetime
) -> int:
    """Refund what a member was charged today and return how many images that is.

    Holds of unfinished jobs are not refunded, because those are still to be drawn.
    """
    day = build_window(now, where).day
    who = {"guild": asker.guild, "user": user, "day": day}
    (charged,) = conn.execute(
        """
        SELECT coalesce((SELECT used FROM totals
                WHERE guild = :guild AND user = :user AND period = :day), 0)
            - coalesce((SELECT sum(pictures) FROM holds
                WHERE guild = :guild AND user = :user AND day = :day), 0)
            - coalesce((SELECT sum(pictures) FROM grants
                WHERE guild = :guild AND user = :user
                    AND kind = 'reset' AND last_day = :day), 0)""",
        who,
    ).fetchone()
    if charged < 1:
        return 0
    _insert_grant(conn, asker, user, "reset", charged, day, day, now)
    old = f"{charged} used on {day}"
    insert_audit_row(conn, asker, "limits.reset", f"member:{user}", old, "0", now)
    return int(charged)


def _insert_grant(
    conn: Connection,
    asker: RequestContext,
    user: int,
    kind: str,
    pictures: int,
    first: str,
    last: str,
    now: datetime,
) -> None:
    conn.execute(
        "INSERT INTO grants (guild, user, kind, pictures, first_day, last_day, given_by, given_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (asker.guild, user, kind, pictures, first, last, asker.user, to_micros(now)),
    )
