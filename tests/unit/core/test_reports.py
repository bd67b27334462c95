"""Reporting a picture: what the reporter reads, and what the moderators get."""

from __future__ import annotations

import pytest

from bot.core import reports
from bot.core.ui.card import ButtonStyle
from tests.unit.core.make import a_job, an_id, an_order

LINK = "https://discord.com/channels/7/70/1000"
JOB = a_job(1, order=an_order(prompt="a secret fox"))


@pytest.mark.parametrize(("people", "counted"), [(0, False), (1, False), (2, True), (100, True)])
def test_moderators_read_who_drew_it_who_reported_it_and_how_many_did(
    people: int, counted: bool
) -> None:
    card = reports.moderator_card(JOB, 102, LINK, people)
    assert card.embed is not None
    assert LINK in card.embed.body
    assert f"<@{JOB.requester}>" in card.embed.body
    assert "<@102>" in card.embed.body
    assert (len(card.embed.body.splitlines()) == 4) is counted
    assert (f"{people} people" in card.embed.body) is counted


def test_the_report_repeats_no_prompt_and_notifies_nobody() -> None:
    card = reports.moderator_card(JOB, 102, LINK, 1)
    assert "secret" not in str(card)
    assert card.ping_user is None


def test_its_buttons_delete_the_picture_and_block_whoever_drew_it() -> None:
    remove, block = reports.moderator_card(JOB, 102, LINK, 1).buttons
    assert (remove.custom_id, remove.style) == (f"remove:{an_id(1)}", ButtonStyle.DANGER)
    assert block.custom_id == f"block:{an_id(1)}"


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
        reports.thanks_card(),
        reports.already_reported_card(),
        reports.too_many_card(),
        reports.own_picture_card(),
        reports.foreign_message_card(),
        reports.no_log_channel_card(),
        reports.log_failed_card(),
    )
    assert len({card.content for card in answers}) == len(answers)
    assert "`/settings`" in reports.no_log_channel_card().content


def test_each_answer_to_a_moderator_has_words_of_its_own() -> None:
    answers = (
        reports.moderators_only_card(),
        reports.picture_deleted_card(1),
        reports.delete_failed_card(),
        reports.unknown_picture_card(),
    )
    assert len({card.content for card in answers}) == len(answers)
    assert "`/block`" in reports.unknown_picture_card().content
