"""Reporting a picture: what the reporter reads, and what the moderators get."""

from __future__ import annotations

import pytest

from bot.core import reports
from bot.core.ui.card import ButtonStyle
from tests.unit.core.make import a_job, an_id, an_order

LINK = "https://discord.com/channels/7/70/1000"
JOB = a_job(1, order=an_order(prompt="a secret fox"))


@pytest.mark.parametrize(("people", "counted"), [(0, False), (1, False), (2, True), (100, True)])
def test_moderators_read_who_drew_it_and_how_many_reported_it(people: int, counted: bool) -> None:
    card = reports.moderator_card(JOB, LINK, people)
    assert card.embed is not None
    assert LINK in card.embed.body
    assert f"<@{JOB.requester}>" in card.embed.body
    assert (len(card.embed.body.splitlines()) == 3) is counted
    assert (f"{people} people" in card.embed.body) is counted


def test_the_report_repeats_no_prompt_and_notifies_nobody() -> None:
    card = reports.moderator_card(JOB, LINK, 1)
    assert "secret" not in str(card)
    assert card.ping_user is None


def test_its_buttons_delete_the_picture_and_block_whoever_drew_it() -> None:
    remove, block, reporters = reports.moderator_card(JOB, LINK, 1).buttons
    assert (remove.custom_id, remove.style) == (f"remove:{an_id(1)}", ButtonStyle.DANGER)
    assert block.custom_id == f"block:{an_id(1)}"
    assert reporters.custom_id == f"reporters:{an_id(1)}"


def test_a_block_has_a_button_for_each_span() -> None:
    buttons = reports.block_duration_card(JOB).buttons
    assert [one.custom_id for one in buttons] == [
        f"block:{hours}:{an_id(1)}" for hours in (1, 24, 168, 0)
    ]
    assert [one.label for one in buttons] == [label for _, label in reports.BLOCK_SPANS]
    named = reports.block_duration_card(a_job(requester_name="@everyone"))
    assert "@everyone" not in named.content


def test_a_picture_that_was_gone_is_not_said_to_be_deleted() -> None:
    assert reports.picture_deleted_card(0) != reports.picture_deleted_card(1)


def test_each_answer_to_a_reporter_has_words_of_its_own() -> None:
    answers = (
        reports.THANKS_CARD,
        reports.ALREADY_REPORTED_CARD,
        reports.TOO_MANY_CARD,
        reports.OWN_PICTURE_CARD,
        reports.FOREIGN_MESSAGE_CARD,
        reports.NO_LOG_CHANNEL_CARD,
        reports.LOG_FAILED_CARD,
    )
    assert len({card.content for card in answers}) == len(answers)
    assert "`/settings`" in reports.NO_LOG_CHANNEL_CARD.content


def test_each_answer_to_a_moderator_has_words_of_its_own() -> None:
    answers = (
        reports.delete_denied_card(7),
        reports.reporters_card(()),
        reports.reporters_card((7,)),
        reports.picture_deleted_card(1),
        reports.DELETE_FAILED_CARD,
        reports.UNKNOWN_PICTURE_CARD,
    )
    assert len({card.content for card in answers}) == len(answers)
    assert "`/block`" in reports.UNKNOWN_PICTURE_CARD.content
