"""Who has left gets nothing more drawn or posted; Discord is asked politely, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import DiscordUnavailable, MessageError, MissingPermission
from bot.core.jobs.cards import LEFT_REASON
from bot.core.jobs.job import Job, State, Withdrawn
from bot.core.jobs.model import Post
from bot.core.jobs.progress import RequestEnded
from bot.flow.jobs import membership
from bot.flow.jobs.membership import FRESH_S, GONE_S, QUESTIONS_MAX, QUIET_S, MembershipCheck
from bot.flow.ports import ContentSupplier
from tests.support.books import BEN, MIA
from tests.support.flow import FakeBoard, FakePainter, Hands, Stage, stage


async def age(here: Stage, seconds: float = FRESH_S) -> None:
    here.hands.now += timedelta(seconds=seconds)


async def waiting(here: Stage) -> Job:
    """A job of mia's that is no sign of her any more."""
    job, _ = await here.ask()
    await age(here)
    return job


async def test_who_left_before_the_drawing_gets_nothing_drawn(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        await age(here)
        here.board.left.add(MIA.user)
        here.work()
        ended = await here.becomes(job.id, "cancelled")
        assert ended.reason == LEFT_REASON
        await here.says(message, LEFT_REASON)
        assert here.painter.drawn == []
        await here.balanced()


@pytest.mark.parametrize("private", [False, True])
async def test_who_left_before_the_delivery_gets_nothing_posted(
    tmp_path: Path, private: bool
) -> None:
    """Not even by direct message."""
    leave, painter = asyncio.Event(), FakePainter()
    painter.script = lambda order: [leave, *FakePainter().script(order)]
    async with stage(tmp_path, painter=painter) as here:
        job, message = await here.ask(private=private)
        await age(here)
        here.work()
        await here.becomes(job.id, "running")
        here.board.left.add(MIA.user)
        await age(here)
        leave.set()
        await here.becomes(job.id, "cancelled")
        await here.kit.tasks.wait_for_tasks(("delivery",))
        assert list(here.board.messages) == [message]
        assert here.board.messages[message].files == ()
        assert len(here.board.asked) == 2, "once for each step"
        await here.balanced()


async def test_a_ban_that_comes_while_the_picture_is_sent_takes_it_back(tmp_path: Path) -> None:
    class Banning(FakeBoard):
        async def edit_message(
            self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
        ) -> None:
            await super().edit_message(post, supply, final=final, by_token=by_token)
            if final:
                await here.flow.cancellation.withdraw_member_jobs(MIA.guild, MIA.user)

    async with stage(tmp_path, board=Banning()) as here:
        here.work()
        job, message = await here.ask()
        await here.becomes(job.id, "cancelled")
        await here.kit.tasks.wait_for_tasks(("delivery",))
        assert message not in here.board.messages
        assert await here.books.books.history.list_job_images(job.id) == ()
        await here.balanced()


async def test_a_ban_between_two_tries_of_a_delivery_posts_nothing(tmp_path: Path) -> None:
    """Discord was away, and the delivery waits."""
    tried, hands = asyncio.Event(), Hands(held=True)

    class Away(FakeBoard):
        async def edit_message(
            self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
        ) -> None:
            if final and not tried.is_set():
                tried.set()
                raise DiscordUnavailable("503")
            await super().edit_message(post, supply, final=final, by_token=by_token)

    async with stage(tmp_path, board=Away(), hands=hands) as here:
        here.work()
        _, message = await here.ask()
        await tried.wait()
        assert await here.flow.cancellation.withdraw_member_jobs(MIA.guild, MIA.user) == 1
        hands.let_go()
        await here.says(message, LEFT_REASON)
        assert all(shown.files == () for shown in here.board.messages.values())
        await here.balanced()


async def test_a_ban_withdraws_all_of_one_member_and_nothing_else(tmp_path: Path) -> None:
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [never, RequestEnded()])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        running, _ = await here.ask()
        await here.becomes(running.id, "running")
        queued, _ = await here.ask()
        other, _ = await here.ask(asker=BEN)
        assert await here.flow.cancellation.withdraw_member_jobs(MIA.guild, MIA.user) == 2
        for job in (running, queued):
            await here.becomes(job.id, "cancelled")
        assert (await here.books.books.jobs.find_job(other.id)) is not None
        assert await here.flow.cancellation.withdraw_member_jobs(8, BEN.user) == 0


