"""One reply to an interaction: to the right audience, once, by the way that is left."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.adapters.discord.interactions.job_reply import InteractionReply
from bot.core.errors import RequestUnseen
from bot.core.ids import JobId
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import MessageCard
from tests.support.books import NOON
from tests.support.interactions import RecordedInteraction, discord_error, recorded_edits

__all__ = ["recorded_edits"]
pytestmark = pytest.mark.usefixtures("recorded_edits")

CARD = MessageCard("Got it.")
POST = Post(JobId("j" * 20), Purpose.STATUS, "n", 9, NOON, token="a-token", token_until=NOON)
UNSURE = (OSError("reset"), discord_error(0, 500), discord_error(0, 429), discord_error(40060, 400))


def reply(here: Any, *, private: bool = False) -> InteractionReply:
    return InteractionReply(here, private=private)


def first_answer(job: str = "", *, loading: bool = False) -> Any:
    """What Discord has as the first answer: a message with the buttons of `job`."""
    button = SimpleNamespace(custom_id=f"cancel:{job}")
    row = SimpleNamespace(children=[button] if job else [])
    return SimpleNamespace(id=77, components=[row], flags=SimpleNamespace(loading=loading))


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


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("name", ["defer", "send_message"])
async def test_an_unknown_interaction_calls_the_job_off(name: str, private: bool) -> None:
    """The person saw that it failed, and nothing else."""
    here = RecordedInteraction(error=discord_error(10062))
    late = reply(here, private=private)
    if name == "defer":
        await late.defer_after(0)
    with pytest.raises(RequestUnseen):
        await late.send_card(replace(POST, private=private), CARD)
    assert here.calls == []


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("error", UNSURE, ids=repr)
async def test_an_unsure_answer_that_arrived_is_the_card(error: Exception, private: bool) -> None:
    here = RecordedInteraction(error=error, original=first_answer(POST.job))
    post = await reply(here, private=private).send_card(replace(POST, private=private), CARD)
    assert post is not None
    assert (post.message, post.token) == (77, "a-token")


@pytest.mark.parametrize("original", [None, first_answer("another"), first_answer()])
@pytest.mark.parametrize("error", UNSURE, ids=repr)
async def test_an_unsure_answer_that_did_not_arrive_calls_the_job_off(
    error: Exception, original: Any
) -> None:
    """A first answer of another job is that of another process, which draws it."""
    here = RecordedInteraction(error=error, original=original)
    with pytest.raises(RequestUnseen):
        await reply(here).send_card(POST, CARD)


@pytest.mark.parametrize("error", UNSURE, ids=repr)
async def test_an_answer_that_did_not_arrive_is_sent_once_more(error: Exception) -> None:
    """Within Discord's three seconds the person notices nothing."""
    here = RecordedInteraction(errors={"send_message": error}, heals=True)
    post = await reply(here).send_card(POST, CARD)
    assert post is not None
    assert post.message == 1
    assert here.calls == ["send_message"]


async def test_an_answer_that_nobody_can_look_for_keeps_its_job_and_token() -> None:
    """The last edit by token finds it, if it is there."""
    here = RecordedInteraction(error=OSError("reset"), original=OSError("reset"))
    assert await reply(here).send_card(POST, CARD) is None


@pytest.mark.parametrize("original", [None, first_answer(loading=True)])
async def test_a_job_whose_deferral_was_seen_goes_on_without_a_card(original: Any) -> None:
    here = RecordedInteraction(errors={"edit_answer": discord_error(0, 502)}, original=original)
    late = reply(here)
    await late.defer_after(0)
    assert await late.send_card(POST, CARD) is None
    assert here.calls == ["defer"]


@pytest.mark.parametrize("error", UNSURE, ids=repr)
async def test_a_deferral_that_failed_is_found_out_by_the_card(error: Exception) -> None:
    """It may have arrived or not."""
    here = RecordedInteraction(errors={"defer": error})
    late = reply(here)
    await late.defer_after(0)
    post = await late.send_card(POST, CARD)
    assert post is not None
    assert here.calls == ["send_message"]

    here = RecordedInteraction(
        errors={"defer": error, "send_message": discord_error(40060, 400)},
        original=first_answer(loading=True),
    )
    late = reply(here)
    await late.defer_after(0)
    post = await late.send_card(POST, CARD)
    assert post is not None
    assert here.calls == ["edit_answer"]


@pytest.mark.parametrize(
    ("errors", "calls"),
    [
        ({"delete_original_response": discord_error(10015)}, ["send_message"]),
        ({}, ["delete_original_response", "followup"]),
    ],
)
async def test_a_refusal_after_an_unsure_deferral_is_private(
    errors: dict[str, Exception], calls: list[str]
) -> None:
    here = RecordedInteraction(errors={"defer": discord_error(0, 500), **errors})
    late = reply(here)
    await late.defer_after(0)
    await late.send_notice(CARD)
    assert here.calls == calls
    assert here.sent[-1][1]["ephemeral"] is True


async def test_a_refusal_of_a_dead_interaction_is_not_sent() -> None:
    here = RecordedInteraction(errors={"defer": discord_error(10062)})
    late = reply(here)
    await late.defer_after(0)
    await late.send_notice(CARD)
    await late.withdraw()
    assert here.calls == []


def test_the_address_is_the_interactions() -> None:
    here = RecordedInteraction()
    address = reply(here).address
    assert (address.channel, address.token, address.upload_limit) == (9, "a-token", 1000)
    assert "a-token" not in repr(address)
