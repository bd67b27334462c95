"""A panel as the answer to a command or a press: in time, a little later, or too late."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
from simcord import InteractionResult
from simcord.actors import MemberActor

from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.render.layout import render_layout
from bot.core.ui.card import CardButton
from bot.core.ui.layout import ButtonRow, Layout, TextBlock
from tests.features.conftest import Stage

TURN = CardButton("", "Turn", "settings:go:who:")


class Presenter:
    """Answers /settings and the button *Turn* by a panel of its own."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage, self.words = stage, "the first page"
        self.slow = asyncio.Event()
        self.slow.set()
        panel = stage.program.flow.settings
        monkeypatch.setattr(panel, "show_page", self.show)

    async def show(self, *_: object) -> Layout:
        if not self.slow.is_set():
            await self.stage.env.external_wait(self.slow.wait(), reason="a slow page")
        return Layout((TextBlock(self.words), ButtonRow((TURN,))))


@pytest.fixture
def panel(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Presenter:
    return Presenter(stage, monkeypatch)


@pytest.fixture
def ruth(stage: Stage) -> MemberActor:
    """Somebody who manages the server."""
    role = stage.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("ruth"), roles=[role])


async def opened(stage: Stage, who: MemberActor) -> InteractionResult:
    result = await who.slash(stage.art, "settings")
    assert result.ephemeral
    return result


def panels(stage: Stage, who: MemberActor) -> list[tuple[int, str]]:
    """The id and the words of each panel that somebody sees."""
    return [
        (message.id, "first" if "first page" in str(message.components) else "second")
        for message in stage.art.history(viewer=who)
    ]


async def test_a_command_opens_a_panel_for_one_person(
    stage: Stage, panel: Presenter, ruth: MemberActor
) -> None:
    await opened(stage, ruth)
    assert [words for _, words in panels(stage, ruth)] == ["first"]
    assert panels(stage, stage.mia) == []


async def test_a_press_changes_the_panel_that_it_stands_in(
    stage: Stage, panel: Presenter, ruth: MemberActor
) -> None:
    first = (await opened(stage, ruth)).response
    assert first is not None
    panel.words = "the second page"
    await ruth.click(first, label="Turn")
    assert panels(stage, ruth) == [(first.id, "second")]


@pytest.mark.parametrize("program", [{"patience_s": 0.0}], indirect=True)
async def test_a_slow_panel_is_acknowledged_and_then_complete(
    stage: Stage, panel: Presenter, ruth: MemberActor
) -> None:
    """Opened and pressed alike; nobody else sees that something is on its way."""
    panel.slow.clear()
    result = await opened(stage, ruth)
    assert result.deferred
    panel.slow.set()
    await stage.env.settle()
    ((number, words),) = panels(stage, ruth)
    assert words == "first"

    panel.slow.clear()
    panel.words = "the second page"
    (message,) = stage.art.history(viewer=ruth)
    pressed = await ruth.click(message, label="Turn")
    assert pressed.acknowledged
    assert panels(stage, ruth) == [(number, "first")]
    panel.slow.set()
    await stage.env.settle()
    assert panels(stage, ruth) == [(number, "second")]
    assert panels(stage, stage.mia) == []


async def test_an_answer_that_comes_too_late_costs_a_line_in_the_log(
    stage: Stage, panel: Presenter, ruth: MemberActor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any other refusal of Discord's is an error of ours."""
    stage.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await ruth.slash(stage.art, "settings")
    assert panels(stage, ruth) == []
    assert "too late" in capsys.readouterr().out


class Deaf:
    """An interaction whose answer Discord refuses."""

    message = None

    class response:  # noqa: N801 -- an attribute of the library's
        @staticmethod
        async def send_message(**_: Any) -> None:
            answer: Any = type("Answer", (), {"status": 400, "reason": "Bad Request"})()
            raise discord.HTTPException(answer, {"code": 50035, "message": "Invalid Form Body"})


async def test_a_panel_that_discord_refuses_is_an_error(stage: Stage, panel: Presenter) -> None:
    refused: Any = Deaf()
    responder = InteractionResponder(stage.program.flow.requests)
    with pytest.raises(discord.HTTPException):
        await responder.show_panel(refused, panel.show(), render_layout)
