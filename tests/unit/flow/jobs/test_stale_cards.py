"""Status messages that were posted after their job had already ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.errors import MissingPermission
from bot.core.history import cards as history_cards
from bot.core.jobs.job import Failed
from bot.core.jobs.model import Post, Purpose
from bot.flow.jobs.status_message import StaleCards
from tests.support.flow import FakeBoard, Stage, stage


def guard(here: Stage) -> StaleCards:
    stores = here.kit.stores
    return StaleCards(stores.jobs, stores.posts, here.board, here.kit.clock, here.flow.status)


async def ended(here: Stage) -> tuple[Post, int]:
    """The status message of a job that has ended since it was asked for."""
    job, message = await here.ask()
    [post] = await here.kit.stores.posts.list_job_posts(job.id)
    await here.flow.status.stop_updates(job.id)
    await here.kit.stores.jobs.apply_job_event(job.id, Failed(0, "no memory"), here.hands.now)
    return replace(post, message=message), message


async def test_a_message_of_a_living_job_stays(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        [post] = await here.kit.stores.posts.list_job_posts(job.id)
        assert not await guard(here).remove_if_stale(post)
        assert message in here.board.messages


async def test_a_message_that_came_too_late_is_deleted(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        post, message = await ended(here)
        assert await guard(here).remove_if_stale(post)
        assert message not in here.board.messages


async def test_a_message_that_the_last_word_waits_for_stays(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        post, message = await ended(here)
        here.flow.status.expect_message(post.job)
        assert not await guard(here).remove_if_stale(post)
        assert message in here.board.messages


async def test_a_result_that_went_elsewhere_makes_the_message_stale(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        [post] = await here.kit.stores.posts.list_job_posts(job.id)
        result = replace(post, purpose=Purpose.RESULT, nonce="another", message=None)
        await here.kit.stores.posts.record_post_intent(result)
        assert await guard(here).remove_if_stale(post)
        assert message not in here.board.messages


async def test_a_private_message_is_edited_while_its_token_lives(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        post, message = await ended(here)
        private = replace(post, private=True)
        job = await here.kit.stores.jobs.find_job(post.job)
        assert job is not None
        assert await guard(here).remove_if_stale(private)
        assert here.board.messages[message].card == history_cards.sent_directly_card(
            job, pictures=False
        )
        assert here.board.edits[-1] == (message, "token")
        edits = len(here.board.edits)
        assert post.token_until is not None
        here.hands.now = post.token_until
        assert await guard(here).remove_if_stale(private)
        assert len(here.board.edits) == edits


@pytest.mark.parametrize("way", ["delete", "token"])
async def test_a_message_that_discord_keeps_is_let_be(tmp_path: Path, way: str) -> None:
    board = FakeBoard()
    async with stage(tmp_path, board=board) as here:
        post, message = await ended(here)
        board.trouble[way] = [MissingPermission("50013")]
        assert await guard(here).remove_if_stale(replace(post, private=way == "token"))
        assert message in board.messages
