"""Answers that come too late are let go; anything else is an error."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.adapters.discord.interactions.sending import (
    DEAD_CODES,
    ignore_dead_interaction,
    send_follow_up,
    send_private,
)
from bot.core.ui.card import MessageCard
from tests.support.interactions import RecordedInteraction, discord_error


@pytest.mark.parametrize("code", DEAD_CODES)
async def test_a_dead_interaction_is_no_error(code: int) -> None:
    here: Any = RecordedInteraction(error=discord_error(code))
    await send_private(here, MessageCard("hello"))


async def test_any_other_refusal_is_raised() -> None:
    here: Any = RecordedInteraction(error=discord_error(50035, 400))
    with pytest.raises(discord.HTTPException):
        await send_private(here, MessageCard("hello"))
    with pytest.raises(ValueError, match="mine"), ignore_dead_interaction(here):
        raise ValueError("mine")


async def test_a_private_answer_is_ephemeral_and_pings_nobody() -> None:
    here: Any = RecordedInteraction()
    await send_private(here, MessageCard("@everyone"))
    ((name, arguments),) = here.sent
    assert (name, arguments["ephemeral"]) == ("send_message", True)
    assert arguments["allowed_mentions"].to_dict()["parse"] == []


@pytest.mark.parametrize("private", [True, False])
async def test_a_follow_up_returns_its_message(private: bool) -> None:
    here: Any = RecordedInteraction()
    assert await send_follow_up(here, MessageCard("hello"), private=private) == 1
    assert here.sent[0][1]["ephemeral"] is private
