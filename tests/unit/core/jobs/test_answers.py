"""Private answers, word for word."""

from __future__ import annotations

import pytest

from bot.core.drawing import refusals as draw_refusals
from bot.core.errors import Refused
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import State
from bot.core.limits import refusals as limit_refusals
from bot.core.ui.card import MessageCard
from tests.unit.core.make import a_balance, a_job, an_id, an_order

DRAFT = an_id(9)


def text(card: MessageCard) -> str:
    panel = card.embed
    return "\n".join([card.content] + ([panel.title, panel.body] if panel else []))


def test_a_refusal_gives_the_prompt_back_and_offers_a_way_out() -> None:
    card = job_answers.refusal_card(
        limit_refusals.quota_refusal(4, a_balance(20, 18), "a fox"), DRAFT
    )
    assert card.content.startswith("You asked for 4 pictures but have 2 left today.")
    assert card.content.endswith("\n```\na fox\n```")
    assert [button.custom_id for button in card.buttons] == [f"draw:2:{DRAFT}"]
    assert card.buttons[0].label == "Draw 2"


@pytest.mark.parametrize("prompt", ["", " ", "\n", "\u200b"])
def test_a_prompt_of_nothing_is_given_back_as_nothing(prompt: str) -> None:
    assert job_answers.refusal_card(Refused("x", "No.", prompt=prompt), None) == MessageCard("No.")


def test_a_refusal_without_a_draft_has_no_buttons() -> None:
    refused = Refused("x", "No.", offers=(("edit", "Edit"),))
    assert job_answers.refusal_card(refused, None) == MessageCard("No.")
    assert job_answers.refusal_card(refused, DRAFT).buttons[0].custom_id == f"edit:{DRAFT}"


def test_a_long_prompt_is_cut_only_as_discord_needs() -> None:
    short = job_answers.refusal_card(Refused("x", "No.", prompt="y" * 1900), None)
    assert "y" * 1900 in short.content
    long = job_answers.refusal_card(Refused("x", "No.", prompt="y" * 6000), None)
    assert long.content == "No."
    assert long.embed is not None
    assert "y" * 4000 in long.embed.body


def test_not_yours() -> None:
    card = job_answers.foreign_job_card("Ada", an_id(1))
    assert card.content == "This picture belongs to Ada. Want your own?"
    assert [(b.label, b.custom_id) for b in card.buttons] == [
        ("Use this prompt", f"use:{an_id(1)}")
    ]
    assert "@everyone" not in job_answers.foreign_job_card("@everyone", an_id(1)).content


def test_queue() -> None:
    mine = (
        job_answers.QueueEntry(a_job(1), 0),
        job_answers.QueueEntry(a_job(2, order=an_order(prompt="a *bold* owl")), 3, 118.0),
        job_answers.QueueEntry(a_job(3), 7),
    )
    card = job_answers.queue_card(mine, 12, 2)
    assert card.content == "12 waiting, 2 in progress."
    assert card.embed is not None
    assert card.embed.body.split("\n") == [
        "1. *a red fox* · being drawn",
        r"2. *a \*bold\* owl* · 3rd in line, about 2 min",
        "3. *a red fox* · 7th in line",
    ]
    assert [b.custom_id for b in card.buttons] == [f"cancel:{an_id(n)}" for n in (1, 2, 3)]


def test_queue_of_others_and_of_nobody() -> None:
    assert job_answers.queue_card((), 1, 0).content == (
        "1 waiting, 0 in progress. None of them are yours."
    )
    assert job_answers.queue_card((), 0, 0).content == (
        "The queue is empty. Your next picture starts right away."
    )
    assert job_answers.queue_card((), 0, 2).content == (
        "Nothing is waiting, 2 in progress. None of them are yours."
    )
    assert job_answers.queue_card((), 0, 1).content.startswith(
        "Nothing is waiting, 1 in progress. "
    )


def test_what_waits_for_the_drawing_computer_is_not_said_to_be_drawn() -> None:
    mine = (
        job_answers.QueueEntry(a_job(1, state=State.RUNNING), 0, is_held=True),
        job_answers.QueueEntry(a_job(2), 1, 118.0, is_held=True),
        job_answers.QueueEntry(a_job(3, state=State.DELIVERING), 0),
    )
    card = job_answers.queue_card(mine, 2, 0, offline=True)
    assert card.content == "The image server is offline. 2 waiting for it."
    assert text(card).split("\n")[-3:] == [
        "1. *a red fox* · waiting for the image server",
        "2. *a red fox* · waiting for the image server",
        "3. *a red fox* · being sent",
    ]
    assert job_answers.queue_card(mine, 1, 1, offline=True).content == (
        "The image server is offline. 1 waiting for it, 1 in progress."
    )


