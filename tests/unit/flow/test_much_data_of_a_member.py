"""Much that is kept of one person: who waits for it, for how long, and what goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bot.core.ids import JobId
from bot.core.privacy.cards import ErasureOutcome, erased_card
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow import privacy
from bot.flow.privacy import ANSWER_TIMEOUT_S
from tests.support.books import MIA
from tests.support.flow import FakePainter, Hands, Stage, stage

LIMIT = 10 * 1024 * 1024
REST = (
    "That isn't everything yet. The rest follows on its own, so you don't need to do anything else."
)


@dataclass
class Slow(FakePainter):
    """A SwarmUI that takes `takes` seconds for each file, and may be `held` before one."""

    hands: Hands = field(default_factory=Hands)
    takes: float = 0.0
    held: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def delete_image(self, ref: str) -> bool:
        self.asked.set()
        if self.held is not None:
            await self.held.wait()
        self.hands.now += timedelta(seconds=self.takes)
        return await super().delete_image(ref)


@pytest.fixture
async def painter() -> Slow:
    return Slow()


@pytest.fixture
async def town(tmp_path: Path, painter: Slow) -> AsyncIterator[Stage]:
    async with stage(tmp_path, painter=painter, hands=painter.hands) as town:
        town.work()
        yield town


async def drew(town: Stage, count: int = 1) -> list[JobId]:
    jobs = []
    for n in range(count):
        job, _ = await town.ask(f"fox {n}")
        await town.becomes(job.id, "done")
        jobs.append(job.id)
    return jobs


async def owed(town: Stage) -> list[object]:
    return [row["kind"] for row in await town.books.rows("errands")]


async def nothing_owed(town: Stage) -> bool:
    return await owed(town) == []


async def test_nobody_waits_for_more_than_fits_into_some_seconds(
    town: Stage, painter: Slow
) -> None:
    """The rows are gone, the answer comes while its token lives, the crew does the rest."""
    await drew(town, 5)
    painter.takes = ANSWER_TIMEOUT_S / 2
    card = await town.flow.privacy.erase_data(MIA)

    assert card.content.startswith("Erased: 5 requests. 2 files deleted on the image server.")
    assert REST in card.content
    assert await town.books.rows("jobs") == []
    await town.until(lambda: nothing_owed(town))
    assert len(set(painter.erased)) == len(painter.erased) == 5
    assert painter.saved == {}


async def test_what_fits_is_all_and_says_no_more(town: Stage, painter: Slow) -> None:
    await drew(town, 3)
    painter.takes = ANSWER_TIMEOUT_S / 3.5
    card = await town.flow.privacy.erase_data(MIA)
    assert "3 files deleted" in card.content
    assert REST not in card.content
    assert await owed(town) == []


async def test_messages_are_counted_all_the_same(town: Stage, painter: Slow) -> None:
    await drew(town, 3)
    painter.takes = ANSWER_TIMEOUT_S
    card = await town.flow.privacy.erase_data(MIA, messages=True)
    assert "3 messages " in card.content
    assert REST in card.content
    await town.until(lambda: nothing_owed(town))
    assert (town.board.messages, painter.saved) == ({}, {})


async def test_one_refusal_is_enough_to_name_every_folder(town: Stage, painter: Slow) -> None:
    """Who may not delete one file may delete none: they are not asked a thousand times."""
    jobs = await drew(town, 4)
    painter.guards_files, painter.takes = True, ANSWER_TIMEOUT_S * 2
    card = await town.flow.privacy.erase_data(MIA)
    assert len(painter.erased) == 1
    assert card.embed is not None
    assert [job in card.embed.body for job in jobs] == [True] * 4
    assert REST not in card.content
    assert await owed(town) == []


async def test_files_that_stay_behind_everybodys_back_are_in_the_log(
    town: Stage, painter: Slow
) -> None:
    """Where nobody reads the answer any more, the host does."""
    (job,) = await drew(town)
    painter.guards_files = True
    await town.kit.stores.privacy.request_erasure(MIA.user, 0, town.hands.now, messages=False)
    with structlog.testing.capture_logs() as logs:
        await town.flow.privacy.resume_erasures()
        await town.kit.tasks.wait_for_tasks(("erasing",))
    (line,) = [line for line in logs if line["event"] == "not erased on SwarmUI"]
    assert job in str(line["files"])


async def test_whoever_asks_again_meanwhile_is_answered_too(
    town: Stage, painter: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crew may be at it for hours."""
    await drew(town)
    painter.held = asyncio.Event()
    await town.kit.stores.privacy.request_erasure(MIA.user, 0, town.hands.now, messages=False)
    await town.flow.privacy.resume_erasures()
    await painter.asked.wait()
    monkeypatch.setattr(privacy, "ANSWER_TIMEOUT_S", 0.01)
    async with asyncio.timeout(30):
        card = await town.flow.privacy.erase_data(MIA, everywhere=True)
    assert card.content == (
        f"Erased: nothing more. {REST} This month's numbers stay until the month is "
        "over, so limits still apply."
    )
    painter.held.set()
    await town.until(lambda: nothing_owed(town))
    assert len(painter.erased) == 1


async def test_one_export_at_a_time(town: Stage) -> None:
    """Of one person: it is read from thousands of rows, and each is a file in memory."""
    await drew(town)
    under_way, done = asyncio.Event(), asyncio.Event()
    sent: list[MessageContent] = []

    async def send(shown: MessageContent) -> None:
        under_way.set()
        await done.wait()
        sent.append(shown)

    async def failing(shown: MessageContent) -> None:
        raise RuntimeError("a bug")

    first = asyncio.create_task(town.flow.privacy.export_data(MIA, LIMIT, send))
    second = asyncio.create_task(town.flow.privacy.export_data(MIA, LIMIT, send))
    told = MessageCard("I'm already putting your file together. You'll get it when it's ready.")
    assert await second == told
    await under_way.wait()
    assert await town.flow.privacy.export_data(MIA, LIMIT, send, everywhere=True) == told
    done.set()
    assert await first is None
    with pytest.raises(RuntimeError):
        await town.flow.privacy.export_data(MIA, LIMIT, failing)
    assert await town.flow.privacy.export_data(MIA, LIMIT, send) is None
    assert len(sent) == 2


def test_the_sentence_stands_where_the_files_are_told_of() -> None:
    assert erased_card(ErasureOutcome(jobs=2, files=1, has_more=True)).content == (
        f"Erased: 2 requests. 1 file deleted on the image server. {REST}"
    )
