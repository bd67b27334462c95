"""Notices as they are kept: recorded with their cause, gone with their job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.sqlite.notices import SqliteNoticeStore, insert_notice
from bot.core.notices import Notice
from bot.core.ui.card import ButtonStyle, CardButton, CardTone, Embed, MessageCard
from tests.support.books import NOON, Desk, open_desk

CARD = MessageCard(
    "Reported.",
    Embed("title", "body", CardTone.BAD, footer="foot"),
    (CardButton("remove", "Delete", "x", "1", ButtonStyle.DANGER, row=2),),
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path / "b.db") as desk:
        yield desk


async def test_a_notice_is_kept_as_it_is_until_it_is_deleted(desk: Desk) -> None:
    store = SqliteNoticeStore(desk.db)
    first = Notice("report:x:1", 90, CARD, NOON)
    second = Notice("greeting:7", 91, MessageCard("Hi!"), NOON)
    for notice in (first, second, second):
        await desk.db.run_transaction(insert_notice, notice)
    assert await store.list_notices() == (second, first)
    await store.delete_notice(first.key)
    await store.delete_notice(first.key)
    assert await store.list_notices() == (second,)
