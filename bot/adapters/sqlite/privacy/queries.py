"""The books' part for what a person may see of themselves, and have erased."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.privacy import erase as privacy
from bot.adapters.sqlite.privacy.personal_data import USER_DATA_TABLES, build_query
from bot.core.privacy.model import ErasureCounts, ErasureRequest, ErasureTask, ExportRow


class SqlitePrivacyStore:
    """Export and erasure of personal data. Implements the port `PrivacyStore`."""

    def __init__(self, db: Database, default_zone: str) -> None:
        self._db, self._default_zone = db, default_zone

    async def export_user_rows(self, user: int, guild: int) -> Mapping[str, tuple[ExportRow, ...]]:
        who = {"user": user, "guild": guild}
        found = [
            (one, await self._db.read_rows(build_query(one, guild), who))
            for one in USER_DATA_TABLES
        ]
        return await asyncio.to_thread(privacy.build_export, found, user)

    async def count_user_rows(self, user: int, guild: int) -> Mapping[str, int]:
        who, counts = {"user": user, "guild": guild}, {}
        for holding in USER_DATA_TABLES:
            rows = await self._db.read_rows(build_query(holding, guild, privacy.COUNT_COLUMN), who)
            if number := int(rows[0]["n"]):
                counts[holding.table] = number
        return counts

    async def request_erasure(
        self, user: int, guild: int, now: datetime, *, messages: bool
    ) -> ErasureRequest:
        return await self._db.run_transaction(
            privacy.request_erasure, user, guild, now, messages=messages
        )

    async def erase_user_rows(self, number: int, now: datetime) -> ErasureCounts | None:
        erased = await self._db.run_transaction(
            privacy.erase_user_rows, number, now, self._default_zone
        )
        if erased is not None and (erased.jobs or erased.drafts):
            await self._db.truncate_wal()
        return erased

    async def list_pending_erasures(self) -> tuple[ErasureRequest, ...]:
        return tuple(map(privacy.read_erasure, await self._db.read_rows(privacy.SELECT_ERASURES)))

    async def list_erasure_tasks(self, number: int, most: int) -> tuple[ErasureTask, ...]:
        rows = await self._db.read_rows(privacy.SELECT_TASKS, (number, most))
        return tuple(map(privacy.read_erasure_task, rows))

    async def mark_erasure_tasks_done(self, errands: tuple[ErasureTask, ...]) -> None:
        await self._db.run_transaction(privacy.mark_tasks_done, errands)

    async def finish_erasures(self, now: datetime) -> None:
        await self._db.run_transaction(privacy.finish_erasures, now, self._default_zone)
