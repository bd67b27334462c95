"""Queries for the export and the erasure of a person's data."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite.codec import to_micros
from bot.adapters.sqlite.database import Database, SqliteStore, transaction
from bot.adapters.sqlite.privacy import erase, personal_data
from bot.core.privacy.model import (
    ErasureCounts,
    ErasureRequest,
    ErasureTask,
    ErasureTaskKind,
    ExportRow,
    KeptFile,
)

FINISHED_PER_WRITE: Final = 50  # erasures a transaction, because requests wait for it
_SELECT_TASKS: Final = """
    SELECT erasure, kind, what FROM errands WHERE erasure = ?
    ORDER BY kind = 'message', kind IN ('file', 'server'), kind = 'file', what LIMIT ?"""
_SELECT_KEPT_FILES: Final = """
    SELECT user, guild, kind, path FROM kept_files
    WHERE (user, guild, kind, path) > (?, ?, ?, ?) ORDER BY user, guild, kind, path LIMIT ?"""
# Messages go if either wish wants it. Those of a wish whose rows went already are written down
# apart.
_UPSERT_ERASURE: Final = f"""
    INSERT INTO erasures (user, guild, asked_at, messages) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at, erased_at = NULL,
        messages = max(iif(erased_at IS NULL, messages, 0), excluded.messages)
    RETURNING {erase.COLUMNS}"""  # noqa: S608 -- only constants are inserted


class SqlitePrivacyStore(SqliteStore):
    """Export and erasure of personal data. Implements the port `PrivacyStore`."""

    def __init__(self, db: Database, default_zone: str) -> None:
        super().__init__(db)
        self._default_zone = default_zone

    async def export_user_rows(self, user: int, guild: int) -> Mapping[str, tuple[ExportRow, ...]]:
        who = {"user": user, "guild": guild}
        found = [
            (holding, await self._db.read_rows(personal_data.build_query(holding, guild), who))
            for holding in personal_data.USER_DATA_TABLES
        ]

        def build_export() -> dict[str, tuple[ExportRow, ...]]:
            return {
                holding.table: tuple(
                    personal_data.build_export_row(holding, row, user) for row in rows
                )
                for holding, rows in found
                if rows
            }

        return await asyncio.to_thread(build_export)  # it takes long for a long history

    async def count_user_rows(self, user: int, guild: int) -> Mapping[str, int]:
        who, counts = {"user": user, "guild": guild}, {}
        for holding in personal_data.USER_DATA_TABLES:
            rows = await self._db.read_rows(
                personal_data.build_query(holding, guild, "count(*) AS n"), who
            )
            if number := int(rows[0]["n"]):
                counts[holding.table] = number
        return counts

    @transaction
    def request_erasure(
        self, conn: Connection, user: int, guild: int, now: datetime, *, messages: bool
    ) -> ErasureRequest:
        values = (user, guild, to_micros(now), int(messages))
        return erase.read_erasure(conn.execute(_UPSERT_ERASURE, values).fetchone())

    async def erase_user_rows(self, number: int, now: datetime) -> ErasureCounts | None:
        zone = self._default_zone
        erased = await self._db.run_transaction(erase.erase_user_rows, number, now, zone)
        if erased is not None and (erased.jobs or erased.drafts):
            await self._db.truncate_wal()
        return erased

    async def list_pending_erasures(self) -> tuple[ErasureRequest, ...]:
        return tuple(map(erase.read_erasure, await self._db.read_rows(erase.SELECT_ERASURES)))

    async def list_erasure_tasks(self, number: int, most: int) -> tuple[ErasureTask, ...]:
        return tuple(
            ErasureTask(row["erasure"], ErasureTaskKind(row["kind"]), row["what"])
            for row in await self._db.read_rows(_SELECT_TASKS, (number, most))
        )

    @transaction
    def mark_erasure_tasks_done(self, conn: Connection, errands: tuple[ErasureTask, ...]) -> None:
        conn.executemany(
            "DELETE FROM errands WHERE erasure = ? AND kind = ? AND what = ?",
            [(one.erasure, one.kind.value, one.target) for one in errands],
        )

    async def finish_erasures(self, now: datetime) -> None:
        rows = await self._db.read_rows("SELECT seq FROM erasures WHERE erased_at IS NOT NULL")
        numbers, zone = [row["seq"] for row in rows], self._default_zone
        for start in range(0, len(numbers), FINISHED_PER_WRITE):
            batch = numbers[start : start + FINISHED_PER_WRITE]
            await self._db.run_transaction(erase.finish_erasures, batch, now, zone)

    async def list_kept_files(self, after: KeptFile | None, most: int) -> tuple[KeptFile, ...]:
        start = (after.user, after.guild, after.kind.value, after.path) if after else (0, 0, "", "")
        rows = await self._db.read_rows(_SELECT_KEPT_FILES, (*start, most))
        return tuple(
            KeptFile(row["user"], row["guild"], ErasureTaskKind(row["kind"]), row["path"])
            for row in rows
        )

    @transaction
    def delete_kept_files(self, conn: Connection, files: tuple[KeptFile, ...]) -> None:
        conn.executemany(
            "DELETE FROM kept_files WHERE user = ? AND guild = ? AND kind = ? AND path = ?",
            [(one.user, one.guild, one.kind.value, one.path) for one in files],
        )
