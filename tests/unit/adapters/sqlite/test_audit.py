"""The audit log on disk: its pages, and which changes a log channel still has to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.sqlite.audit import SqliteAuditStore, insert_audit_row
from bot.core.audit.model import AuditRow
from bot.core.drawing.request import RequestContext
from tests.support.books import MODERATOR, NOON, Desk

HERE = MODERATOR.guild
ELSEWHERE = replace(MODERATOR, guild=HERE + 1)


@pytest.fixture
def store(desk: Desk) -> SqliteAuditStore:
    return SqliteAuditStore(desk.db)


async def change(
    desk: Desk,
    new: str,
    target: str = "role:5",
    *,
    by: RequestContext = MODERATOR,
    action: str = "limits.day",
    old: str = "",
) -> None:
    await desk.db.run_transaction(insert_audit_row, by, action, target, old, new, NOON)


async def choose_log_channel(desk: Desk) -> None:
    await change(desk, "<#70>", f"guild:{HERE}", action="settings.log_channel", old="none")


async def pending(store: SqliteAuditStore, most: int = 9) -> list[str]:
    return [row.new for _, row in (await store.find_pending_changes(HERE, most)).rows]


async def test_a_guild_without_changes_has_an_empty_log(store: SqliteAuditStore) -> None:
    assert await store.list_audit_rows(HERE, 0, 5) == ((), 0)
    assert await store.find_changed_guilds(0) == (0, ())
    assert (await store.find_pending_changes(HERE, 5)).rows == ()


async def test_a_page_is_newest_first_and_counts_all(desk: Desk, store: SqliteAuditStore) -> None:
    """The last page is short, the one behind it empty; another guild's rows are in none."""
    for number in range(5):
        await change(desk, str(number))
    await change(desk, "theirs", by=ELSEWHERE)
    pages = [await store.list_audit_rows(HERE, skip, 2) for skip in (0, 2, 4, 6)]
    assert [[row.new for row in rows] for rows, _ in pages] == [["4", "3"], ["2", "1"], ["0"], []]
    assert {total for _, total in pages} == {5}


async def test_a_row_comes_back_whole(desk: Desk, store: SqliteAuditStore) -> None:
    await change(desk, "30", "member:101", old="unlimited")
    (row,), _ = await store.list_audit_rows(HERE, 0, 1)
    assert row == AuditRow(NOON, MODERATOR.user, "limits.day", "member:101", "unlimited", "30")


async def test_one_target_has_a_log_of_its_own(desk: Desk, store: SqliteAuditStore) -> None:
    for target in ("role:5", "role:55", "role:5"):
        await change(desk, target, target)
    rows, total = await store.list_audit_rows(HERE, 0, 9, "role:5")
    assert ([row.target for row in rows], total) == (["role:5"] * 2, 2)


async def test_only_guilds_with_newer_changes_are_named(
    desk: Desk, store: SqliteAuditStore
) -> None:
    """A number beyond the newest means that the numbers began anew: every guild is named."""
    await change(desk, "1")
    await change(desk, "2", by=ELSEWHERE)
    newest, guilds = await store.find_changed_guilds(0)
    assert sorted(guilds) == [HERE, ELSEWHERE.guild]
    assert await store.find_changed_guilds(newest) == (newest, ())
    assert await store.find_changed_guilds(newest - 1) == (newest, (ELSEWHERE.guild,))
    assert sorted((await store.find_changed_guilds(newest + 50))[1]) == [HERE, ELSEWHERE.guild]


async def test_a_log_channel_begins_with_the_change_that_chose_it(
    desk: Desk, store: SqliteAuditStore
) -> None:
    """What was before is not told, nor is a report, which has a message of its own."""
    await change(desk, "before")
    assert await pending(store) == []
    await choose_log_channel(desk)
    await change(desk, "reported", action="picture.reported")
    await change(desk, "after")
    assert await pending(store) == ["<#70>", "after"]


async def test_more_changes_than_fit_are_counted(desk: Desk, store: SqliteAuditStore) -> None:
    await choose_log_channel(desk)
    await change(desk, "second")
    await change(desk, "third")
    counts = {
        most: (len(found.rows), found.remaining)
        for most in (1, 3, 4)
        for found in [await store.find_pending_changes(HERE, most)]
    }
    assert counts == {1: (1, 2), 3: (3, 0), 4: (3, 0)}


async def test_a_message_that_was_begun_is_offered_again_with_exactly_its_changes(
    desk: Desk, store: SqliteAuditStore
) -> None:
    """Whatever came meanwhile follows after it; what was sent is not offered again."""
    await choose_log_channel(desk)
    await change(desk, "second")
    begun = await store.find_pending_changes(HERE, 2)
    assert begun.sending_since is None
    first, last = begun.rows[0][0], begun.rows[-1][0]
    at = NOON + timedelta(minutes=1)
    await store.mark_changes_sending(HERE, first, last, at)
    await change(desk, "third")

    again = await store.find_pending_changes(HERE, 1)
    assert (again.rows, again.remaining, again.sending_since) == (begun.rows, 1, at)
    await store.mark_changes_sent(HERE, last, 77)
    assert await pending(store) == ["third"]
    next_one = await store.find_pending_changes(HERE, 1)
    assert (next_one.sending_since, next_one.last_message) == (None, 77)
