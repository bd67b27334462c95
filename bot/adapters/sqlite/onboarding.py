"""Which servers the bot has met, so that each is greeted once."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite.codec import from_optional_micros, to_micros
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.adapters.sqlite.notices import insert_notice
from bot.core.notices import Notice

_SELECT_GREETED: Final = "SELECT guild, joined_at FROM greetings"
LEGACY_GUILD: Final = 0  # no guild's id: these books are older than the table


class SqliteOnboardingStore(SqliteStore):
    """Guilds that were greeted. Implements the port `OnboardingStore`."""

    async def list_greeted_guilds(self) -> dict[int, datetime | None] | None:
        rows = await self._db.read_rows(_SELECT_GREETED)
        met = {row["guild"]: from_optional_micros(row["joined_at"]) for row in rows}
        return None if LEGACY_GUILD in met else met

    @transaction
    def mark_guilds_greeted(
        self,
        conn: Connection,
        guilds: tuple[int, ...],
        now: datetime,
        greeting: Notice | None = None,
    ) -> tuple[int, ...]:
        conn.execute("DELETE FROM greetings WHERE guild = ?", (LEGACY_GUILD,))
        insert = "INSERT INTO greetings (guild, met_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
        at = to_micros(now)
        new = tuple(one for one in guilds if conn.execute(insert, (one, at)).rowcount)
        if new and greeting is not None:
            insert_notice(conn, greeting)
        return new

    @transaction
    def forget_greeted_guilds(self, conn: Connection, guilds: tuple[int, ...]) -> None:
        conn.executemany("DELETE FROM greetings WHERE guild = ?", [(one,) for one in guilds])

    @transaction
    def record_invitation(self, conn: Connection, guild: int, joined_at: datetime) -> None:
        update = "UPDATE greetings SET joined_at = ? WHERE guild = ?"
        conn.execute(update, (to_micros(joined_at), guild))
