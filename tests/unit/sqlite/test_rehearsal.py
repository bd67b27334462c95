"""Asking what would happen changes nothing, whatever the answer is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.sqlite import SqliteBooks
from bot.core.errors import Refused
from bot.core.quota import Limits
from bot.flow.ports import NewJob
from tests.support.books import MIA, NOON, Desk, job_id, open_desk, order

TABLES = ("jobs", "holds", "totals", "charges", "audit", "posts")


def new(images: int = 1, source: str = "") -> NewJob:
    return NewJob(job_id(900), order(images), MIA, source, NOON)


async def everything(desk: Desk) -> list[list[dict[str, object]]]:
    return [await desk.rows(table) for table in TABLES]


async def test_a_yes_says_what_would_be_left_and_leaves_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db", Limits(day=5)) as desk:
        await desk.ask(2)
        before = await everything(desk)
        rehearsed = await desk.books.rehearse(new(2))
        assert rehearsed.balance.left == 1
        assert await everything(desk) == before
        # The same again, and then in earnest: nothing of the rehearsal counts.
        assert (await desk.books.rehearse(new(2))).balance.left == 1
        assert (await desk.books.submit(new(2))).balance == rehearsed.balance


async def test_a_no_is_the_same_no(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db", Limits(day=1)) as desk:
        await desk.ask(1)
        before = await everything(desk)
        with pytest.raises(Refused) as rehearsed:
            await desk.books.rehearse(new())
        with pytest.raises(Refused) as real:
            await desk.books.submit(new())
        assert (rehearsed.value.rule, str(rehearsed.value)) == (real.value.rule, str(real.value))
        assert await everything(desk) == before


async def test_a_blocked_member_would_be_refused(tmp_path: Path) -> None:
    async with open_desk(tmp_path / "b.db") as desk:
        books: SqliteBooks = desk.books
        await books.block(MIA, MIA.user, None, "", NOON)
        with pytest.raises(Refused) as refused:
            await books.rehearse(new())
        assert refused.value.rule.startswith("block")
