"""Files on SwarmUI of forgotten requests: an erasure finds them, or they go by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import BackendDown, RequestRejected
from bot.core.ids import JobId
from bot.core.jobs.progress import ImageReady, RequestEnded, StatusFrame
from bot.flow import kept_files
from bot.flow.kept_files import KeptFiles
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA
from tests.support.flow import FakePainter, Stage, stage

DAYS_91 = timedelta(days=91)
WITH_HISTORY = HostSettings(delete_forgotten_files=True)


class Shelf(FakePainter):
    """A SwarmUI whose files have names of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.script = self._draw

    def _draw(self, _: Any) -> list[Any]:
        self.made += 1
        ref = f"View/local/raw/{self.made}.png"
        return [StatusFrame(1, 0, 0, 0), ImageReady(0, ref), RequestEnded()]

    @property
    def refs(self) -> set[str]:
        """All files that are there."""
        return {ref for refs in self.saved.values() for ref in refs}


async def forgotten(here: Stage, *askers: Any) -> list[JobId]:
    """Jobs that were done and have had their time."""
    here.work()
    jobs = []
    for asker in askers:
        job, _ = await here.ask(asker=asker)
        await here.becomes(job.id, "done")
        jobs.append(job.id)
    await here.kit.tasks.wait_for_tasks(("delivery ",))
    here.hands.now += DAYS_91
    await here.flow.maintenance.delete_expired_files()
    await here.flow.maintenance._delete_expired_rows()
    assert await here.books.rows("jobs") == []
    return jobs


async def test_an_erasure_finds_the_files_of_a_forgotten_request(tmp_path: Path) -> None:
    painter = Shelf()
    elsewhere = replace(MIA, guild=8)
    async with stage(tmp_path, painter=painter) as here:
        await forgotten(here, MIA, BEN, elsewhere)
        assert [(row["user"], row["guild"]) for row in await here.books.rows("kept_files")] == [
            (MIA.user, 7),
            (MIA.user, 8),
            (BEN.user, 7),
        ]
        card = await here.flow.privacy.erase_data(MIA)
        assert "1 file deleted" in card.content
        assert painter.refs == {"View/local/raw/2.png", "View/local/raw/3.png"}
        assert [(row["user"], row["guild"]) for row in await here.books.rows("kept_files")] == [
            (MIA.user, 8),
            (BEN.user, 7),
        ]
        await here.flow.privacy.erase_data(MIA, everywhere=True)
        assert painter.refs == {"View/local/raw/2.png"}


async def test_owner_and_path_are_all_that_stays(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=Shelf()) as here:
        await forgotten(here, MIA)
        assert await here.books.rows("kept_files") == [
            {"user": MIA.user, "guild": 7, "kind": "file", "path": "View/local/raw/1.png"}
        ]


async def test_a_row_stays_as_long_as_its_file(tmp_path: Path) -> None:
    painter = Shelf()
    async with stage(tmp_path, painter=painter) as here:
        await forgotten(here, MIA, BEN)
        review = KeptFiles(here.kit.ports, here.kit.context).review_files
        await review()
        assert len(await here.books.rows("kept_files")) == 2
        del painter.saved[next(iter(painter.saved))]  # somebody did that on SwarmUI's page
        painter.down = BackendDown()
        await review()
        assert len(await here.books.rows("kept_files")) == 2, "an outage proves nothing"
        painter.down = None
        await review()
        await review()
        assert [row["user"] for row in await here.books.rows("kept_files")] == [BEN.user]


async def test_with_history_the_files_go_when_the_history_ends(tmp_path: Path) -> None:
    painter = Shelf()
    async with stage(tmp_path, painter=painter, house=WITH_HISTORY) as here:
        await forgotten(here, MIA, BEN)
        young, _ = await here.ask()
        await here.becomes(young.id, "done")
        rounds = here.kit.tasks.spawn_task(here.flow.maintenance.run_rounds(), "rounds")

        async def over() -> bool:
            return not await here.books.rows("kept_files")

        await here.until(over)
        rounds.cancel()
        assert painter.refs == {"View/local/raw/3.png"}, "the history still has it"


async def test_a_file_that_stays_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is of another account. Rounds are small, and it is tried again later."""
    monkeypatch.setattr(kept_files, "FILES_PER_ROUND", 1)
    painter = Shelf()
    real = painter.delete_image

    async def delete(ref: str) -> bool:
        if ref.endswith("/1.png"):
            raise RequestRejected("another account")
        return await real(ref)

    painter.delete_image = delete  # type: ignore[method-assign]
    async with stage(tmp_path, painter=painter, house=WITH_HISTORY) as here:
        await forgotten(here, MIA, MIA, BEN)
        review = KeptFiles(here.kit.ports, here.kit.context).review_files
        for _ in range(4):
            await review()
        assert [row["path"] for row in await here.books.rows("kept_files")] == [
            "View/local/raw/1.png"
        ]
        painter.delete_image = real  # type: ignore[method-assign]
        for _ in range(2):
            await review()
        assert await here.books.rows("kept_files") == []


async def test_what_no_image_names_is_found_too(tmp_path: Path) -> None:
    """A job that was drawn again, whose first attempt had saved something."""
    painter = Shelf()
    async with stage(tmp_path, painter=painter) as here:
        (job,) = await forgotten(here, MIA)
        day = f"swarmbot/2026-11-24/{job}"
        await here.books.db.run_transaction(
            lambda conn: conn.execute(
                "INSERT INTO kept_files VALUES (?, 7, 'server', ?)", (MIA.user, f"{day}-2")
            )
        )
        painter.saved[f"{day}-1"].append("View/local/raw/lost.png")
        review = KeptFiles(here.kit.ports, here.kit.context).review_files
        await review()
        assert len(await here.books.rows("kept_files")) == 2
        await here.flow.privacy.erase_data(MIA)
        assert painter.refs == set()
        await here.books.db.run_transaction(
            lambda conn: conn.execute(
                "INSERT INTO kept_files VALUES (?, 7, 'server', ?)", (MIA.user, f"{day}-2")
            )
        )
        await review()
        assert await here.books.rows("kept_files") == []
