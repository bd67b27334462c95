"""The last word, rung by rung: each rung is tried only when the one before is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import (
    BoardError,
    Forbidden,
    Gone,
    Invalid,
    TokenDead,
    TooLarge,
    TooOld,
    Unavailable,
)
from bot.core.progress import Ended
from bot.flow.ports import Place, Post, Supply
from tests.support.flow import FakeBoard, FakePainter, Stage, noise, png, stage


async def delivered(here: Stage, **options: int) -> int:
    """One picture on its whole way; returns the status message's number."""
    here.work()
    job, message = await here.ask(**options)
    await here.becomes(job.id, "done")
    await here.balanced()
    return message


async def test_the_token_edits_the_status_message_while_it_lives(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        message = await delivered(here)
        assert here.board.edits[-1] == (message, "token")
        shown = here.board.messages[message]
        assert [upload.data for upload in shown.files] == [png()]
        assert shown.card.content.startswith("a fox · SDXL")
        assert list(here.board.messages) == [message]


async def test_a_token_that_is_old_is_not_tried(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        here.hands.now += timedelta(minutes=14, seconds=30)
        here.work()
        await here.becomes(job.id, "done")
        assert here.board.edits[-1] == (message, "bot")


@pytest.mark.parametrize("error", [TokenDead("50027"), Gone("10015"), Unavailable("503")])
async def test_a_dead_token_gives_way_to_the_bots_own(tmp_path: Path, error: BoardError) -> None:
    async with stage(tmp_path, board=FakeBoard({"token": [error]})) as here:
        message = await delivered(here)
        assert here.board.edits[-1] == (message, "bot")
        assert here.board.messages[message].files


@pytest.mark.parametrize("error", [Gone("10008"), TooOld("30046"), Forbidden("50013")])
async def test_where_no_edit_is_taken_a_new_message_comes(
    tmp_path: Path, error: BoardError
) -> None:
    board = FakeBoard({"token": [TokenDead("50027")], "bot": [error]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        new = max(board.messages)
        assert new != message
        assert board.messages[new].files
        assert board.places[new] == board.places[message]


async def test_the_old_card_shrinks_to_a_link(tmp_path: Path) -> None:
    board = FakeBoard({"token": [Invalid("50035")], "bot": [None]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        new = max(board.messages)
        assert f"/{new}" in board.messages[message].card.content
        assert board.messages[message].card.buttons == ()


async def test_an_invalid_edit_with_files_goes_straight_to_a_new_message(tmp_path: Path) -> None:
    board = FakeBoard({"token": [Invalid("50035")]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        assert (message, "bot") in board.edits  # only the link
        assert not board.messages[message].files


async def test_after_fifty_five_minutes_no_edit_is_tried(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        here.hands.now += timedelta(minutes=56)
        here.work()
        await here.becomes(job.id, "done")
        [new] = [number for number, shown in here.board.messages.items() if shown.files]
        assert new != message
        assert here.board.replies[max(here.board.messages)] == new  # an hour's wait ends in a ring


async def test_a_closed_channel_leads_to_a_direct_message(tmp_path: Path) -> None:
    board = FakeBoard(
        {"token": [TokenDead("x")], "bot": [Forbidden("50001")], "post": [Forbidden("50001")]}
    )
    async with stage(tmp_path, board=board) as here:
        await delivered(here)
        assert board.places[max(board.messages)] == 5000 + 101
        assert board.messages[max(board.messages)].files


def closed() -> FakeBoard:
    """A Discord in which no way is open."""
    return FakeBoard({way: [Forbidden("no")] for way in ("token", "bot", "post", "direct")})


async def test_what_no_place_takes_waits_in_history_and_is_charged(tmp_path: Path) -> None:
    """It is there for its requester from now on, and they hear of it once."""
    board = closed()
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "done")
        [image] = await here.books.books.images(job.id)
        assert (image.place, image.message) == (Place.WAITING, None)
        assert [waits.id for waits in await here.books.books.waiting(101)] == [job.id]
        assert not any(shown.files for shown in board.messages.values())
        await here.balanced()


async def test_where_discord_is_away_nothing_is_charged_and_it_is_offered_again(
    tmp_path: Path,
) -> None:
    board = FakeBoard({way: [Unavailable("503")] for way in ("token", "bot", "post", "direct")})
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, message = await here.ask()
        waits = await here.becomes(job.id, "delivering")

        async def refused() -> bool:
            here.flow.delivery.start(waits)  # too soon: nothing happens
            return not here.flow.delivery.is_under_way(job.id)

        await here.until(refused)
        assert await here.books.rows("charges") == []
        assert len(await here.books.rows("holds")) == 1
        board.trouble.clear()
        here.hands.now += timedelta(minutes=2)
        here.flow.delivery.start(waits)
        await here.becomes(job.id, "done")
        [found] = [number for number, shown in board.messages.items() if shown.files]
        assert found == message or str(found) in board.messages[message].card.content
        await here.balanced()


async def test_away_for_a_day_it_waits_in_history(tmp_path: Path) -> None:
    board = FakeBoard({way: [Unavailable("503")] for way in ("token", "bot", "post", "direct")})
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, _ = await here.ask()
        waits = await here.becomes(job.id, "delivering")

        async def rests() -> bool:
            return job.id in here.flow.delivery.unheard()

        await here.until(rests)
        here.hands.now += timedelta(hours=25)
        here.flow.delivery.start(waits)
        await here.becomes(job.id, "done")
        [image] = await here.books.books.images(job.id)
        assert image.place is Place.WAITING
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
            return job.id in here.flow.delivery.unheard()

        await here.until(rests)
        here.hands.now += timedelta(hours=25)
        here.flow.delivery.start(waits)
        await here.becomes(job.id, "failed")
        assert await here.books.rows("charges") == []
        await here.balanced()


async def test_a_direct_message_has_no_buttons(tmp_path: Path) -> None:
    """They are checked against the server they are pressed in, and there is none."""
    board = closed()
    del board.trouble["direct"]
    async with stage(tmp_path, board=board) as here:
        await delivered(here)
        assert board.messages[max(board.messages)].card.buttons == ()


async def test_discord_away_is_waited_for_on_the_same_rung(tmp_path: Path) -> None:
    board = FakeBoard()
    async with stage(tmp_path, board=board) as here:
        job, message = await here.ask()
        board.trouble["token"] = [Unavailable("503"), Unavailable("503"), None]
        here.work()
        await here.becomes(job.id, "done")
        assert board.edits[-1] == (message, "token")
        assert here.board.messages[message].files


async def test_too_large_comes_smaller_by_the_same_way(tmp_path: Path) -> None:
    asked: list[int] = []

    class Counting(FakeBoard):
        async def edit(self, post: Post, supply: Supply, *, final: bool, by_token: bool) -> None:
            if final and (shown := supply()) is not None and shown.files:
                asked.append(len(shown.files[0].data))
                if len(asked) < 3:
                    raise TooLarge("40005")
            await super().edit(post, supply, final=final, by_token=by_token)

    big = noise(512)
    board = Counting(limit=len(big))
    async with stage(tmp_path, board=board, painter=FakePainter(bytes_of=lambda _: big)) as here:
        message = await delivered(here)
        assert list(board.messages) == [message]
        assert asked[0] == len(big)
        assert asked[1] <= len(big) // 2
        assert asked[2] <= len(big) // 4


async def test_a_failure_whose_card_is_lost_is_told_anew(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=FakePainter(script=lambda _: [Ended()])) as here:
        job, message = await here.ask()
        del here.board.messages[message]
        here.work()
        await here.becomes(job.id, "failed")

        async def told() -> bool:
            return any("returned" in s.card.content for s in here.board.messages.values())

        await here.until(told)
        await here.balanced()


async def test_a_cancel_whose_card_is_lost_is_told_to_nobody(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask()
        del here.board.messages[message]
        await here.flow.stopping.message_deleted(message)
        assert await here.state(job.id) == "cancelled"
        here.work()
        other, _ = await here.ask("an owl")
        await here.becomes(other.id, "done")
        assert len(here.board.messages) == 1
        await here.balanced()
