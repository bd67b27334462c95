"""The sentences with which a server's own choices decline."""

from __future__ import annotations

from typing import Final

from bot.core import words
from bot.core.errors import Refused

PLACES: Final = 5
OFF: Final = "off"
ELSEWHERE: Final = "channel"
"""The rule of a wish in the wrong place: a trigger phrase there is met with silence."""

SWITCHED_OFF: Final = "drawing was switched off in this server"
"""Why a job that waited there was returned."""


def switched_off(prompt: str) -> Refused:
    """Nobody draws in this server for now."""
    sentence = (
        "Drawing is switched off in this server for now. Nothing was charged. "
        "Ask a moderator when it will be on again."
    )
    return Refused(OFF, sentence, prompt=prompt)


def wrong_place(channels: tuple[int, ...], prompt: str) -> Refused:
    """Drawing has its channels here, and this is none of them."""
    places = tuple(f"<#{channel}>" for channel in channels[:PLACES])
    if len(channels) > PLACES:
        where = f"{', '.join(places)} and {len(channels) - PLACES} more channels"
    else:
        where = words.and_list(places)
    return Refused(ELSEWHERE, f"I draw in {where}.", prompt=prompt)


def nothing_open() -> Refused:
    """None of the models that the server lets them use is there now."""
    return Refused(
        "model.none",
        "None of the models that are open to you here is there now. Nothing was charged. "
        "Ask a moderator to look at `/settings`.",
    )
