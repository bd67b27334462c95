"""The last word, rung by rung: each rung is tried only when the one before is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import (
    DiscordUnavailable,
    FilesTooLarge,
    MalformedRequest,
    MessageError,
    MessageGone,
    MessageTooOld,
    MissingPermission,
    TokenExpired,
)
from bot.core.history.model import DeliveryPlace
from bot.core.jobs.job import Generated
from bot.core.jobs.model import Post, Purpose
from bot.core.jobs.progress import RequestEnded
from bot.core.ui.card import CardButton, MessageCard, MessageContent
from bot.flow.jobs.delivery_routes import RETRY_PAUSES_S
from bot.flow.ports import ContentSupplier
from tests.support.books import MIA, MODERATOR
from tests.support.flow import FakeBoard, FakePainter, Forgetful, Hands, Stage, noise, png, stage
from tests.support.settings import set_fields


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


async def test_a_new_message_says_whose_it_is_and_pings_nobody(tmp_path: Path) -> None:
    """An answer to a command is shown under its name, a message of its own is not."""
    board = FakeBoard({"token": [MessageGone("10008")], "bot": [MessageGone("10008")]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        (result,) = (number for number in board.messages if number != message)
        card = board.messages[result].card
        assert card.content.startswith(f"-# For <@{MIA.user}>\na fox · SDXL")
        assert card.ping_user is None


@pytest.mark.parametrize(
    "error", [TokenExpired("50027"), MessageGone("10015"), DiscordUnavailable("503")]
)
async def test_a_dead_token_gives_way_to_the_bots_own(tmp_path: Path, error: MessageError) -> None:
    async with stage(tmp_path, board=FakeBoard({"token": [error]})) as here:
        message = await delivered(here)
        assert here.board.edits[-1] == (message, "bot")
        assert here.board.messages[message].files


@pytest.mark.parametrize(
    "error", [MessageGone("10008"), MessageTooOld("30046"), MissingPermission("50013")]
)
async def test_where_no_edit_is_taken_a_new_message_comes(
    tmp_path: Path, error: MessageError
) -> None:
    board = FakeBoard({"token": [TokenExpired("50027")], "bot": [error]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        new = max(board.messages)
        assert new != message
        assert board.messages[new].files
        assert board.places[new] == board.places[message]


async def test_the_old_card_shrinks_to_a_link(tmp_path: Path) -> None:
    board = FakeBoard({"token": [MalformedRequest("50035")], "bot": [None]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        new = max(board.messages)
        assert f"/{new}" in board.messages[message].card.content
        assert board.messages[message].card.buttons == ()


async def test_an_invalid_edit_with_files_goes_straight_to_a_new_message(tmp_path: Path) -> None:
    board = FakeBoard({"token": [MalformedRequest("50035")]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        assert (message, "bot") in board.edits  # only the link
        assert not board.messages[message].files


@dataclass
class Picky(FakeBoard):
    """A Discord that finds fault with whatever `refuses` says, wherever it goes."""

    refuses: Callable[[MessageContent], bool] = lambda _: False

    async def send_message(
        self, post: Post, shown: MessageContent, *, reply_to: int | None = None
    ) -> int:
        if self.refuses(shown):
            raise MalformedRequest("50035")
        return await super().send_message(post, shown, reply_to=reply_to)

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        if final and (shown := supply()) is not None and self.refuses(shown):
            raise MalformedRequest("50035")
        await super().edit_message(post, supply, final=final, by_token=by_token)


async def test_what_is_refused_as_malformed_is_sent_once_with_less(tmp_path: Path) -> None:
    """Text and file, by the same way: neither buttons nor words for who cannot see it."""
    board = Picky(
        refuses=lambda shown: bool(shown.files and (shown.card.buttons or shown.files[0].alt_text))
    )
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        new = max(board.messages)
        assert board.places[new] == board.places[message]
        assert [upload.data for upload in board.messages[new].files] == [png()]
        assert "a fox · SDXL" in board.messages[new].card.content
        assert f"/{new}" in board.messages[message].card.content


@pytest.mark.parametrize("is_private", [False, True])
async def test_a_result_that_is_refused_everywhere_is_named_in_one_sentence(
    tmp_path: Path, is_private: bool
) -> None:
    """It waits in /history like what no place takes, and its card says so."""
    board = Picky(refuses=lambda shown: bool(shown.files))
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, message = await here.ask(private=is_private)
        await here.becomes(job.id, "done")
        assert board.messages[message].card.content == (
            "Your picture is ready, but Discord didn't accept it here. Find it in `/history`."
        )
        [image] = await here.books.books.history.list_job_images(job.id)
        assert image.place is DeliveryPlace.UNCOLLECTED
        assert list(board.messages) == [message]
        assert board.leaks == []
        await here.balanced()


async def test_the_sentence_is_sent_where_the_card_is_gone(tmp_path: Path) -> None:
    board = Picky(
        {"token": [MessageGone("10008")], "bot": [MessageGone("10008")]},
        refuses=lambda shown: bool(shown.files),
    )
    async with stage(tmp_path, board=board) as here:
        await delivered(here)
        [said] = [shown for shown in board.messages.values() if "/history" in shown.card.content]
        assert "Your picture is ready, but Discord didn't accept it" in said.card.content


async def test_what_nobody_could_be_told_of_is_not_charged(tmp_path: Path) -> None:
    """The next thing that its requester does is answered with why."""
    board = Picky(refuses=lambda _: True)
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "failed")
        await here.balanced()
        assert await here.books.rows("charges") == []

        async def waits() -> bool:
            return job.id in here.flow.delivery.list_undelivered_jobs()

        await here.until(waits)
        told = await here.flow.history.take_reminder(MIA)
        assert told is not None
        assert "returned" in told.content


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
        {
            "token": [TokenExpired("x")],
            "bot": [MissingPermission("50001")],
            "post": [MissingPermission("50001")],
        }
    )
    async with stage(tmp_path, board=board) as here:
        await delivered(here)
        assert board.places[max(board.messages)] == 5000 + 101
        assert board.messages[max(board.messages)].files


def closed() -> FakeBoard:
    """A Discord in which no way is open."""
    return FakeBoard({way: [MissingPermission("no")] for way in ("token", "bot", "post", "direct")})


async def test_what_no_place_takes_waits_in_history_and_is_charged(tmp_path: Path) -> None:
    """It is there for its requester from now on, and they hear of it once."""
    board = closed()
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "done")
        [image] = await here.books.books.history.list_job_images(job.id)
        assert (image.place, image.message) == (DeliveryPlace.UNCOLLECTED, None)
        assert [
            waits.id for waits in await here.books.books.history.list_uncollected_jobs(101)
        ] == [job.id]
        assert not any(shown.files for shown in board.messages.values())
        await here.balanced()


async def test_a_direct_message_has_delete_alone(tmp_path: Path) -> None:
    """The others are checked against the server they are pressed in, and there is none."""
    board = closed()
    del board.trouble["direct"]
    async with stage(tmp_path, board=board) as here:
        await delivered(here)
        (button,) = board.messages[max(board.messages)].card.buttons
        assert button.action == "delete"


async def test_discord_away_is_waited_for_on_the_same_rung(tmp_path: Path) -> None:
    board = FakeBoard()
    async with stage(tmp_path, board=board) as here:
        job, message = await here.ask()
        board.trouble["token"] = [DiscordUnavailable("503"), DiscordUnavailable("503"), None]
        here.work()
        await here.becomes(job.id, "done")
        assert board.edits[-1] == (message, "token")
        assert here.board.messages[message].files


@pytest.mark.parametrize("away", [len(RETRY_PAUSES_S), len(RETRY_PAUSES_S) + 1])
async def test_the_next_rung_is_tried_once_discord_was_away_for_all_its_pauses(
    tmp_path: Path, away: int
) -> None:
    left = away

    class Away(FakeBoard):
        async def edit_message(
            self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
        ) -> None:
            nonlocal left
            if final and by_token and left:
                left -= 1
                raise DiscordUnavailable("503")
            await super().edit_message(post, supply, final=final, by_token=by_token)

    board = Away()
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        taken = "token" if away <= len(RETRY_PAUSES_S) else "bot"
        assert board.edits[-1] == (message, taken)


async def test_too_large_comes_smaller_by_the_same_way(tmp_path: Path) -> None:
    asked: list[int] = []

    class Counting(FakeBoard):
        async def edit_message(
            self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
        ) -> None:
            if final and (shown := supply()) is not None and shown.files:
                asked.append(len(shown.files[0].data))
                if len(asked) < 3:
                    raise FilesTooLarge("40005")
            await super().edit_message(post, supply, final=final, by_token=by_token)

    big = noise(512)
    board = Counting(limit=len(big))
    async with stage(tmp_path, board=board, painter=FakePainter(bytes_of=lambda _: big)) as here:
        message = await delivered(here)
        assert list(board.messages) == [message]
        assert asked[0] == len(big)
        assert asked[1] <= len(big) // 2
        assert asked[2] <= len(big) // 4


async def test_a_failure_whose_card_is_lost_is_told_anew(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=FakePainter(script=lambda _: [RequestEnded()])) as here:
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
        await here.flow.cancellation.cancel_by_status_message(message)
        assert await here.state(job.id) == "cancelled"
        here.work()
        other, _ = await here.ask("an owl")
        await here.becomes(other.id, "done")
        assert len(here.board.messages) == 1
        await here.balanced()


# --- private results -----------------------------------------------------------------------------


async def test_a_private_result_comes_by_its_token_and_rings_nobody(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask(private=True)
        here.hands.now += timedelta(minutes=5)  # long enough for a ring
        here.work()
        await here.becomes(job.id, "done")
        assert here.board.edits[-1] == (message, "token")
        assert list(here.board.messages) == [message]
        assert [i.place for i in await here.books.books.history.list_job_images(job.id)] == [
            DeliveryPlace.PRIVATE
        ]
        await here.balanced()


async def test_a_private_result_goes_directly_once_its_token_is_dead(tmp_path: Path) -> None:
    """Neither edited by the bot, nor posted, nor linked to in the channel."""
    async with stage(tmp_path) as here:
        job, message = await here.ask(private=True)
        here.hands.now += timedelta(minutes=20)
        here.work()
        await here.becomes(job.id, "done")
        [new] = [number for number in here.board.messages if number != message]
        assert here.board.places[new] == 5000 + 101
        assert here.board.messages[new].files
        assert all(way == "token" for _, way in here.board.edits)
        assert [p.purpose for p in await here.books.books.posts.list_job_posts(job.id)] == [
            Purpose.STATUS,
            Purpose.DIRECT,
        ]
        await here.balanced()


async def test_a_private_result_that_nobody_takes_is_in_no_channel(tmp_path: Path) -> None:
    board = FakeBoard({"token": [TokenExpired("50027")], "direct": [MissingPermission("50007")]})
    async with stage(tmp_path, board=board) as here:
        here.work()
        job, message = await here.ask(private=True)
        await here.becomes(job.id, "done")
        assert list(board.messages) == [message]
        assert [i.place for i in await here.books.books.history.list_job_images(job.id)] == [
            DeliveryPlace.UNCOLLECTED
        ]
        await here.balanced()


async def test_a_private_card_is_let_be_once_its_token_is_dead(tmp_path: Path) -> None:
    """There is news, and no way to tell it; the stage fails where the bot's token is used."""
    async with stage(tmp_path) as here:
        job, message = await here.ask(private=True)
        public, other = await here.ask(token=False)
        here.hands.now += timedelta(minutes=20)
        before = here.board.messages[message]
        here.flow.queue.down_since = here.hands.now
        await here.flow.queue.refresh_jobs()
        await here.says(other, "offline")
        assert here.board.messages[message] == before
        assert {await here.state(job.id), await here.state(public.id)} == {"queued"}


