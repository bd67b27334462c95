"""A restart at every place of a job's life: the same folder, a new process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.drawing.request import DrawRequest
from bot.core.errors import DiscordUnavailable, MessageGone
from bot.core.jobs.job import Cancelled, Failed, Generated, Started, State
from bot.core.jobs.model import AcceptedJob, Post, Purpose, ReplyAddress
from bot.core.jobs.progress import SamplingStep
from bot.flow.jobs.recovery import NOTIFY_WITHIN
from bot.flow.ports import ContentSupplier
from tests.support.books import MIA
from tests.support.flow import BoardReply, FakeBoard, FakePainter, Hands, Stage, png, stage


async def test_queued_it_is_drawn_in_its_own_message(tmp_path: Path) -> None:
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, message = await here.ask()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        here.work()
        await here.becomes(job.id, "done")
        assert list(board.messages) == [message]
        assert board.messages[message].files
        await here.balanced()


async def test_queued_without_a_card_it_gets_one(tmp_path: Path) -> None:
    """Dead between the job and its first answer: nobody would ever have heard of it."""
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, message = await here.ask()
        await here.db_forgets_the_message(job.id)
        del board.messages[message]
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        here.work()
        await here.becomes(job.id, "done")
        assert len(board.messages) == 1
        assert next(iter(board.messages.values())).files


async def test_a_message_that_asked_is_answered_by_the_card_of_the_next_start(
    tmp_path: Path,
) -> None:
    """A card without a reference would be nobody's."""
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        answer = await here.flow.requests.submit_request(DrawRequest("message:4711", "a fox"), MIA)
        assert isinstance(answer, AcceptedJob)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        here.work()
        await here.becomes(answer.job.id, "done")
        assert list(board.replies.values()) == [4711]


async def test_a_card_that_was_posted_but_not_written_down_is_found(tmp_path: Path) -> None:
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, message = await here.ask()
        [post] = await here.books.books.posts.list_job_posts(job.id)
        board.nonces[post.nonce] = message
        await here.db_forgets_the_message(job.id)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        here.work()
        await here.becomes(job.id, "done")
        assert list(board.messages) == [message]


async def test_running_its_picture_is_found_not_drawn_again(tmp_path: Path) -> None:
    board, hands, painter = FakeBoard(), Hands(), FakePainter()
    async with stage(tmp_path, board=board, hands=hands, painter=painter) as here:
        job, message = await here.ask()
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"swarmbot/d/{job.id}/1"), hands.now
        )
    painter.saved[f"swarmbot/d/{job.id}/1"] = ["View/1.png"]
    async with stage(tmp_path, board=board, hands=hands, painter=painter) as here:
        await here.restart()
        here.work()
        await here.becomes(job.id, "done")
        assert painter.drawn == []
        assert [upload.data for upload in board.messages[message].files] == [png()]
        await here.balanced()


async def test_running_on_the_server_it_is_waited_for(tmp_path: Path) -> None:
    """A generation goes on without us: never draw beside it."""
    hands, painter = Hands(), FakePainter()
    async with stage(tmp_path, hands=hands, painter=painter) as here:
        job, _ = await here.ask()
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"swarmbot/d/{job.id}/1"), hands.now
        )
    looks = iter([True, True, False])

    async def busy(session: str) -> bool:
        assert session == "s"
        if (still := next(looks, False)) is False:
            painter.saved[f"swarmbot/d/{job.id}/1"] = ["View/1.png"]
        return still

    painter.is_session_busy = busy  # type: ignore[method-assign]  # it ends at the third look
    async with stage(tmp_path, hands=hands, painter=painter) as here:
        await here.restart()
        here.work()
        await here.becomes(job.id, "done")
        assert painter.drawn == []


async def test_running_with_nothing_found_it_is_drawn_once_more(tmp_path: Path) -> None:
    hands, painter = Hands(), FakePainter()
    async with stage(tmp_path, hands=hands, painter=painter) as here:
        job, _ = await here.ask()
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"swarmbot/d/{job.id}/1"), hands.now
        )
    async with stage(tmp_path, hands=hands, painter=painter) as here:
        await here.restart()
        here.work()
        done = await here.becomes(job.id, "done")
        assert done.attempt == 2
        assert [path.rsplit("/", 1)[1] for path in painter.drawn] == [f"{job.id}-2"]
        await here.balanced()


