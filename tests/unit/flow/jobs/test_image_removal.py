"""What a moderator deletes is gone for good: here, on SwarmUI, and for *Resend*."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import BackendDown, LoginRequired, MissingPermission
from bot.core.history import cards as history_cards
from bot.core.history.cards import HistoryPageRef
from bot.core.jobs.job import Job
from bot.core.ui.card import MessageContent
from bot.flow.jobs.image_removal import ImageRemoval
from tests.support.books import BEN, MIA, MODERATOR
from tests.support.flow import FakeBoard, FakePainter, Stage, may_delete_anywhere, stage

MIB = 1 << 20


async def drawn(here: Stage) -> tuple[Job, int]:
    here.work()
    job, message = await here.ask(images=2)
    return await here.becomes(job.id, "done"), message


async def resend(here: Stage, job: Job) -> object:
    async def put(shown: MessageContent) -> None:
        raise AssertionError("a removed picture was sent")

    return await here.flow.history.resend_files(MIA, job.id, MIB, put)


async def delete(here: Stage, way: str, job: Job, message: int) -> None:
    match way:
        case "button":
            here_too = here.flow.cancellation.delete_result
            assert await here_too(job.id, MODERATOR, message, 70) is None
        case "report":
            await here.flow.reports.delete_images(job.id, MODERATOR, may_delete_anywhere)
        case "clear":
            await here.flow.blocks.block_member(
                MODERATOR, MIA.user, "Mia", 24, "", may_delete_anywhere
            )


@pytest.mark.parametrize("way", ["button", "report", "clear"])
async def test_a_moderators_delete_reaches_swarmui_and_closes_resend(
    tmp_path: Path, way: str
) -> None:
    async with stage(tmp_path) as here:
        job, message = await drawn(here)
        other, _ = await here.ask(asker=BEN)
        other = await here.becomes(other.id, "done")
        await delete(here, way, job, message)
        await here.kit.tasks.wait_for_tasks(("remove",))
        assert list(here.painter.saved) == [other.folder]
        assert await here.kit.spool.list_spooled_files(job.id) == ()
        assert await here.kit.spool.list_spooled_files(other.id) != ()
        assert await resend(here, job) == history_cards.REMOVED_CARD
        await here.flow.history.mark_message_deleted(message)  # as Discord tells it
        assert await resend(here, job) == history_cards.REMOVED_CARD
        page = await here.flow.history.show_page(MIA, HistoryPageRef())
        assert page.embed is not None
        assert "deleted by a moderator" in page.embed.body
        await here.balanced()
    async with stage(tmp_path, painter=here.painter) as again:
        assert await resend(again, job) == history_cards.REMOVED_CARD


@pytest.mark.parametrize("away", [BackendDown(), LoginRequired()])
async def test_a_swarmui_that_is_away_loses_the_files_when_it_is_back(
    tmp_path: Path, away: BackendDown | LoginRequired
) -> None:
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        job, message = await drawn(here)
        painter.down = away
        await delete(here, "button", job, message)
        await here.kit.tasks.wait_for_tasks(("remove",))
        await here.flow.history.delete_entry(MIA, job.id, HistoryPageRef())
    assert painter.saved
    async with stage(tmp_path, painter=painter) as here:
        await here.flow.maintenance._removal.delete_removed_files()
        assert painter.saved
        painter.down = None
        await here.flow.maintenance._removal.delete_removed_files()
        assert painter.saved == {}
        asked = len(painter.erased)
        await here.flow.maintenance._removal.delete_removed_files()
        assert len(painter.erased) == asked, "once is enough"
        await here.flow.history.delete_entry(MIA, job.id, HistoryPageRef())
        assert await here.books.books.history.list_job_images(job.id) == ()


@pytest.mark.parametrize("away", [BackendDown(), None])
async def test_files_without_a_name_go_by_the_path_of_their_job(
    tmp_path: Path, away: BackendDown | None
) -> None:
    """After a restart between the spool and the delivery nobody knows SwarmUI's names of them."""
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as here:
        job, message = await drawn(here)
        other, _ = await here.ask(asker=BEN)
        other = await here.becomes(other.id, "done")
        await here.books.db.run_transaction(lambda conn: conn.execute("UPDATE images SET path=''"))
        painter.down = away
        await delete(here, "button", job, message)
        await here.kit.tasks.wait_for_tasks(("remove",))
        if away is not None:
            await here.flow.history.delete_entry(MIA, job.id, HistoryPageRef())
    async with stage(tmp_path, painter=painter) as here:
        painter.down = None
        await here.flow.maintenance._removal.delete_removed_files()
        assert list(painter.saved) == [other.folder]
        asked = len(painter.erased)
        await here.flow.maintenance._removal.delete_removed_files()
        assert len(painter.erased) == asked == 1, "once is enough"
        await here.flow.history.delete_entry(MIA, job.id, HistoryPageRef())
        assert await here.books.books.history.list_job_images(job.id) == ()


async def test_what_swarmui_keeps_is_asked_for_once_a_start(tmp_path: Path) -> None:
    painter = FakePainter(guards_files=True)
    async with stage(tmp_path, painter=painter) as here:
        job, message = await drawn(here)
        await delete(here, "report", job, message)
        await here.kit.tasks.wait_for_tasks(("remove",))
        assert len(painter.erased) == 2
        await here.flow.maintenance._removal.delete_removed_files()
        assert len(painter.erased) == 2
        assert await resend(here, job) == history_cards.REMOVED_CARD
        painter.guards_files = False
        await ImageRemoval(here.kit.ports, here.kit.context).delete_removed_files()
        assert painter.saved == {}


async def test_ones_own_delete_keeps_the_file_for_resend(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await drawn(here)
        assert await here.flow.cancellation.delete_result(job.id, MIA, message, 70) is None
        assert here.painter.saved
        sent: list[MessageContent] = []

        async def put(shown: MessageContent) -> None:
            sent.append(shown)

        assert await here.flow.history.resend_files(MIA, job.id, MIB, put) is None
        assert sum(len(shown.files) for shown in sent) == 2


async def test_a_message_that_discord_keeps_removes_nothing(tmp_path: Path) -> None:
    board = FakeBoard()
    async with stage(tmp_path, board=board) as here:
        job, message = await drawn(here)
        board.trouble["delete"] = [MissingPermission("50013")]
        await here.flow.reports.delete_images(job.id, MODERATOR, may_delete_anywhere)
        assert await here.flow.cancellation.delete_result(job.id, MODERATOR, message, 70)
        assert here.painter.saved
