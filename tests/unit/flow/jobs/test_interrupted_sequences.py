"""What a reviewer found: sequences in which something was lost, doubled or stuck for ever."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

from bot.core.drawing.request import DrawRequest
from bot.core.errors import BackendDown, MissingPermission, NoBackend, NoPicture, ProtocolError
from bot.core.jobs.job import Generated, Started
from bot.core.jobs.model import AcceptedJob, ReplyAddress
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, SessionRenewed
from tests.support.books import MIA
from tests.support.flow import BoardReply, FakeBoard, FakePainter, Hands, png, stage


class Backendless(FakePainter):
    """A server that answers everything, but has no GPU behind it while `down` is set."""

    async def list_saved_images(self, folder: str) -> tuple[str, ...]:
        return ()

    async def is_session_busy(self, session: str) -> bool:
        return False

    def _up(self) -> None:
        return

    async def refresh_catalog(self) -> None:
        if self.down is not None:
            raise self.down


async def test_a_server_without_a_backend_keeps_places_instead_of_burning_jobs(
    tmp_path: Path,
) -> None:
    painter = Backendless(down=NoBackend(), script=lambda _: [NoBackend()])
    async with stage(tmp_path, painter=painter, hands=Hands(held=True)) as here:
        here.work()
        first, message = await here.ask()
        second, _ = await here.ask("an owl")
        await here.says(message, "has no backend running. Nothing was charged.")
        await here.becomes(first.id, "queued")
        assert await here.state(second.id) == "queued"
        painter.down = None
        painter.script = lambda _: [ImageReady(0, "View/0.png"), RequestEnded()]
        here.hands.let_go()
        await here.becomes(first.id, "done")
        await here.becomes(second.id, "done")
        await here.balanced()


async def test_a_renewed_session_is_the_one_that_is_asked_after(tmp_path: Path) -> None:
    painter = FakePainter(
        script=lambda _: [SessionRenewed("new"), SamplingStep(0, 0.5), BackendDown("gone")]
    )
    asked: list[str] = []

    async def busy(session: str) -> bool:
        asked.append(session)
        painter.saved[painter.drawn[0]] = ["View/0.png"]
        return False

    painter.is_session_busy = busy  # type: ignore[method-assign]  # it finished while we were away
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "done")
        assert asked == ["new"]


async def test_what_the_server_will_not_show_is_no_outage(tmp_path: Path) -> None:
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), BackendDown("gone")])

    async def found(folder: str) -> tuple[str, ...]:
        raise ProtocolError

    painter.list_saved_images = found  # type: ignore[method-assign]  # a proxy answers a page
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        await here.becomes(job.id, "failed")
        assert here.flow.queue.down_since is None
        await here.says(message, "1 picture returned")
        await here.balanced()


async def test_pictures_lost_from_the_spool_are_not_charged(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask(images=2)
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"f/{job.id}/1"), here.hands.now
        )
        await here.kit.spool.save_image(job.id, 0, png())
        await here.kit.spool.save_image(job.id, 1, png())
        moved = await here.books.books.jobs.apply_job_event(job.id, Generated(2), here.hands.now)
        assert moved is not None
        await asyncio.to_thread(shutil.rmtree, tmp_path / "spool")
        here.flow.delivery.start_delivery(moved.job)
        await here.becomes(job.id, "failed")
        await here.says(message, "2 pictures returned, 20 left today.")
        assert await here.books.rows("charges") == []
        await here.balanced()


async def test_with_one_picture_of_two_left_one_is_charged(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask(images=2)
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"f/{job.id}/1"), here.hands.now
        )
        await here.kit.spool.save_image(job.id, 1, png())
        moved = await here.books.books.jobs.apply_job_event(job.id, Generated(2), here.hands.now)
        assert moved is not None
        here.flow.delivery.start_delivery(moved.job)
        await here.becomes(job.id, "done")
        assert len(await here.books.rows("charges")) == 1
        assert "1 picture was kept, 1 returned" in here.board.messages[message].card.content
        await here.balanced()


async def test_a_card_that_comes_after_the_last_word_does_not_stay(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        answer = await here.flow.requests.submit_request(DrawRequest("interaction:9", "a fox"), MIA)
        assert isinstance(answer, AcceptedJob)

        async def end() -> None:
            here.flow.status.cancel_expectation(answer.job.id)  # as after ten seconds
            await here.becomes(answer.job.id, "done")

        reply = BoardReply(here.board, ReplyAddress(MIA.channel), before=end)
        await here.flow.requests.post_status_card(answer, reply)
        assert reply.message is not None
        assert reply.message not in here.board.messages
        assert answer.job.id not in here.flow.status._live
        [only] = here.board.messages.values()
        assert only.files


async def test_a_running_job_that_nobody_is_at_is_taken_up_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask("a boar")
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"f/{job.id}/1"), here.hands.now
        )
        await here.kit.spool.save_image(job.id, 0, png())
        await here.flow.maintenance.resume_stuck_jobs()
        await here.becomes(job.id, "done")
        await here.balanced()


async def test_a_last_word_that_nobody_took_is_said_later(tmp_path: Path) -> None:
    board = FakeBoard(
        {way: [MissingPermission("no")] for way in ("token", "bot", "post", "direct")}
    )
    painter = FakePainter(script=lambda _: [NoPicture()])
    async with stage(tmp_path, board=board, painter=painter) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "failed")

        async def rests() -> bool:
            return job.id in here.flow.delivery.list_undelivered_jobs()

        await here.until(rests)
        board.trouble.clear()
        here.hands.now += timedelta(minutes=2)
        await here.flow.maintenance.resume_stuck_jobs()

        async def told() -> bool:
            return any("returned" in shown.card.content for shown in board.messages.values())

        await here.until(told)


async def test_models_that_are_added_are_learnt(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        asked = []

        async def refresh() -> None:
            asked.append("refresh")

        here.painter.refresh_catalog = refresh  # type: ignore[method-assign]  # only that it is asked
        await here.flow.maintenance.refresh_lists()
        assert asked == ["refresh"]


async def test_cancelling_all_says_what_is_really_returned(tmp_path: Path) -> None:
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [ImageReady(0, "View/0.png"), never])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, _ = await here.ask(images=4)

        async def kept() -> bool:
            return bool(await here.kit.spool.list_spooled_files(job.id))

        await here.until(kept)
        card = await here.flow.cancellation.cancel_own_jobs(MIA)
        assert "3 pictures returned" in card.content
        await here.becomes(job.id, "done")
        await here.balanced()


async def test_work_that_must_not_end_is_begun_anew(tmp_path: Path) -> None:
    """A locked database may end a round, never the loop."""
    async with stage(tmp_path) as here:
        rounds: list[int] = []
        enough = asyncio.Event()

        async def work() -> None:
            rounds.append(len(rounds))
            if len(rounds) == 3:
                enough.set()
                return
            raise OSError("locked")

        here.kit.tasks.run_forever(work, "work", here.hands.sleep)
        await asyncio.wait_for(enough.wait(), 30)
        assert rounds == [0, 1, 2]


async def test_a_card_that_a_quick_failure_waits_for_is_not_too_late(tmp_path: Path) -> None:
    painter = FakePainter(script=lambda _: [NoPicture()])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        answer = await here.flow.requests.submit_request(DrawRequest("interaction:9", "a fox"), MIA)
        assert isinstance(answer, AcceptedJob)

        async def fail() -> None:
            await here.becomes(answer.job.id, "failed")

        reply = BoardReply(here.board, ReplyAddress(MIA.channel), before=fail)
        await here.flow.requests.post_status_card(answer, reply)
        assert reply.message is not None
        await here.says(reply.message, "1 picture returned")
        assert list(here.board.messages) == [reply.message]