async def test_delivering_it_comes_from_the_spool(tmp_path: Path) -> None:
    board, hands, painter = FakeBoard(), Hands(), FakePainter()
    async with stage(tmp_path, board=board, hands=hands, painter=painter) as here:
        job, message = await here.ask()
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"swarmbot/d/{job.id}/1"), hands.now
        )
        await here.kit.spool.save_image(job.id, 0, png((1, 2, 3)))
        await here.books.books.jobs.apply_job_event(job.id, Generated(1), hands.now)
    async with stage(tmp_path, board=board, hands=hands, painter=painter) as here:
        await here.restart()
        await here.becomes(job.id, "done")
        assert [upload.data for upload in board.messages[message].files] == [png((1, 2, 3))]
        assert list(board.messages) == [message]
        await here.balanced()


async def test_what_is_under_way_counts_against_the_slots_after_a_restart(tmp_path: Path) -> None:
    hands, painter = Hands(), FakePainter()
    never = asyncio.Event()
    async with stage(tmp_path, hands=hands, painter=painter) as here:
        jobs = [(await here.ask())[0] for _ in range(3)]
        for job in jobs[:2]:
            await here.books.books.jobs.apply_job_event(
                job.id, Started("s", f"f/{job.id}/1"), hands.now
            )
    painter.working = {"s"}
    painter.script = lambda _: [SamplingStep(0, 0.5), never]
    async with stage(tmp_path, hands=hands, painter=painter) as here:
        await here.restart()
        here.work()
        for _ in range(200):
            await asyncio.sleep(0)
        assert painter.drawn == []


async def test_a_last_word_that_was_not_said_is_said_after_the_restart(tmp_path: Path) -> None:
    """Dead between the refund and its word: the card would say "drawing" for ever."""
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, message = await here.ask()
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"f/{job.id}/1"), hands.now
        )
        await here.books.books.jobs.apply_job_event(
            job.id, Failed(0, "The GPU ran out of memory."), hands.now
        )
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        await here.says(message, "The GPU ran out of memory. 1 picture returned, 20 left today.")

        async def noted() -> bool:
            return await here.books.books.jobs.list_unnotified_jobs(hands.now - NOTIFY_WITHIN) == ()

        await here.until(noted)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.flow.recovery.load_unfinished_jobs()
        assert await here.flow.recovery.resume_jobs() == 0


async def test_what_is_asked_while_the_bot_logs_in_is_not_taken_for_left_over(
    tmp_path: Path,
) -> None:
    """Its card is on its way: a second one must not be posted."""
    async with stage(tmp_path) as here:
        await here.flow.recovery.load_unfinished_jobs()
        answer = await here.flow.requests.submit_request(DrawRequest("interaction:9", "a fox"), MIA)
        assert isinstance(answer, AcceptedJob)

        async def resume() -> None:
            assert await here.flow.recovery.resume_jobs() == 0
            for _ in range(100):
                await asyncio.sleep(0)
            assert here.board.messages == {}

        reply = BoardReply(here.board, ReplyAddress(MIA.channel), before=resume)
        await here.flow.requests.post_status_card(answer, reply)
        message = reply.message
        here.work()
        await here.becomes(answer.job.id, "done")
        assert list(here.board.messages) == [message]


async def test_a_picture_of_days_ago_is_tried_before_it_is_given_up(tmp_path: Path) -> None:
    """The host's computer was off over the weekend: the picture still arrives."""
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, _ = await here.ask()
        await here.books.books.jobs.apply_job_event(
            job.id, Started("s", f"f/{job.id}/1"), hands.now
        )
        await here.kit.spool.save_image(job.id, 0, png())
        await here.books.books.jobs.apply_job_event(job.id, Generated(1), hands.now)
    hands.now += timedelta(days=3)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        await here.becomes(job.id, "done")
        assert any(shown.files for shown in board.messages.values())
        await here.balanced()


