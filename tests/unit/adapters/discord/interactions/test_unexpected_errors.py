"""An unexpected exception leaves one log entry and one apology, with the same reference."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import structlog
from structlog.testing import capture_logs

from bot.adapters.discord.interactions import unexpected_errors
from bot.adapters.discord.interactions.unexpected_errors import FailureReporter
from bot.core.errors import StoreError
from tests.support.interactions import RecordedInteraction, discord_error


@pytest.fixture(autouse=True)
def fresh_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bind a logger that no earlier test has cached."""
    monkeypatch.setattr(unexpected_errors, "log", structlog.get_logger())


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("the secret"), "Something went wrong on our side."),
        (StoreError("locked"), "Nothing was charged. Try again in a minute."),
    ],
)
@pytest.mark.parametrize("answered", [True, False])
async def test_the_apology_and_the_log_share_a_reference(
    error: Exception, sentence: str, answered: bool
) -> None:
    here: Any = RecordedInteraction(discord.InteractionType.component, answered=answered)
    with capture_logs() as entries:
        await FailureReporter(lambda: "k3q9").report_failure(here, error, where="on_press")
    assert [(one["ref"], one["where"], one["exc_info"]) for one in entries] == [
        ("k3q9", "on_press", error)
    ]
    ((_, arguments),) = here.sent
    text = arguments.get("content") or arguments["args"][0]
    assert sentence in text
    assert "k3q9" in text
    assert "the secret" not in text
    assert arguments["ephemeral"] is True


async def test_an_apology_that_cannot_be_sent_is_no_second_error() -> None:
    refused = discord_error(50035, 400)
    here: Any = RecordedInteraction(discord.InteractionType.component, error=refused)
    await FailureReporter(lambda: "k3q9").report_failure(here, ValueError(), where="on_press")


async def test_a_list_of_choices_gets_no_apology() -> None:
    here: Any = RecordedInteraction(discord.InteractionType.autocomplete)
    await FailureReporter(lambda: "k3q9").report_failure(here, ValueError(), where="model")
    assert here.sent == []
