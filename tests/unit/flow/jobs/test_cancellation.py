"""Cancelling and deleting: whose jobs, by which way, and what is said of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.errors import DiscordUnavailable, MessageError, MessageGone, MissingPermission
from bot.core.jobs import answers as job_answers
from bot.core.jobs.cards import MESSAGE_DELETED_REASON, MODERATOR_REASON
from bot.core.jobs.model import AcceptedJob
from bot.core.jobs.progress import SamplingStep
from bot.flow.jobs.cancellation import DELETED_REASON, WITHDRAW_WITHIN, Cancellation
from tests.support.books import BEN, MIA, MODERATOR, job_id
from tests.support.flow import FakeBoard, FakePainter, stage


async def test_a_moderator_may_cancel_and_delete_what_others_drew(tmp_path: Path) -> None:
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), never])
    async with stage(tmp_path, painter=painter) as here:
        here.work()
        job, message = await here.ask()
        assert await here.flow.cancellation.cancel_job(job.id, BEN) is not None
        assert await here.flow.cancellation.cancel_job(job.id, MODERATOR) is None
        await here.says(message, MODERATOR_REASON)
        assert await here.flow.cancellation.delete_result(job.id, BEN, message, 70) is not None
        assert message in here.board.messages
        assert await here.flow.cancellation.delete_result(job.id, MODERATOR, message, 70) is None
        assert message not in here.board.messages
        record, _ = await here.kit.stores.audit.list_audit_rows(7, 0, 10)
        assert [(row.actor, row.action, row.target) for row in record] == [
            (MODERATOR.user, "picture.deleted", f"member:{MIA.user}"),
            (MODERATOR.user, "job.cancelled", f"member:{MIA.user}"),
        ]


async def test_only_a_message_of_that_job_is_deleted(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        mine, _ = await here.ask("a fox")
        other, message = await here.ask("an owl", asker=BEN)
        await here.becomes(other.id, "done")
        assert await here.flow.cancellation.delete_result(mine.id, MIA, message, 70) is not None
        assert message in here.board.messages


async def test_cancelling_all_of_mine_leaves_others_alone(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.ask(images=2)
        await here.ask(images=1)
        theirs, _ = await here.ask(asker=BEN)
        card = await here.flow.cancellation.cancel_own_jobs(MIA)
        assert "3 pictures returned" in card.content
        assert await here.state(theirs.id) == "queued"
        assert "nothing in the queue" in (await here.flow.cancellation.cancel_own_jobs(MIA)).content


async def test_a_job_that_is_over_or_of_nobody_here_is_told_apart(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        stopping: Cancellation = here.flow.cancellation
        job, _ = await here.ask()
        assert await stopping.cancel_job(job_id(999), MIA) == job_answers.UNKNOWN_JOB_CARD
        elsewhere = replace(MODERATOR, guild=8)
        assert await stopping.cancel_job(job.id, elsewhere) == job_answers.UNKNOWN_JOB_CARD
        assert await stopping.cancel_job(job.id, MIA) is None
        assert await stopping.cancel_job(job.id, MIA) == job_answers.ALREADY_ENDED_CARD


async def test_nobody_hears_that_somebody_elses_private_job_is_there(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        answer = await here.flow.requests.submit_request(
            DrawRequest("interaction:50", "a fox", private=True), MIA
        )
        assert isinstance(answer, AcceptedJob)
        card = await here.flow.cancellation.cancel_job(answer.job.id, BEN)
        assert card == job_answers.UNKNOWN_JOB_CARD
        assert await here.state(answer.job.id) == "queued"


@pytest.mark.parametrize(("running", "state"), [(False, "cancelled"), (True, "running")])
async def test_a_message_that_was_edited_takes_back_what_still_waits(
    tmp_path: Path, running: bool, state: str
) -> None:
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), never])
    async with stage(tmp_path, painter=painter) as here:
        job, _ = await here.ask()
        other, _ = await here.ask(asker=BEN)
        await here.flow.queue.refresh_jobs()
        if running:
            here.work()
            await here.becomes(job.id, "running")
        await here.flow.cancellation.cancel_by_source("message:4711")
        await here.flow.cancellation.cancel_by_source(job.source)
        assert await here.state(job.id) == state
        assert await here.state(other.id) in ("queued", "running")


@pytest.mark.parametrize(
    ("running", "after", "state"),
    [
        (False, timedelta(), "cancelled"),
        (False, WITHDRAW_WITHIN, "cancelled"),
        (True, WITHDRAW_WITHIN - timedelta(seconds=1), "cancelled"),
        (True, WITHDRAW_WITHIN, "running"),
    ],
)
async def test_a_message_that_was_deleted_takes_its_card_along(
    tmp_path: Path, running: bool, after: timedelta, state: str
) -> None:
    """What is drawn ends only shortly after the message, as where a bot posts it again."""
    never = asyncio.Event()
    painter = FakePainter(script=lambda _: [SamplingStep(0, 0.5), never])
    async with stage(tmp_path, painter=painter) as here:
        job, card = await here.ask()
        other, kept = await here.ask(asker=BEN)
        await here.flow.queue.refresh_jobs()
        if running:
            here.work()
            await here.becomes(job.id, "running")
        here.hands.now += after
        await here.flow.cancellation.withdraw_by_source(job.source)
        assert await here.state(job.id) == state
        if state == "cancelled":

            async def is_gone() -> bool:
                return card not in here.board.messages

            await here.until(is_gone)
        assert kept in here.board.messages
        assert (card in here.board.messages) is (state == "running")
        assert await here.state(other.id) in ("queued", "running")


@pytest.mark.parametrize(
    ("trouble", "told"), [(MessageGone("10008"), False), (DiscordUnavailable("503"), True)]
)
async def test_a_card_that_cannot_be_taken_away_says_why(
    tmp_path: Path, trouble: MessageError, told: bool
) -> None:
    async with stage(tmp_path, board=FakeBoard({"delete": [trouble]})) as here:
        job, card = await here.ask()
        await here.flow.queue.refresh_jobs()
        await here.flow.cancellation.withdraw_by_source(job.source)
        await here.kit.tasks.wait_for_tasks(("delivery",))
        assert (MESSAGE_DELETED_REASON in here.board.messages[card].card.content) is told


async def test_whoever_deletes_the_card_of_a_living_job_does_not_want_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        await here.flow.cancellation.cancel_by_status_message(message + 1)
        assert await here.state(job.id) == "queued"
        await here.flow.cancellation.cancel_by_status_message(message)
        ended = await here.becomes(job.id, "cancelled")
        assert ended.reason == DELETED_REASON


async def test_a_message_that_may_not_be_deleted_is_told_of(tmp_path: Path) -> None:
    board = FakeBoard({"delete": [MissingPermission("50013")]})
    async with stage(tmp_path, board=board) as here:
        job, message = await here.ask()
        card = await here.flow.cancellation.delete_result(job.id, MIA, message, 70)
        assert card == job_answers.DELETE_FAILED_CARD
        assert message in board.messages
        assert await here.state(job.id) == "cancelled", "nobody wants it any more"


@pytest.mark.parametrize(
    ("asker", "asked_by", "deleted"),
    [(MODERATOR, 0, True), (MIA, MIA.user, True), (MIA, BEN.user, False), (BEN, 0, False)],
)
async def test_a_picture_of_a_forgotten_job_goes_for_its_requester_and_for_moderators(
    tmp_path: Path, asker: RequestContext, asked_by: int, deleted: bool
) -> None:
    async with stage(tmp_path) as here:
        _, message = await here.ask()
        card = await here.flow.cancellation.delete_result(
            job_id(999), asker, message, 70, asked_by=asked_by
        )
        assert (card is None) is deleted
        assert (message not in here.board.messages) is deleted


async def test_a_private_message_is_judged_and_left_to_whoever_pressed(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        delete = here.flow.cancellation.delete_result
        assert await delete(job.id, MIA, message, 70, private=True) is None
        assert message in here.board.messages
        assert await here.state(job.id) == "cancelled"


async def test_a_job_that_began_meanwhile_keeps_its_place(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask()
        await here.books.run(job.id)
        assert not await here.flow.cancellation.cancel_queued_job(job, "switched off")
        second, _ = await here.ask()
        assert await here.flow.cancellation.cancel_queued_job(second, "switched off")
        ended = await here.becomes(second.id, "cancelled")
        assert ended.reason == "switched off"
