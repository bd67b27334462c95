"""The buttons of a report, in a Discord written by others: who is heard, and what they read."""

from __future__ import annotations

import pytest

from bot.core.drawing.request import DrawRequest
from bot.core.ids import JobId
from bot.core.ui.card import CardButton
from cogs.reports import REPORT_MENU
from tests.features.cogs.test_commands import registered
from tests.features.conftest import Stage

JOB = JobId("a" * 20)


@pytest.mark.parametrize("who", ["theo", "mona"])
async def test_anybody_reports_privately(stage: Stage, who: str) -> None:
    message = await stage.show(CardButton("report", "Report", JOB))
    actor = getattr(stage, who)
    result = await actor.click(message, label="Report")
    assert result.ephemeral
    assert result.response.content == (
        "Thank you. The moderators have it now; nobody else sees who reported it."
    )
    assert stage.program.reports.calls == [("report", JOB, actor.id, message.id)]
    assert stage.flow.wishes == []


async def test_the_menu_of_a_message_reports_too(stage: Stage) -> None:
    assert registered(stage)[REPORT_MENU]["type"] == 3
    message = await stage.mia.send(stage.art, "not a picture")
    result = await stage.theo.context_menu(stage.art, REPORT_MENU, message)
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content == (
        "I pass on only what I drew. For anything else, write to a moderator."
    )
    assert stage.program.reports.calls == [("report", "", stage.theo.id, message.id)]


@pytest.mark.parametrize(
    ("button", "asked"),
    [
        (CardButton("remove", "Delete picture", JOB), ("remove", None)),
        (CardButton("block", "Block …", JOB), ("block", None)),
        (CardButton("block", "1 day", JOB, "24"), ("block", 24)),
        (CardButton("block", "For good", JOB, "0"), ("block", 0)),
    ],
)
async def test_moderators_act_and_members_are_told(
    stage: Stage, button: CardButton, asked: tuple[str, int | None]
) -> None:
    message = await stage.show(button)
    result = await stage.theo.click(message, label=button.label)
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content == (
        "These buttons are for those who moderate here (*Manage Messages*)."
    )
    result = await stage.mona.click(message, label=button.label)
    assert result.ephemeral
    action, hours = asked
    assert stage.program.reports.calls == [
        (action, JOB, stage.theo.id, hours),
        (action, JOB, stage.mona.id, hours),
    ]


async def test_a_report_button_of_a_job_draws_nothing(stage: Stage) -> None:
    await stage.mia.slash(stage.art, "imagine", prompt="a fox")
    (job,) = stage.flow.jobs.values()
    message = await stage.show(CardButton("report", "Report", job.id))
    await stage.theo.click(message, label="Report")
    assert [wish for wish, _ in stage.flow.wishes] == [
        DrawRequest(stage.flow.wishes[0][0].source, "a fox")
    ]