def test_a_long_queue_is_shortened() -> None:
    mine = tuple(job_answers.QueueEntry(a_job(n), n) for n in range(1, 31))
    card = job_answers.queue_card(mine, 30, 0)
    assert len(card.buttons) == 5
    assert "20 more" in text(card)


def test_small_answers() -> None:
    assert job_answers.internal_error_card("K7Q2").content == (
        "Something went wrong on our side. Ref K7Q2."
    )
    assert job_answers.cancelled_jobs_card(2, 3, 17).content == (
        "Cancelled 2 jobs. 3 pictures returned, 17 left today."
    )
    assert (
        job_answers.cancelled_jobs_card(1, 1, None).content
        == "Cancelled 1 job. 1 picture returned."
    )
    assert "You have nothing in the queue" in job_answers.NOTHING_TO_CANCEL_CARD.content
    assert "/imagine" in job_answers.UNKNOWN_JOB_CARD.content
    assert "already ended" in job_answers.ALREADY_ENDED_CARD.content
    assert "moderator" in job_answers.DELETE_FAILED_CARD.content
    assert "only draw in servers" in job_answers.GUILDS_ONLY_CARD.content
    card = job_answers.refusal_card(
        draw_refusals.missing_permission_refusal("Attach Files", "art", "a fox"), None
    )
    assert card.content == (
        "I can't attach files in #art. A moderator can give me *Attach Files* "
        "there.\n```\na fox\n```"
    )


def test_parameters_name_what_was_set_and_end_with_the_words() -> None:
    plain = job_answers.parameters_card(a_job(1))
    assert plain.embed is not None
    names = [line.partition(":")[0] for line in plain.embed.body.splitlines()[1:-1]]
    assert names == ["Model", "Size", "Seed", "Steps", "CFG", "Prompt"]
    order = an_order(
        images=3,
        negative="fog",
        guidance=3.5,
        loras=(("ink", 0.5),),
        upscale=2.0,
        extras=(("sampler", "euler"),),
    )
    full = job_answers.parameters_card(a_job(1, order=order))
    assert full.embed is not None
    lines = full.embed.body.splitlines()[1:-1]
    for line in ("Pictures: 3", "Flux guidance: 3.5", "LoRAs: ink:0.5", "Upscale: 2"):
        assert line in lines
    assert lines[-3:] == ["sampler: euler", "Negative: fog", "Prompt: a red fox"]


def test_a_fault_is_told_with_its_reference_and_other_answers_apart() -> None:
    assert "K7Q2" in job_answers.database_down_card("K7Q2").content
    assert "`/history`" in job_answers.PRIVATE_REPLY_CARD.content
    assert job_answers.ALREADY_WORKING_CARD.content != ""


def test_a_moderator_reads_others_jobs_with_a_cancel_for_each() -> None:
    mine = job_answers.QueueEntry(a_job(1), 1, None)
    theirs = job_answers.QueueEntry(a_job(2, requester=99), 2, None)
    card = job_answers.queue_card((mine,), 2, 0, (theirs,))
    assert card.content.endswith("As a moderator, you can cancel any of them.")
    assert [button.custom_id for button in card.buttons] == [
        f"cancel:{an_id(1)}",
        f"cancel:{an_id(2)}",
    ]


def test_others_jobs_are_numbered_on_and_name_their_member() -> None:
    mine = tuple(job_answers.QueueEntry(a_job(n), n, None) for n in (1, 2))
    shown = job_answers.QueueEntry(a_job(3, requester=99), 3, None)
    hidden = job_answers.QueueEntry(a_job(4, requester=98, order=an_order(private=True)), 4, None)
    lines = text(job_answers.queue_card(mine, 4, 0, (shown, hidden))).splitlines()
    assert any(line.startswith("3. <@99> · *a red fox*") for line in lines)
    assert any(line.startswith("4. <@98> · a private picture") for line in lines)


def test_the_parameters_name_the_number_of_pictures_from_two_on() -> None:
    assert "Pictures: 2" in text(job_answers.parameters_card(a_job(order=an_order(images=2))))
    assert "Pictures:" not in text(job_answers.parameters_card(a_job()))


def test_parameters_leave_out_what_waits_for_a_model() -> None:
    order = an_order(model="", model_title="default model", steps=0, cfg=-1.0)
    plain = job_answers.parameters_card(a_job(order=order))
    assert plain.embed is not None
    names = [line.partition(":")[0] for line in plain.embed.body.splitlines()[1:-1]]
    assert names == ["Seed", "Prompt"]
