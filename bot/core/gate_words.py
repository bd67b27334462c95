"""The sentences with which a server's own choices decline."""

from __future__ import annotations

from typing import Final

from bot.core import words
from bot.core.errors import Refused

PLACES: Final = 5
OFF: Final = "off"
ELSEWHERE: Final = "channel"
"""The rule of a wish in the wrong place: a trigger phrase there is met with silence."""

OFF_FOR_NOW: Final = "Drawing is switched off in this server for now."
ASK: Final = "Ask a moderator when it will be on again."
SWITCHED_OFF: Final = "drawing was switched off in this server"
"""Why a job that waited there was returned."""


def switched_off(prompt: str) -> Refused:
    """Nobody draws in this server for now."""
    return Refused(OFF, f"{OFF_FOR_NOW} Nothing was charged. {ASK}", prompt=prompt)


def wrong_place(channels: tuple[int, ...], prompt: str) -> Refused:
    """Drawing has its channels here, and this is none of them."""
    return Refused(ELSEWHERE, f"I draw in {places(channels)}.", prompt=prompt)


def places(channels: tuple[int, ...]) -> str:
    """Some channels as people can press them, and how many more there are."""
    shown = tuple(f"<#{channel}>" for channel in channels[:PLACES])
    left = len(channels) - PLACES
    if left <= 0:
        return words.and_list(shown)
    return f"{', '.join(shown)} and {words.plural(left, 'more channel')}"


def nothing_open() -> Refused:
    """None of the models that the server lets them use is there now."""
    return Refused(
        "model.none",
        "None of the models that are open to you here is there now. Nothing was charged. "
        "Ask a moderator to look at `/settings`.",
    )
