"""Answers in time, or deferred and then, in the right place."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.render.message import render_card
from bot.core.ui.card import FileUpload, MessageCard, MessageContent
from bot.flow.drawing.requests import DeclinedRequest
from tests.support.interactions import RecordedInteraction, discord_error, recorded_edits

__all__ = ["recorded_edits"]
pytestmark = pytest.mark.usefixtures("recorded_edits")

COMMAND = discord.InteractionType.application_command
PRESS = discord.InteractionType.component
CARD = MessageCard("hello")


def responder(patience_s: float = 60.0) -> InteractionResponder:
    requests: Any = SimpleNamespace()
    return InteractionResponder(requests, patience_s=patience_s)


async def answer(card: MessageCard | None = CARD) -> Any:
    return card


async def slow(card: MessageCard | None = CARD) -> Any:
    for _ in range(5):
        await asyncio.sleep(0)
    return card


@pytest.mark.parametrize("kind", [COMMAND, PRESS])
async def test_a_quick_private_answer_is_the_first_one(kind: discord.InteractionType) -> None:
    here: Any = RecordedInteraction(type=kind, message=object())
    assert await responder().answer_privately(here, answer())
    assert here.calls == ["send_message"]
    assert here.sent[0][1]["ephemeral"]


@pytest.mark.parametrize(
    ("kind", "calls", "thinks"),
    [
        (COMMAND, ["defer", "edit_answer"], True),
        (PRESS, ["defer", "followup"], False),
    ],
)
async def test_a_slow_private_answer_is_deferred(
    kind: discord.InteractionType, calls: list[str], thinks: bool
) -> None:
    here: Any = RecordedInteraction(type=kind, message=object())
    assert await responder(0.0).answer_privately(here, slow())
    assert here.calls == calls
    assert here.sent[0][1]["thinking"] is thinks


@pytest.mark.parametrize("asking", [answer, slow])
async def test_a_press_without_an_answer_is_only_acknowledged(asking: Any) -> None:
    here: Any = RecordedInteraction(type=PRESS, message=object())
    patience = 60.0 if asking is answer else 0.0
    assert not await responder(patience).answer_privately(here, asking(None))
    assert here.calls == ["defer"]


@pytest.mark.parametrize(
    ("message", "in_new_message", "call"),
    [
        (object(), False, "edit_message"),
        (object(), True, "send_message"),
        (None, False, "send_message"),
    ],
)
async def test_a_panel_takes_the_place_of_the_pressed_one(
    message: object, in_new_message: bool, call: str
) -> None:
    here: Any = RecordedInteraction(message=message)
    await responder().show_panel(here, answer(), render_card, in_new_message=in_new_message)
    assert here.calls == [call]


async def test_a_slow_panel_is_shown_by_an_edit() -> None:
    here: Any = RecordedInteraction(type=PRESS, message=object())
    await responder(0.0).show_panel(here, slow(), render_card)
    assert here.calls == ["defer", "edit_answer"]


async def test_an_interaction_that_died_is_let_go() -> None:
    here: Any = RecordedInteraction(error=discord_error(10062))
    assert await responder().answer_privately(here, answer())
    await responder().send_files(here, lambda _: answer())
    assert here.calls == []


@pytest.mark.parametrize("kind", [COMMAND, PRESS])
async def test_a_change_is_finished_though_its_answer_came_too_late(
    kind: discord.InteractionType,
) -> None:
    here: Any = RecordedInteraction(type=kind, message=object(), error=discord_error(10062))
    changed: list[bool] = []

    async def change() -> MessageCard:
        await slow()
        changed.append(True)
        return CARD

    assert await responder(0.0).answer_privately(here, change())
    assert changed == [True]


@pytest.mark.parametrize(
    "error",
    [OSError("reset"), discord_error(0, 502), discord_error(0, 429), discord_error(40060, 400)],
    ids=repr,
)
@pytest.mark.parametrize("has_arrived", [True, False])
@pytest.mark.parametrize(("kind", "late"), [(COMMAND, "edit_answer"), (PRESS, "followup")])
async def test_a_change_is_finished_and_told_though_its_deferral_failed(
    error: Exception, has_arrived: bool, kind: discord.InteractionType, late: str
) -> None:
    """Whether the deferral arrived all the same is found out by the answer."""
    errors: dict[str, Exception] = {"defer": error}
    if has_arrived:
        errors["send_message"] = discord_error(40060, 400)
    here: Any = RecordedInteraction(type=kind, message=object(), errors=errors)
    assert await responder(0.0).answer_privately(here, slow())
    assert here.calls == [late if has_arrived else "send_message"]


async def test_an_answer_that_discord_refuses_is_an_error_after_the_change() -> None:
    changed: list[bool] = []

    async def change() -> MessageCard:
        await slow()
        changed.append(True)
        return CARD

    here: Any = RecordedInteraction(error=discord_error(50035, 400))
    with pytest.raises(discord.HTTPException):
        await responder(0.0).answer_privately(here, change())
    assert changed == [True]


async def test_files_come_as_private_messages_of_their_own() -> None:
    here: Any = RecordedInteraction()
    upload = FileUpload("a.png", b"data", "a fox", spoiler=False)

    async def send_two(send: Any) -> MessageCard | None:
        await send(MessageContent(CARD, (upload,)))
        await send(MessageContent(CARD, (upload,)))
        return None

    await responder().send_files(here, send_two)
    assert here.calls == ["defer", "followup", "followup"]
    assert all(arguments["ephemeral"] for _, arguments in here.sent)
    assert [file.filename for file in here.sent[1][1]["files"]] == ["a.png"]


async def test_a_refused_job_is_answered_privately() -> None:
    here: Any = RecordedInteraction()

    async def refuse() -> DeclinedRequest:
        return DeclinedRequest(CARD, "rule")

    await responder().answer_job(here, refuse())
    assert here.calls == ["send_message"]
    assert here.sent[0][1]["ephemeral"]


async def test_an_error_takes_the_deferred_answer_away() -> None:
    here: Any = RecordedInteraction()

    async def fail() -> Any:
        await slow()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await responder(0.0).answer_job(here, fail())
    assert here.calls == ["defer", "delete_original_response"]


async def test_a_form_must_be_finished() -> None:
    here: Any = RecordedInteraction()
    form = discord.ui.Modal(title="t")
    with pytest.raises(AssertionError):
        await responder().open_form(here, form)
    form.stop()
    await responder().open_form(here, form)
    assert here.calls == ["send_modal"]