async def test_a_private_failure_is_told_directly(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=FakePainter(script=lambda _: [RequestEnded()])) as here:
        job, message = await here.ask(private=True)
        here.hands.now += timedelta(minutes=20)
        here.work()
        await here.becomes(job.id, "failed")

        async def told() -> bool:
            return any(
                "returned" in shown.card.content and here.board.places[number] == 5101
                for number, shown in here.board.messages.items()
            )

        await here.until(told)
        assert "returned" not in here.board.messages[message].card.content


async def test_who_waits_privately_is_told_directly_that_the_server_was_switched_off(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as here:
        job, message = await here.ask(private=True)
        here.hands.now += timedelta(minutes=20)
        await set_fields(here.flow.guild_settings, MODERATOR, drawing=False)
        await here.becomes(job.id, "cancelled")

        async def told() -> bool:
            return any(
                "drawing was turned off on this server" in shown.card.content
                and here.board.places[number] == 5101
                for number, shown in here.board.messages.items()
            )

        await here.until(told)
        assert "returned" not in here.board.messages[message].card.content


# --- once ----------------------------------------------------------------------------------------


async def test_a_direct_message_whose_answer_was_lost_comes_once(tmp_path: Path) -> None:
    board = FakeBoard({way: [MissingPermission("no")] for way in ("token", "bot", "post")})
    board.trouble["after-post"] = [DiscordUnavailable("reset"), None]
    async with stage(tmp_path, board=board) as here:
        await delivered(here)
        assert [board.places[number] for number in board.messages].count(5101) == 1


async def test_a_direct_message_of_before_the_crash_is_found(tmp_path: Path) -> None:
    """Even if the channel would take it by now."""
    board, hands = Forgetful({"token": [MalformedRequest("50035")]}), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, _ = await here.ask()
        await here.books.run(job.id, hands.now)
        await here.kit.spool.save_image(job.id, 0, png())
        await here.books.books.jobs.apply_job_event(job.id, Generated(1), hands.now)
        post = Post(job.id, Purpose.DIRECT, "the-nonce", 5101, hands.now)
        await here.books.books.posts.record_post_intent(post)
        card = MessageCard("it is there", buttons=(CardButton("delete", "Delete", job.id),))
        there = board.put(MessageContent(card), 5101)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        await here.becomes(job.id, "done")
        assert [board.places[number] for number in board.messages].count(5101) == 1
        [image] = await here.books.books.history.list_job_images(job.id)
        assert (image.place, image.message) == (DeliveryPlace.DIRECT, there)


async def test_a_new_message_of_before_the_crash_is_found(tmp_path: Path) -> None:
    board, hands = Forgetful({"token": [MalformedRequest("50035")]}), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, _ = await here.ask()
        await here.books.run(job.id, hands.now)
        await here.kit.spool.save_image(job.id, 0, png())
        await here.books.books.jobs.apply_job_event(job.id, Generated(1), hands.now)
        await here.books.books.posts.record_post_intent(
            Post(job.id, Purpose.RESULT, "the-nonce", 70, hands.now)
        )
        card = MessageCard("it is there", buttons=(CardButton("reroll", "Reroll", job.id),))
        there = board.put(MessageContent(card), 70)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        await here.becomes(job.id, "done")
        assert not any(shown.files for shown in board.messages.values())
        assert [
            image.message for image in await here.books.books.history.list_job_images(job.id)
        ] == [there]


async def test_an_edit_that_was_made_but_never_answered_is_not_said_again(tmp_path: Path) -> None:
    board = FakeBoard({"after-edit": [DiscordUnavailable("reset")]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        assert [number for number, shown in board.messages.items() if shown.files] == [message]


async def test_a_new_message_is_looked_for_before_it_is_sent_again(tmp_path: Path) -> None:
    """A nonce holds for minutes only, and Discord may have been away for longer."""

    board = Forgetful(
        {"token": [MalformedRequest("50035")], "after-post": [DiscordUnavailable("reset"), None]}
    )
    async with stage(tmp_path, board=board) as here:
        await delivered(here)
        assert len([shown for shown in board.messages.values() if shown.files]) == 1


# --- what the old card says, and how large files may be ----------------------------------------


class NoFiles(FakeBoard):
    """The right to attach files was taken away: words may still be edited."""

    async def edit_message(
        self, post: Post, supply: ContentSupplier, *, final: bool, by_token: bool
    ) -> None:
        shown = supply()
        if shown is not None and shown.files:
            raise MissingPermission("50013")
        await super().edit_message(post, lambda: shown, final=final, by_token=by_token)


async def test_the_old_card_says_that_it_went_directly(tmp_path: Path) -> None:
    async with stage(tmp_path, board=NoFiles({"post": [MissingPermission("50013")]})) as here:
        message = await delivered(here)
        card = here.board.messages[message].card
        assert card.content == "Your picture is ready. I sent it to you as a direct message."
        assert card.buttons == ()


async def test_the_old_card_says_that_it_waits_in_history(tmp_path: Path) -> None:
    board = NoFiles({"post": [MissingPermission("50013")], "direct": [MissingPermission("50007")]})
    async with stage(tmp_path, board=board) as here:
        message = await delivered(here)
        assert "Find it in `/history`" in board.messages[message].card.content


async def test_each_rung_has_a_limit_of_its_own(tmp_path: Path) -> None:
    """The token's person paid for more than the server; by the bot's token it comes smaller."""
    big = noise(600)
    for error, whole in ((None, True), (TokenExpired("50027"), False)):
        board = FakeBoard({"token": [error]}, limit=len(big) // 2)
        folder = tmp_path / str(whole)
        folder.mkdir()
        async with stage(folder, board=board, painter=FakePainter(bytes_of=lambda _: big)) as here:
            job, message = await here.ask(upload_limit=len(big))
            here.work()
            await here.becomes(job.id, "done")
            [file] = board.messages[message].files
            assert (file.data == big) is whole
            assert len(file.data) <= (len(big) if whole else len(big) // 2)
            said = board.messages[message].card.content
            assert ("The original is in `/history`" in said) is not whole


async def test_a_card_whose_answer_was_never_noted_is_reached_by_its_token(tmp_path: Path) -> None:
    """We died between a deferred answer and its message's number."""
    board, hands = FakeBoard(), Hands()
    for private in (0, 1):
        folder = tmp_path / str(private)
        folder.mkdir()
        async with stage(folder, board=board, hands=hands) as here:
            job, message = await here.ask(private=private)
            await here.db_forgets_the_message(job.id)
        board.originals["a-token"] = message
        async with stage(folder, board=board, hands=hands) as here:
            await here.restart()
            here.work()
            await here.becomes(job.id, "done")
            assert board.messages[message].files
            assert board.edits[-1] == (message, "token")


async def test_a_private_card_that_never_came_is_not_posted_by_anybody(tmp_path: Path) -> None:
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, message = await here.ask(private=True)
        await here.db_forgets_the_message(job.id)
        del board.messages[message]
    async with stage(tmp_path, board=board, hands=hands) as here:
        await here.restart()
        here.work()
        await here.becomes(job.id, "done")
        assert {board.places[number] for number in board.messages} == {5101}