async def test_a_generation_whose_job_was_cancelled_right_before_the_end_is_stopped(
    tmp_path: Path,
) -> None:
    """The state is written first: whoever dies before the signal leaves the server drawing."""
    hands, painter = Hands(), FakePainter()
    async with stage(tmp_path, hands=hands, painter=painter) as here:
        job, _ = await here.ask()
        other, _ = await here.ask()
        await here.books.books.jobs.apply_job_event(
            job.id, Started("orphan", f"f/{job.id}/1"), hands.now
        )
        await here.books.books.jobs.apply_job_event(job.id, Cancelled(0), hands.now)
        await here.books.books.jobs.apply_job_event(
            other.id, Started("at-work", f"f/{other.id}/1"), hands.now
        )
        await here.books.db.run_transaction(
            lambda db: db.execute("INSERT INTO orphans VALUES ('at-work', 1)")  # and drew since
        )
    painter.working, hands.held = {"at-work"}, True
    for _ in range(2):
        async with stage(tmp_path, hands=hands, painter=painter) as here:
            await here.restart()

            async def none_left(here: Stage = here) -> bool:
                return await here.books.books.jobs.list_orphaned_sessions() == ()

            await here.until(none_left)
            assert "at-work" not in painter.interrupted
    assert painter.interrupted.count("orphan") == 1


async def test_a_last_word_finds_the_card_that_nobody_wrote_down(tmp_path: Path) -> None:
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, message = await here.ask(token=False)
        [post] = await here.books.books.posts.list_job_posts(job.id)
        board.nonces[post.nonce] = message
        await here.books.books.jobs.apply_job_event(
            job.id, Failed(0, "The GPU ran out of memory."), hands.now
        )
        await here.db_forgets_the_message(job.id)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        await here.says(message, "The GPU ran out of memory.")
        assert list(board.messages) == [message]


@pytest.mark.parametrize(("late", "left"), [(-1, 1), (1, 0)])
async def test_a_last_word_is_said_within_its_time_and_not_after_it(
    tmp_path: Path, late: int, left: int
) -> None:
    hands = Hands()
    async with stage(tmp_path, hands=hands) as here:
        job, _ = await here.ask()
        await here.books.books.jobs.apply_job_event(job.id, Failed(0, "no memory"), hands.now)
    hands.now += NOTIFY_WITHIN + timedelta(seconds=late)
    async with stage(tmp_path, hands=hands) as here:
        await here.flow.recovery.load_unfinished_jobs()
        assert await here.flow.recovery.resume_jobs() == left


class SlowSearch(FakeBoard):
    """A Discord that looks for a status message until `answer` is set, and then fails."""

    def __init__(self) -> None:
        super().__init__()
        self.searched, self.answer = asyncio.Event(), asyncio.Event()

    async def find_message(self, post: Post, **clues: Any) -> int | None:
        if post.purpose is Purpose.STATUS:
            self.searched.set()
            await self.answer.wait()
            raise DiscordUnavailable("503")
        return await super().find_message(post, **clues)


async def test_what_another_delivery_sent_meanwhile_stays(tmp_path: Path) -> None:
    """The search for the card takes so long that the regular look delivers first."""
    hands = Hands()
    async with stage(tmp_path, hands=hands) as here:
        job, _ = await here.ask(token=False)
        folder = f"swarmbot/d/{job.id}/1"
        await here.books.books.jobs.apply_job_event(job.id, Started("s", folder), hands.now)
        await here.kit.spool.save_image(job.id, 0, png((1, 2, 3)))
        await here.books.books.jobs.apply_job_event(job.id, Generated(1), hands.now)
        await here.db_forgets_the_message(job.id)
    board = SlowSearch()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        await board.searched.wait()
        await here.flow.maintenance.resume_stuck_jobs()
        await here.becomes(job.id, "done")
        await here.kit.tasks.wait_for_tasks(("delivery",))
        delivered = [number for number, shown in board.messages.items() if shown.files]
        assert len(delivered) == 1
        board.answer.set()
        await here.kit.tasks.wait_for_tasks(("last word", "delivery", "recovery"))
        assert [number for number, shown in board.messages.items() if shown.files] == delivered
        assert await here.state(job.id) == "done"


class CardsGone(FakeBoard):
    """A Discord whose status messages are deleted before the result."""

    async def edit_message(self, post: Post, supply: ContentSupplier, **way: bool) -> None:
        if way["final"]:
            raise MessageGone("10008")
        await super().edit_message(post, supply, **way)


async def test_a_job_that_is_done_is_not_delivered_again(tmp_path: Path) -> None:
    async with stage(tmp_path, board=CardsGone()) as here:
        here.work()
        job, _ = await here.ask()
        done = await here.becomes(job.id, "done")
        await here.kit.tasks.wait_for_tasks(("delivery",))
        before = dict(here.board.messages)
        here.flow.delivery.start_delivery(replace(done, state=State.DELIVERING))
        await here.kit.tasks.wait_for_tasks(("delivery",))
        assert here.board.messages == before
