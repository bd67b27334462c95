"""The last word of a job where no place takes it: when it is said again, and when no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.core.errors import DiscordUnavailable, MissingPermission
from bot.core.history.model import DeliveryPlace
from bot.flow.jobs.delivery import RETRY_DELAY_MAX, RETRY_DELAY_MIN, build_job_context
from tests.support.books import MIA
from tests.support.flow import FakeBoard, stage


def closed() -> FakeBoard:
    """A Discord in which no way is open."""
    return FakeBoard({way: [MissingPermission("no")] for way in ("token", "bot", "post", "direct")})


async def test_where_discord_is_away_nothing_is_charged_and_it_is_offered_again(
    tmp_path: Path,
) -> None:
    board = FakeBoard(
        {way: [DiscordUnavailable("503")] for way in ("token", "bot", "post", "direct")}
    )
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, message = await here.ask()
        waits = await here.becomes(job.id, "delivering")

        async def refused() -> bool:
            here.flow.delivery.start_delivery(waits)  # too soon: nothing happens
            return job.id in here.flow.delivery.list_undelivered_jobs()

        await here.until(refused)
        assert await here.books.rows("charges") == []
        assert len(await here.books.rows("holds")) == 1
        board.trouble.clear()
        here.hands.now += RETRY_DELAY_MIN
        here.flow.delivery.start_delivery(waits)
        await here.becomes(job.id, "done")
        [found] = [number for number, shown in board.messages.items() if shown.files]
        assert found == message or str(found) in board.messages[message].card.content
        await here.balanced()


async def test_away_for_a_day_it_waits_in_history(tmp_path: Path) -> None:
    board = FakeBoard(
        {way: [DiscordUnavailable("503")] for way in ("token", "bot", "post", "direct")}
    )
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, _ = await here.ask()
        waits = await here.becomes(job.id, "delivering")

        async def rests() -> bool:
            return job.id in here.flow.delivery.list_undelivered_jobs()

        await here.until(rests)
        here.hands.now += timedelta(hours=25)
        here.flow.delivery.start_delivery(waits)
        await here.becomes(job.id, "done")
        [image] = await here.books.books.history.list_job_images(job.id)
        assert image.place is DeliveryPlace.UNCOLLECTED
        await here.balanced()


async def test_a_bot_that_was_removed_tries_for_a_day_and_returns_everything(
    tmp_path: Path,
) -> None:
    """Nobody can ask for /history where the bot is not: it would wait for nobody."""
    board = closed()
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, _ = await here.ask()
        board.guilds.clear()
        waits = await here.becomes(job.id, "delivering")

        async def rests() -> bool:
            return job.id in here.flow.delivery.list_undelivered_jobs()

        await here.until(rests)
        here.hands.now += timedelta(hours=25)
        here.flow.delivery.start_delivery(waits)
        await here.becomes(job.id, "failed")
        assert await here.books.rows("charges") == []
        await here.balanced()


async def test_it_is_said_again_after_pauses_that_double_up_to_a_limit(tmp_path: Path) -> None:
    board = closed()
    board.guilds.clear()
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, _ = await here.ask()
        waits = await here.becomes(job.id, "delivering")
        delivery = here.flow.delivery

        async def rests() -> bool:
            return job.id in delivery.list_undelivered_jobs()

        pause = RETRY_DELAY_MIN
        for _ in range(8):
            await here.until(rests)
            here.hands.now += pause - timedelta(seconds=1)
            delivery.start_delivery(waits)
            assert job.id in delivery.list_undelivered_jobs(), "it is too soon"
            here.hands.now += timedelta(seconds=1)
            delivery.start_delivery(waits)
            assert job.id not in delivery.list_undelivered_jobs(), "it is tried again"
            pause = min(2 * pause, RETRY_DELAY_MAX)
        await here.until(rests)


async def test_the_balance_of_a_job_is_its_requesters_with_their_roles(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        asker = replace(MIA, roles=(5, 6))
        job, _ = await here.ask(asker=asker)
        assert build_job_context(job) == replace(asker, parent=0)
        assert await here.flow.delivery.count_left_today(job) == 19
