"""The store of personal data: an export, its counts, and what an erasure still owes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.sqlite.privacy import queries
from bot.adapters.sqlite.privacy.personal_data import USER_DATA_TABLES
from bot.adapters.sqlite.privacy.queries import SqlitePrivacyStore
from bot.core.privacy.model import ErasureCounts
from tests.support.books import MIA, NOON, Desk, set_clocks
from tests.support.personal_rows import (
    BEN,
    FAR_MIA,
    MODERATOR,
    PROMPT,
    SECRET,
    drew,
    everything,
)


async def kept(desk: Desk, guild: int = 0) -> Mapping[str, tuple[Mapping[str, object], ...]]:
    return await desk.books.privacy.export_user_rows(MIA.user, guild)


async def test_every_table_about_people_has_a_row_here(desk: Desk) -> None:
    """The export is asked for real rows of each: a condition that finds none would show nothing."""
    await everything(desk)
    await desk.ask()
    await desk.books.privacy.request_erasure(MIA.user, 0, NOON, messages=False)
    found = await kept(desk)
    assert set(found) == {holding.table for holding in USER_DATA_TABLES}
    counts = {table: len(rows) for table, rows in found.items()}
    assert await desk.books.privacy.count_user_rows(MIA.user, 0) == counts


async def test_an_export_has_the_words_and_no_secret_and_nobody_else(desk: Desk) -> None:
    await everything(desk)
    found = await kept(desk)
    text = json.dumps(found)

    assert {row["order"]["prompt"] for row in found["jobs"]} == {PROMPT}  # type: ignore[index]  # unpacked JSON
    assert found["jobs"][0]["created_at"] == "2026-11-24T12:00:00+00:00"
    assert SECRET not in text
    assert "session-secret" not in text
    assert str(MODERATOR.user) not in text
    assert str(BEN.user) not in text
    assert [row["reason"] for row in found["blocks"]] == ["too loud"]


async def test_an_export_of_one_server_is_of_that_one(desk: Desk) -> None:
    await everything(desk)
    assert len((await kept(desk, 7))["jobs"]) == 1
    assert len((await kept(desk, 8))["jobs"]) == 1
    assert (await desk.books.privacy.count_user_rows(MIA.user, 8))["images"] == 1
    far = [row for rows in (await kept(desk, 8)).values() for row in rows]
    assert {row["guild"] for row in far if "guild" in row} == {8}
    assert len((await kept(desk))["jobs"]) == 2
    assert await desk.books.privacy.export_user_rows(12345, 0) == {}


async def test_a_person_without_rows_has_an_empty_export_and_no_counts(desk: Desk) -> None:
    store = SqlitePrivacyStore(desk.db, "UTC")
    await drew(desk, BEN)
    assert await store.export_user_rows(MIA.user, 0) == {}
    assert await store.count_user_rows(MIA.user, 0) == {}


async def test_an_erasure_ends_with_the_month_of_the_hosts_time_zone(desk: Desk) -> None:
    """Where the server has chosen none; its own choice counts for more."""
    ahead = SqlitePrivacyStore(desk.db, "Pacific/Kiritimati")  # 14 hours ahead
    behind = SqlitePrivacyStore(desk.db, "Pacific/Pago_Pago")  # 11 hours behind
    await drew(desk)
    await drew(desk, FAR_MIA)
    await set_clocks(desk.books, replace(MODERATOR, guild=8), "UTC", NOON)
    wish = await ahead.request_erasure(MIA.user, 0, NOON, messages=False)
    assert await ahead.erase_user_rows(wish.number, NOON) == ErasureCounts(2, 0, 2)
    month_end = NOON.replace(month=12, day=1, hour=0)
    await behind.finish_erasures(month_end - timedelta(hours=1))
    assert {row["guild"] for row in await desk.rows("charges")} == {7, 8}
    await ahead.finish_erasures(month_end - timedelta(hours=1))
    assert {row["guild"] for row in await desk.rows("charges")} == {8}
    await ahead.finish_erasures(month_end)
    assert await desk.rows("charges") == []


async def test_an_erasure_is_pending_until_its_last_task_is_done(desk: Desk) -> None:
    """Tasks come at most as many as are asked for, and each is done once."""
    store = SqlitePrivacyStore(desk.db, "UTC")
    await drew(desk)
    wish = await store.request_erasure(MIA.user, 0, NOON, messages=True)
    assert await store.list_pending_erasures() == (wish,)
    assert await store.list_erasure_tasks(wish.number, 9) == ()  # its rows have not gone yet
    await store.erase_user_rows(wish.number, NOON)
    after_month = NOON + timedelta(days=40)
    tasks = await store.list_erasure_tasks(wish.number, 9)
    assert len(tasks) > 1
    assert await store.list_erasure_tasks(wish.number, 1) == tasks[:1]
    await store.mark_erasure_tasks_done(tasks[:-1])
    await store.finish_erasures(after_month)
    assert [one.number for one in await store.list_pending_erasures()] == [wish.number]
    await store.mark_erasure_tasks_done(tasks)
    await store.finish_erasures(after_month)
    assert await store.list_pending_erasures() == ()


async def test_no_transaction_finishes_more_than_a_batch(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests wait for a transaction, and a server that is forgotten leaves thousands."""
    store = SqlitePrivacyStore(desk.db, "UTC")
    for user in range(5):
        wish = await store.request_erasure(user, 7, NOON, messages=False)
        await store.erase_user_rows(wish.number, NOON)
    left = [5]
    run_transaction = desk.db.run_transaction

    async def watch(*args: Any) -> None:
        await run_transaction(*args)
        left.append(len(await desk.rows("erasures")))

    monkeypatch.setattr(queries, "FINISHED_PER_WRITE", 2)
    monkeypatch.setattr(desk.db, "run_transaction", watch)
    await store.finish_erasures(NOON)
    assert left == [5, 3, 1, 0]
