"""Presses and forms find their handler by action, kind and arguments."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.adapters.discord.interactions.router import (
    JOB_PATTERN,
    ComponentEvent,
    ComponentRoute,
    InteractionRouter,
)
from tests.support.interactions import RecordedInteraction

JOB = "a" * 20
PRESS = discord.InteractionType.component
FORM = discord.InteractionType.modal_submit


class Recorder:
    def __init__(self) -> None:
        self.events: list[ComponentEvent] = []

    async def __call__(self, interaction: Any, event: ComponentEvent) -> None:
        self.events.append(event)


def interaction(custom_id: str, kind: discord.InteractionType = PRESS, **data: Any) -> Any:
    return RecordedInteraction(type=kind, data={"custom_id": custom_id, **data})


@pytest.mark.parametrize(
    ("custom_id", "argument"), [(f"reroll:{JOB}", ""), (f"reroll:2:{JOB}", "2")]
)
async def test_a_press_reaches_its_handler_with_its_target(custom_id: str, argument: str) -> None:
    handler = Recorder()
    router = InteractionRouter([ComponentRoute(("reroll",), JOB_PATTERN, handler)])
    assert await router.handle(interaction(custom_id))
    (event,) = handler.events
    assert (event.action, event.target, event.argument) == ("reroll", JOB, argument)
    assert event.custom_id == custom_id
    assert event.fields is None


@pytest.mark.parametrize(
    "custom_id", ["", "reroll", "reroll:", f"rerol:{JOB}", f"reroll:x:{JOB}", f"reroll:{JOB}:1"]
)
async def test_an_id_that_the_bot_never_sent_reaches_nobody(custom_id: str) -> None:
    handler = Recorder()
    router = InteractionRouter([ComponentRoute(("reroll",), JOB_PATTERN, handler)])
    assert not await router.handle(interaction(custom_id))
    assert handler.events == []


async def test_one_action_may_have_several_patterns() -> None:
    result, entry = Recorder(), Recorder()
    router = InteractionRouter(
        [
            ComponentRoute(("delete",), JOB_PATTERN, result),
            ComponentRoute(("delete",), rf"history:(?P<page>[0-9]+):{JOB_PATTERN}", entry),
        ]
    )
    await router.handle(interaction(f"delete:history:3:{JOB}"))
    assert result.events == []
    assert entry.events[0].arguments == {"page": "3", "target": JOB}


async def test_a_press_and_a_form_with_the_same_id_are_told_apart() -> None:
    press, form = Recorder(), Recorder()
    router = InteractionRouter(
        [
            ComponentRoute(("edit",), JOB_PATTERN, press),
            ComponentRoute(("edit",), JOB_PATTERN, form, form=True),
        ]
    )
    rows = [
        {"components": [{"custom_id": "seed", "value": "7"}]},
        {"component": {"custom_id": "prompt", "value": "a fox"}},
    ]
    await router.handle(interaction(f"edit:{JOB}", FORM, components=rows))
    assert press.events == []
    assert form.events[0].fields == {"seed": "7", "prompt": "a fox"}


async def test_the_choices_of_a_menu_come_along() -> None:
    handler = Recorder()
    router = InteractionRouter([ComponentRoute(("models",), "pick", handler)])
    await router.handle(interaction("models:pick", values=["one", "two"]))
    assert handler.events[0].values == ("one", "two")


async def test_commands_are_not_routed() -> None:
    handler = Recorder()
    router = InteractionRouter([ComponentRoute(("imagine",), "", handler)])
    command = RecordedInteraction(data={"custom_id": "imagine:"})
    assert not await router.handle(command)  # type: ignore[arg-type]  # only its data counts
