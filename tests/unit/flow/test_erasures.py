"""Erasures in the background: one after another, so that nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.drawing.request import RequestContext
from bot.core.errors import StoreError
from bot.core.ids import JobId
from bot.core.privacy.model import ErasureCounts
from bot.flow.erasures import ERASURE_TASKS_PER_WRITE
from tests.support.books import BEN, MIA
from tests.support.flow import Stage, stage

GUILD, MEMBERS = 999, 20


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as town:
        town.work()
        yield town


async def pending(town: Stage) -> int:
    return len(await town.kit.stores.privacy.list_pending_erasures())


async def fill(town: Stage) -> None:
    """A guild that is forgotten, with a choice of each of its members."""
    await town.books.db.run_transaction(
        lambda conn: conn.executemany(
            "INSERT INTO personal (guild, user, model) VALUES (?, ?, 'm')",
            [(GUILD, 1000 + number) for number in range(MEMBERS)],
        )
    )
    await town.kit.stores.retention.erase_guild(GUILD, town.hands.now)
    assert await pending(town) == MEMBERS


async def draw(town: Stage, prompt: str, member: RequestContext = MIA) -> None:
    job, _ = await town.ask(prompt, member)
    await town.becomes(job.id, "done")
    await town.kit.tasks.wait_for_tasks(("delivery",))


async def resume(town: Stage) -> None:
    """What maintenance begins, to its end."""
    await town.flow.privacy.resume_erasures()
    await town.kit.tasks.wait_for_tasks(("erasing",))


async def test_one_after_another_and_once(town: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request writes too, and waits for all writes that were asked for before."""
    await fill(town)
    erase = town.kit.stores.privacy.erase_user_rows
    erased: list[int] = []
    active = peak = 0

    async def watch(number: int, now: datetime) -> ErasureCounts | None:
        nonlocal active, peak
        active += 1
        peak = max(active, peak)
        erased.append(number)
        try:
            return await erase(number, now)
        finally:
            active -= 1

    monkeypatch.setattr(town.kit.stores.privacy, "erase_user_rows", watch)
    await town.flow.privacy.resume_erasures()  # at the start
    await resume(town)  # a minute later
    assert peak == 1
    assert len(erased) == len(set(erased)) == MEMBERS
    assert await pending(town) == 0
    assert await town.books.rows("personal") == []


async def test_one_that_fails_stops_no_other(town: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(town)
    erase = town.kit.stores.privacy.erase_user_rows
    first = (await town.kit.stores.privacy.list_pending_erasures())[0]

    async def fail(number: int, now: datetime) -> ErasureCounts | None:
        if number == first.number:
            raise StoreError("disk full")
        return await erase(number, now)

    monkeypatch.setattr(town.kit.stores.privacy, "erase_user_rows", fail)
    await resume(town)
    (left,) = await town.kit.stores.privacy.list_pending_erasures()
    assert left == first


async def test_rows_wait_for_nobodys_files(town: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """SwarmUI may answer very slowly."""
    for member in (MIA, BEN):
        await draw(town, "a fox", member)
        await town.kit.stores.privacy.request_erasure(
            member.user, 0, town.hands.now, messages=False
        )
    asked, answers, delete = asyncio.Event(), asyncio.Event(), town.kit.spool.delete_job_files

    async def wait(job: JobId) -> None:
        asked.set()
        await answers.wait()
        await delete(job)

    monkeypatch.setattr(town.kit.spool, "delete_job_files", wait)
    await town.flow.privacy.resume_erasures()
    await asyncio.wait_for(asked.wait(), 30)
    assert await town.books.rows("jobs") == []
    answers.set()
    await town.kit.tasks.wait_for_tasks(("erasing",))
    assert town.painter.saved == {}


async def test_more_than_one_transaction_takes_is_erased_all_the_same(town: Stage) -> None:
    """Each job owes its files on the disk, its folder on SwarmUI and its message."""
    for number in range(ERASURE_TASKS_PER_WRITE // 3 + 1):
        await draw(town, f"fox {number}")
    await town.flow.privacy.erase_data(MIA, messages=True)
    await resume(town)

    async def gone() -> bool:
        return await town.books.rows("errands") == []

    await town.until(gone)
    assert town.board.messages == {}
    assert town.painter.saved == {}
