"""Blocks on disk: whom they keep out, until when, and what the audit log says of them."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.sqlite import blocks
from bot.adapters.sqlite.blocks import SqliteBlockStore
from bot.core.blocks import MemberBlock
from bot.core.errors import Refused
from tests.support.books import BEN, MIA, MODERATOR, NOON, Desk

HERE = MIA.guild
HOUR = timedelta(hours=1)


@pytest.fixture
def store(desk: Desk) -> SqliteBlockStore:
    return SqliteBlockStore(desk.db)


async def audited(desk: Desk) -> list[tuple[object, object, object]]:
    return [(row["action"], row["target"], row["actor"]) for row in await desk.rows("audit")]


async def test_a_block_stops_its_member_at_the_gate_and_nobody_else(
    desk: Desk, store: SqliteBlockStore
) -> None:
    """In its own guild; the person draws on in another."""
    await store.block_member(MODERATOR, MIA.user, None, "spam", NOON)
    with pytest.raises(Refused) as refused:
        await desk.ask()
    assert refused.value.rule == "blocked"
    assert await desk.rows("jobs") == []
    await desk.ask(asker=BEN)
    await desk.ask(asker=replace(MIA, guild=HERE + 1))


async def test_a_block_ends_at_its_moment(desk: Desk, store: SqliteBlockStore) -> None:
    """To the microsecond; one without an end never does."""
    until = NOON + HOUR
    await store.block_member(MODERATOR, MIA.user, until, "", NOON)
    await store.block_member(MODERATOR, BEN.user, None, "", NOON)
    just_before = until - timedelta(microseconds=1)
    assert await store.find_block(HERE, MIA.user, just_before) == MemberBlock(
        MIA.user, until, "", MODERATOR.user
    )
    assert await store.find_block(HERE, MIA.user, until) is None
    await desk.ask(now=until)
    assert await store.find_block(HERE, BEN.user, NOON + timedelta(days=999)) is not None


async def test_a_second_block_replaces_the_first(desk: Desk, store: SqliteBlockStore) -> None:
    """The later one holds, also where it is shorter; both are in the audit log."""
    await store.block_member(MODERATOR, MIA.user, None, "spam", NOON)
    await store.block_member(BEN, MIA.user, NOON + HOUR, "half a \ud83e", NOON)
    (block,) = await store.list_blocks(HERE, NOON)
    assert block == MemberBlock(MIA.user, NOON + HOUR, "half a ?", BEN.user)
    assert await audited(desk) == [
        ("block.set", f"member:{MIA.user}", MODERATOR.user),
        ("block.set", f"member:{MIA.user}", BEN.user),
    ]


async def test_the_list_has_who_is_blocked_now_the_last_blocked_first(
    desk: Desk, store: SqliteBlockStore
) -> None:
    assert await store.list_blocks(HERE, NOON) == ()
    for number, until in enumerate((None, NOON + HOUR, NOON)):
        at = NOON + timedelta(seconds=number)
        await store.block_member(MODERATOR, 500 + number, until, "", at)
    await store.block_member(replace(MODERATOR, guild=HERE + 1), 600, None, "", NOON)
    assert [block.user for block in await store.list_blocks(HERE, NOON)] == [501, 500]
    assert [block.user for block in await store.list_blocks(HERE, NOON + HOUR)] == [500]


async def test_a_lifted_block_says_so_once(desk: Desk, store: SqliteBlockStore) -> None:
    """Who was not blocked, or not any more, or elsewhere, leaves no row in the audit log."""
    await store.block_member(MODERATOR, MIA.user, NOON + HOUR, "", NOON)
    assert not await store.unblock_member(replace(MODERATOR, guild=HERE + 1), MIA.user, NOON)
    assert not await store.unblock_member(MODERATOR, BEN.user, NOON)
    assert await store.unblock_member(MODERATOR, MIA.user, NOON)
    assert not await store.unblock_member(MODERATOR, MIA.user, NOON)
    await store.block_member(MODERATOR, MIA.user, NOON + HOUR, "", NOON)
    assert not await store.unblock_member(MODERATOR, MIA.user, NOON + HOUR)
    assert [action for action, _, _ in await audited(desk)] == [
        "block.set",
        "block.lifted",
        "block.set",
    ]
    await desk.ask()


async def test_a_transaction_sees_its_own_block(desk: Desk) -> None:
    """So a block and the job that it stops cannot cross."""

    def block_and_look(conn: sqlite3.Connection) -> MemberBlock | None:
        conn.execute("INSERT INTO blocks VALUES (?, ?, NULL, ?, ?, 0)", row)
        return blocks.find_block(conn, HERE, MIA.user, NOON)

    row = (HERE, MIA.user, "spam", MODERATOR.user)
    found = await desk.db.run_transaction(block_and_look)
    assert found == MemberBlock(MIA.user, None, "spam", MODERATOR.user)
