"""Notices as they are kept: recorded with their cause, gone with their job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.adapters.sqlite.notices import SqliteNoticeStore, insert_notice
from bot.core.ids import JobId
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


async def test_a_newer_notice_of_a_job_replaces_the_older(desk: Desk) -> None:
    job, other = [JobId((await desk.ask()).job.id) for _ in range(2)]
    first = Notice("report:x:1", 90, CARD, NOON, job)
    second, apart = replace(first, key="report:x:2"), replace(first, key="report:y:1", job=other)
    greeting = Notice("greeting:7", 91, MessageCard("Hi!"), NOON)
    for notice in (first, apart, greeting, second):
        await desk.db.run_transaction(insert_notice, notice)
    assert await SqliteNoticeStore(desk.db).list_notices() == (greeting, second, apart)


async def test_what_another_release_wrote_is_deleted_and_the_rest_is_kept(desk: Desk) -> None:
    """Or the bot would not start again."""
    store, good = SqliteNoticeStore(desk.db), Notice("z", 90, CARD, NOON)
    await desk.db.run_transaction(insert_notice, good)
    [row] = await desk.rows("notices")
    cards = [
        row["card"].replace('"footer"', '"foot"'),
        row["card"].replace('"embed"', '"embeds"'),
        row["card"].replace('"danger"', '"dangerous"'),
        "[]",
        "{",
    ]
    assert len({*cards, row["card"]}) == 6
    for key, card in enumerate(cards):
        bad = "INSERT INTO notices (key, channel, card, made_at) VALUES (?, 90, ?, 0)"
        await desk.db.run_transaction(lambda conn, *bound: conn.execute(*bound), bad, (key, card))
    with capture_logs() as lines:
        assert await store.list_notices() == (good,)
    assert [line["notice"] for line in lines] == ["0", "1", "2", "3", "4"]
    assert len(await desk.rows("notices")) == 1
