"""The books' part for what a person may see of themselves, and have erased."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from bot.adapters.sqlite.database import Database
from bot.adapters.sqlite.jobs import Terms
from bot.adapters.sqlite.privacy import erase as privacy
from bot.adapters.sqlite.privacy.personal_data import HOLDINGS, query
from bot.core.privacy.model import Erased, Erasure, Errand, Row


class Forgetting:
    """Part of `SqliteBooks`."""

    _db: Database
    _terms: Terms

    async def kept_of(self, user: int, guild: int) -> Mapping[str, tuple[Row, ...]]:
        """Every row about a person, by table; `guild` 0 is everywhere.

        Read beside the writer: however much it is, nobody's job waits for it.
        """
        who = {"user": user, "guild": guild}
        found = [(one, await self._db.read(query(one, guild), who)) for one in HOLDINGS]
        return await asyncio.to_thread(privacy.shown_all, found, user)

    async def count_of(self, user: int, guild: int) -> Mapping[str, int]:
        """How many rows there are of a person, by table; tables without any are left out."""
        who, counts = {"user": user, "guild": guild}, {}
        for holding in HOLDINGS:
            rows = await self._db.read(query(holding, guild, privacy.COUNTS), who)
            if number := int(rows[0]["n"]):
                counts[holding.table] = number
        return counts

    async def ask_erasure(self, user: int, guild: int, now: datetime, *, messages: bool) -> Erasure:
        """Write down that a person wants to be forgotten; asking again means all until now."""
        return await self._db.run(privacy.ask, user, guild, now, messages=messages)

    async def erase(self, number: int, now: datetime) -> Erased | None:
        """Erase the rows and write down which files are owed; None while a job of theirs lives."""
        erased = await self._db.run(privacy.erase, number, now, self._terms.time_zone)
        if erased is not None and (erased.jobs or erased.drafts):
            await self._db.fold()
        return erased

    async def erasures(self) -> tuple[Erasure, ...]:
        """Those that are not over, oldest first."""
        return tuple(map(privacy.read_erasure, await self._db.read(privacy.ERASURES)))

    async def errands(self, number: int, most: int) -> tuple[Errand, ...]:
        """What an erasure still owes: files at hand first, messages last."""
        rows = await self._db.read(privacy.ERRANDS, (number, most))
        return tuple(map(privacy.read_errand, rows))

    async def ran(self, errands: tuple[Errand, ...]) -> None:
        """These are owed no longer."""
        await self._db.run(privacy.ran, errands)

    async def settle_erasures(self, now: datetime) -> None:
        """Erase what a month that is over held back; forget erasures that owe nothing more."""
        await self._db.run(privacy.settle_all, now, self._terms.time_zone)
