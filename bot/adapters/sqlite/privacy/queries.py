"""The books' part for what a person may see of themselves, and have erased."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.jobs import Terms
from bot.adapters.sqlite.privacy import erase as privacy
from bot.adapters.sqlite.privacy.personal_data import HOLDINGS, query
from bot.core.privacy.model import ErasureCounts, ErasureRequest, ErasureTask, ExportRow


class Forgetting:
    """Part of `SqliteBooks`."""

    _db: Database
    _terms: Terms

    async def export_user_rows(self, user: int, guild: int) -> Mapping[str, tuple[ExportRow, ...]]:
        """Every row about a person, by table; `guild` 0 is everywhere.

        Read beside the writer: however much it is, nobody's job waits for it.
        """
        who = {"user": user, "guild": guild}
        found = [(one, await self._db.read(query(one, guild), who)) for one in HOLDINGS]
        return await asyncio.to_thread(privacy.shown_all, found, user)

    async def count_user_rows(self, user: int, guild: int) -> Mapping[str, int]:
        """How many rows there are of a person, by table; tables without any are left out."""
        who, counts = {"user": user, "guild": guild}, {}
        for holding in HOLDINGS:
            rows = await self._db.read(query(holding, guild, privacy.COUNTS), who)
            if number := int(rows[0]["n"]):
                counts[holding.table] = number
        return counts

    async def request_erasure(
        self, user: int, guild: int, now: datetime, *, messages: bool
    ) -> ErasureRequest:
        """Write down that a person wants to be forgotten; asking again means all until now."""
        return await self._db.run(privacy.ask, user, guild, now, messages=messages)

    async def erase_user_rows(self, number: int, now: datetime) -> ErasureCounts | None:
        """Erase the rows and write down which files are owed; None while a job of theirs lives."""
        erased = await self._db.run(privacy.erase, number, now, self._terms.time_zone)
        if erased is not None and (erased.jobs or erased.drafts):
            await self._db.fold()
        return erased

    async def list_pending_erasures(self) -> tuple[ErasureRequest, ...]:
        """Those that are not over, oldest first."""
        return tuple(map(privacy.read_erasure, await self._db.read(privacy.ERASURES)))

    async def list_erasure_tasks(self, number: int, most: int) -> tuple[ErasureTask, ...]:
        """What an erasure still owes: files at hand first, messages last."""
        rows = await self._db.read(privacy.ERRANDS, (number, most))
        return tuple(map(privacy.read_errand, rows))

    async def mark_erasure_tasks_done(self, errands: tuple[ErasureTask, ...]) -> None:
        """These are owed no longer."""
        await self._db.run(privacy.ran, errands)

    async def finish_erasures(self, now: datetime) -> None:
        """Erase what a month that is over held back; forget erasures that owe nothing more."""
        await self._db.run(privacy.settle_all, now, self._terms.time_zone)
