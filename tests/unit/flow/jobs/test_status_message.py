"""The mailbox of one: newest wins, and nothing is shown after the last word."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import (
    DiscordUnavailable,
    MalformedRequest,
    MessageError,
    MessageGone,
    MissingPermission,
    TokenExpired,
)
from bot.core.jobs.model import Post, Purpose
from bot.core.jobs.progress import ImageReady, PreviewFrame, RequestEnded, SamplingStep
from bot.core.ui.card import MessageCard
from bot.flow.jobs.status_message import TOKEN_MARGIN_S, is_token_alive
from bot.flow.ports import ContentSupplier
from tests.support.books import NOON, job_id
from tests.support.flow import FakeBoard, FakePainter, png, stage


class Slow(FakeBoard):
    """Progress edits reach Discord only when they are let through, wanted any more or not."""

    def __init__(self) -> None:
        super().__init__()
        self.on_its_way, self.through = asyncio.Event(), asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        if final or (shown := supply()) is None:
            await super().edit_message(post, supply, final=final, by_token=by_token)
            return
        edit = super().edit_message

        async def arrive() -> None:
            await self.through.wait()
            await edit(post, lambda: shown, final=final, by_token=by_token)

        self.tasks.append(asyncio.create_task(arrive()))
        self.on_its_way.set()
        await asyncio.shield(self.tasks[-1])


async def test_the_last_word_waits_for_an_edit_that_is_on_its_way(tmp_path: Path) -> None:
    board, never = Slow(), asyncio.Event()
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), never])
    async with stage(tmp_path, board=board, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        await board.on_its_way.wait()
        closing = asyncio.create_task(here.flow.status.stop_updates(job.id))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not closing.done()
        board.through.set()
        await closing
        assert "Drawing" in board.messages[message].card.content


async def test_a_preview_rides_as_a_jpeg_and_goes_with_the_result(tmp_path: Path) -> None:
    drawn, posted = asyncio.Event(), asyncio.Event()
    painter = FakePainter(
        script=lambda _: [
            SamplingStep(0, 0.5),
            posted,
            PreviewFrame(0, png(side=900)),
            drawn,
            ImageReady(0, "View/0.png"),
            RequestEnded(),
        ]
    )
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        posted.set()

        async def previewed() -> bool:
            return bool(here.board.messages[message].files)

        await here.until(previewed)
        [preview] = here.board.messages[message].files
        assert (preview.name, preview.data[:3]) == ("preview.jpg", b"\xff\xd8\xff")
        drawn.set()
        await here.becomes(job.id, "done")
        [result] = here.board.messages[message].files
        assert result.name.endswith(".png")


async def test_a_preview_that_is_no_picture_is_left_out(tmp_path: Path) -> None:
    never, posted = asyncio.Event(), asyncio.Event()
    painter = FakePainter(
        script=lambda _: [posted, PreviewFrame(0, b"no picture"), SamplingStep(0, 0.5), never]
    )
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        _, message = await here.ask()
        posted.set()
        shown = await here.says(message, "Drawing, step 10 of 20")
        assert shown.files == ()


async def test_progress_goes_by_the_bots_token_once_the_other_is_dead(tmp_path: Path) -> None:
    never = asyncio.Event()
    board = FakeBoard({"token": [TokenExpired("50027")]})
    async with stage(
        tmp_path, board=board, painter=FakePainter(script=lambda _: [SamplingStep(0, 0.5), never])
    ) as here:
        here.work()
        _, message = await here.ask()
        await here.says(message, "Drawing, step 10 of 20")
        assert board.edits == [(message, "bot")]


@dataclass
class Refusing(FakeBoard):
    """A Discord that takes no progress; `tried` counts."""

    error: MessageError = field(default_factory=lambda: MessageGone("10008"))
    tried: int = 0

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        if not final and supply() is not None:
            self.tried += 1
            raise self.error
        await super().edit_message(post, supply, final=final, by_token=by_token)


@pytest.mark.parametrize(
    ("error", "private", "tries"),
    [
        (MessageGone("10003: the channel is gone"), False, 1),
        (MissingPermission("50001: View Channel was taken"), False, 1),
        (MalformedRequest("50035"), False, 3),
        (DiscordUnavailable("503"), False, 6),
        (TokenExpired("50027"), True, 1),
    ],
)
async def test_no_progress_is_tried_after_a_refusal(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    error: MessageError,
    private: bool,
    tries: int,
) -> None:
    """Nor is the same said in the log again and again; the result is tried all the same."""
    board = Refusing(error=error)
    async with stage(tmp_path, board=board) as here:
        job, message = await here.ask(private=private)
        for number in range(6):
            card = MessageCard(f"step {number}")
            here.flow.status.offer_card(job.id, lambda _, card=card: card)
            for _ in range(50):
                await asyncio.sleep(0)
        assert board.tried == tries
        assert capsys.readouterr().out.count("status not shown") <= 1
        here.work()
        await here.becomes(job.id, "done")
        assert board.messages[message].files


async def test_progress_does_not_use_a_token_in_its_last_minute(tmp_path: Path) -> None:
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), never])
    async with stage(tmp_path, painter=painter) as here:
        _, message = await here.ask()
        here.hands.now += timedelta(minutes=15, seconds=1 - TOKEN_MARGIN_S)
        here.work()
        await here.says(message, "Drawing, step 10 of 20")
        assert here.board.edits == [(message, "bot")]


async def test_saying_the_same_again_costs_no_edit(tmp_path: Path) -> None:
    """The queued card and the first word of a running job are one and the same."""
    never = asyncio.Event()
    async with stage(tmp_path, painter=FakePainter(script=lambda _: [never])) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "running")
        for _ in range(200):
            await asyncio.sleep(0)
        assert here.board.edits == []


async def test_of_all_that_happens_before_an_edit_may_go_out_the_newest_is_shown(
    tmp_path: Path,
) -> None:
    """The producer did not wait, and what it said in between is not said any more."""
    board, go_on, never = Slow(), asyncio.Event(), asyncio.Event()
    steps = [SamplingStep(0, n / 20) for n in range(2, 15)]
    painter = FakePainter(script=lambda _: [SamplingStep(0, 1 / 20), go_on, *steps, never])
    async with stage(tmp_path, board=board, painter=painter) as here:
        here.work()
        _, message = await here.ask()
        await board.on_its_way.wait()
        go_on.set()
        for _ in range(200):
            await asyncio.sleep(0)
        board.through.set()
        await here.says(message, "Drawing, step 14 of 20")
        assert len(board.edits) <= 2


async def test_nothing_is_shown_after_the_last_word(tmp_path: Path) -> None:
    """Whoever still has something to say of this job speaks to nobody."""
    never = asyncio.Event()
    async with stage(
        tmp_path, painter=FakePainter(script=lambda _: [SamplingStep(0, 0.5), never])
    ) as here:
        here.work()
        job, message = await here.ask()
        await here.says(message, "Drawing, step 10 of 20")
        await here.flow.status.stop_updates(job.id)
        here.flow.status.offer_card(job.id, lambda _: MessageCard("late news"))
        for _ in range(200):
            await asyncio.sleep(0)
        assert "late news" not in here.board.messages[message].card.content


@pytest.mark.parametrize(("more", "alive"), [(1, True), (0, False), (-1, False)])
def test_a_token_is_used_until_its_last_minute(more: int, alive: bool) -> None:
    until = NOON + timedelta(seconds=TOKEN_MARGIN_S + more)
    post = Post(job_id(1), Purpose.STATUS, "n", 70, NOON, token="a-token", token_until=until)
    assert is_token_alive(post, NOON) is alive
    assert not is_token_alive(replace(post, token=None), NOON)
