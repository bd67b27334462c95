"""One reply to an interaction: to the right audience, once, by the way that is left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.discord.interactions.job_reply import InteractionReply
from bot.core.errors import DiscordUnavailable
from bot.core.ids import JobId
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageCard
from tests.support.books import NOON
from tests.support.flow import FakeBoard
from tests.support.interactions import RecordedInteraction, discord_error

CARD = MessageCard("Got it.")
POST = Post(JobId("j" * 20), Purpose.STATUS, "n", 9, NOON, token="a-token", token_until=NOON)


class Board(FakeBoard):
    """Finds `found`, or the last message; refuses new ones with `refusal`."""

    found: int | None = None
    refusal: Exception | None = None

    async def find_message(self, post: Post) -> int | None:
        return self.found

    async def send_message(self, post: Post, shown: Any, *, reply_to: int | None = None) -> int:
        if self.refusal is not None:
            raise self.refusal
        return await super().send_message(post, shown, reply_to=reply_to)


def reply(here: Any, board: FakeBoard | None = None, *, private: bool = False) -> InteractionReply:
    return InteractionReply(here, board or Board(), private=private)


@pytest.mark.parametrize("private", [True, False])
async def test_a_card_in_time_is_the_first_answer(private: bool) -> None:
    here = RecordedInteraction()
    post = await reply(here).send_card(replace(POST, private=private), CARD)
    assert post is not None
    assert post.message == 1
    assert here.calls == ["send_message"]
    assert here.sent[0][1]["ephemeral"] is private


async def test_a_late_card_takes_the_place_of_the_deferred_answer() -> None:
    here = RecordedInteraction()
    late = reply(here)
    await late.defer_after(0)
    post = await late.send_card(POST, CARD)
    assert post is not None
    assert here.calls == ["defer", "edit_answer"]


async def test_a_late_card_for_another_audience_replaces_the_deferred_answer() -> None:
    here = RecordedInteraction()
    late = reply(here, private=False)
    await late.defer_after(0)
    await late.send_card(replace(POST, private=True), CARD)
    assert here.calls == ["defer", "delete_original_response", "followup"]
    assert here.sent[-1][1]["ephemeral"] is True


async def test_a_late_refusal_is_private_whatever_was_deferred() -> None:
    here = RecordedInteraction()
    late = reply(here, private=False)
    await late.defer_after(0)
    await late.send_notice(CARD)
    assert here.calls == ["defer", "delete_original_response", "followup"]
    assert here.sent[-1][1]["ephemeral"] is True


async def test_nothing_is_deferred_once_something_was_sent() -> None:
    here = RecordedInteraction()
    quick = reply(here)
    await quick.send_notice(CARD)
    await quick.defer_after(0)
    await quick.withdraw()
    assert here.calls == ["send_message"]


async def test_a_deferred_answer_with_nothing_to_say_is_deleted() -> None:
    here = RecordedInteraction()
    silent = reply(here)
    await silent.defer_after(0)
    await silent.withdraw()
    assert here.calls == ["defer", "delete_original_response"]


async def test_a_dead_interaction_leaves_the_card_to_the_bot_without_a_token() -> None:
    board = Board()
    here = RecordedInteraction(error=discord_error(10062))
    post = await reply(here, board).send_card(POST, CARD)
    assert post is not None
    assert (post.message in board.messages, post.token) == (True, None)


async def test_an_unsure_answer_is_looked_for_before_another_is_sent() -> None:
    board = Board()
    board.found = 77
    here = RecordedInteraction(error=OSError("reset"))
    post = await reply(here, board).send_card(POST, CARD)
    assert post is not None
    assert (post.message, post.token) == (77, "a-token")
    assert board.messages == {}


async def test_a_private_card_never_goes_by_the_bot() -> None:
    board = Board()
    here = RecordedInteraction(error=discord_error(10062))
    assert await reply(here, board).send_card(replace(POST, private=True), CARD) is None
    assert board.messages == {}


async def test_a_card_that_discord_refuses_everywhere_is_none() -> None:
    board = Board()
    board.refusal = DiscordUnavailable("down")
    here = RecordedInteraction(error=discord_error(10062))
    assert await reply(here, board).send_card(POST, CARD) is None


def test_the_address_is_the_interactions() -> None:
    here = RecordedInteraction()
    address = reply(here).address
    assert (address.channel, address.token, address.upload_limit) == (9, "a-token", 1000)
    assert "a-token" not in repr(address)
