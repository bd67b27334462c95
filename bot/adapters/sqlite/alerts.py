"""Table of the outage alerts that channels got."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite.codec import from_micros, split_fields, to_micros
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.core.jobs.outage_notices import ChannelAlert

_RECORD_ALERT: Final = """
    INSERT INTO alerts (channel, cause, text, made_at, is_sent)
    VALUES (:channel, :cause, :text, :made_at, 0)
    ON CONFLICT (channel) DO UPDATE SET cause = excluded.cause, text = excluded.text,
        made_at = excluded.made_at, is_sent = 0
    WHERE cause <> excluded.cause"""
_END_ALERTS: Final = (
    "UPDATE alerts SET cause = '', text = ?, made_at = ?, is_sent = 0 WHERE cause <> ''"
    " RETURNING channel"
)
_THIS_ALERT: Final = "channel = :channel AND cause = :cause AND made_at = :made_at"


class SqliteAlertStore(SqliteStore):
    """Alerts by channel. Implements the port `AlertStore`."""

    @transaction
    def record_alert(self, conn: Connection, alert: ChannelAlert) -> bool:
        return conn.execute(_RECORD_ALERT, _bind_alert(alert)).rowcount > 0

    @transaction
    def end_alerts(self, conn: Connection, text: str, now: datetime) -> tuple[ChannelAlert, ...]:
        rows = conn.execute(_END_ALERTS, (text, to_micros(now))).fetchall()
        return tuple(ChannelAlert(row["channel"], "", text, now) for row in rows)

    @transaction
    def delete_unsent_alerts(self, conn: Connection, before: datetime) -> None:
        which = (to_micros(before),)
        conn.execute("DELETE FROM alerts WHERE is_sent = 0 AND made_at <= ?", which)

    async def list_alerts(self) -> tuple[ChannelAlert, ...]:
        rows = await self._db.read_rows("SELECT * FROM alerts ORDER BY channel")
        return tuple(
            ChannelAlert(
                **dict(row)
                | {"made_at": from_micros(row["made_at"]), "is_sent": bool(row["is_sent"])}
            )
            for row in rows
        )

    @transaction
    def mark_alert_sent(self, conn: Connection, alert: ChannelAlert) -> None:
        which = _bind_alert(alert)
        conn.execute(f"UPDATE alerts SET is_sent = 1 WHERE {_THIS_ALERT}", which)  # noqa: S608 -- only constants are inserted
        conn.execute("DELETE FROM alerts WHERE cause = '' AND is_sent = 1")

    @transaction
    def delete_alert(self, conn: Connection, alert: ChannelAlert) -> None:
        conn.execute(f"DELETE FROM alerts WHERE {_THIS_ALERT}", _bind_alert(alert))  # noqa: S608 -- as above


def _bind_alert(alert: ChannelAlert) -> dict[str, object]:
    return split_fields(alert) | {"made_at": to_micros(alert.made_at)}
