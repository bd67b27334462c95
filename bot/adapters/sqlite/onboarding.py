"""Which servers the bot has met, so that each is greeted once."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.database import Database

SELECT_GREETED: Final = "SELECT guild FROM greetings"
LEGACY_GUILD: Final = 0  # no guild's id: these books are older than the table


class SqliteOnboardingStore:
    """Guilds that were greeted. Implements the port `OnboardingStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_greeted_guilds(self) -> frozenset[int] | None:
        met = frozenset(row["guild"] for row in await self._db.read_rows(SELECT_GREETED))
        return None if LEGACY_GUILD in met else met

    async def mark_guilds_greeted(self, guilds: tuple[int, ...], now: datetime) -> tuple[int, ...]:
        return await self._db.run_transaction(_mark_greeted, guilds, now)


def _mark_greeted(
    conn: sqlite3.Connection, guilds: tuple[int, ...], now: datetime
) -> tuple[int, ...]:
    conn.execute("DELETE FROM greetings WHERE guild = ?", (LEGACY_GUILD,))
    new = []
    for guild in guilds:
        row = conn.execute(
            "INSERT INTO greetings (guild, met_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (guild, to_micros(now)),
        )
        if row.rowcount:
            new.append(guild)
    return tuple(new)