@pytest.mark.parametrize("error", [DiscordUnavailable("503"), MissingPermission("50001")])
async def test_without_an_answer_the_picture_is_drawn_and_nothing_asked_for_a_while(
    tmp_path: Path, error: MessageError
) -> None:
    board = FakeBoard({"member": [error]}, left={MIA.user})
    async with stage(tmp_path, board=board) as here:
        check = MembershipCheck(here.kit.stores.jobs, board, here.kit.clock)
        job = await waiting(here)
        for _ in range(3):
            assert await check.withdraw_if_left(job) == job
        assert len(board.asked) == 1
        await age(here, QUIET_S)
        board.trouble.clear()
        assert (await check.withdraw_if_left(job)).state is State.CANCELLED


async def test_an_answer_that_does_not_come_holds_up_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "PATIENCE_S", 0.01)

    class Slow(FakeBoard):
        async def has_left(self, guild: int, user: int) -> bool:
            await asyncio.Event().wait()
            return True

    async with stage(tmp_path, board=Slow()) as here:
        job = await waiting(here)
        check = MembershipCheck(here.kit.stores.jobs, here.board, here.kit.clock)
        assert await check.withdraw_if_left(job) == job


async def test_an_answer_counts_for_a_moment_and_nobody_is_asked_of_too_many(
    tmp_path: Path,
) -> None:
    board = FakeBoard()
    async with stage(tmp_path, board=board) as here:
        check = MembershipCheck(here.kit.stores.jobs, board, here.kit.clock)
        job, _ = await here.ask()
        await check.withdraw_if_left(job)
        assert board.asked == [], "asking for a picture is a sign of a member"
        await age(here)
        await check.withdraw_if_left(job)
        await check.withdraw_if_left(job)
        assert board.asked == [MIA.user]
        for number in range(2 * QUESTIONS_MAX):
            await check.withdraw_if_left(replace(job, requester=1000 + number))
        assert len(board.asked) == QUESTIONS_MAX
        board.guilds.clear()
        await age(here, GONE_S)
        await check.withdraw_if_left(job)
        assert len(board.asked) == QUESTIONS_MAX, "a server that removed the bot is not asked"


async def test_who_has_left_is_known_for_the_next_jobs(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        first, second = await waiting(here), await waiting(here)
        here.board.left.add(MIA.user)
        check = MembershipCheck(here.kit.stores.jobs, here.board, here.kit.clock)
        for job in (first, second):
            assert (await check.withdraw_if_left(job)).state is State.CANCELLED
            assert await check.withdraw_if_left(job) == job, "it is over"
        assert here.board.asked == [MIA.user]
        moved = await here.books.books.jobs.apply_job_event(first.id, Withdrawn(), here.hands.now)
        assert moved is None


async def test_who_leaves_and_joins_again_is_asked_for_anew(tmp_path: Path) -> None:
    """What is asked for while Discord still answers, or later, is asked for by a member."""
    meanwhile: list[Job] = []

    class Rejoining(FakeBoard):
        async def has_left(self, guild: int, user: int) -> bool:
            has_left = await super().has_left(guild, user)
            if has_left:
                self.left.clear()
                await age(here)
                meanwhile.append((await here.ask())[0])
            return has_left

    board = Rejoining(left={MIA.user})
    async with stage(tmp_path, board=board) as here:
        check = MembershipCheck(here.kit.stores.jobs, board, here.kit.clock)
        before = await waiting(here)
        assert (await check.withdraw_if_left(before)).state is State.CANCELLED
        later, _ = await here.ask()
        for job in (*meanwhile, later):
            assert await check.withdraw_if_left(job) == job, "asking is a sign of a member"
        await age(here)
        for job in (*meanwhile, later):
            assert await check.withdraw_if_left(job) == job
        assert len(board.asked) > 1
