"""The sentences with which a server's own choices decline."""

from __future__ import annotations

from typing import Final

from bot.core.errors import Refused
from bot.core.text import format as fmt
from bot.core.text.escape import echo

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
        return fmt.and_list(shown)
    return f"{', '.join(shown)} and {fmt.plural(left, 'more channel')}"


def nothing_open() -> Refused:
    """None of the models that the server lets them use is there now."""
    return Refused(
        "model.none",
        "None of the models that are open to you here is there now. Nothing was charged. "
        "Ask a moderator to look at `/settings`.",
    )


INPUT_GONE: Final = (
    "The picture to begin from is gone; I keep it for a day. Send it again with `/imagine`."
)
# --- where I may not draw ------------------------------------------------------------------------

_CANNOT: Final = {
    "view channel": "I can't see {where}",
    "send messages": "I can't write in {where}",
    "send messages in threads": "I can't write in {where}",
    "attach files": "I can't attach files in {where}",
    "embed links": "I can't embed pictures in {where}",
    "read message history": "I can't read what came before in {where}",
}


def permission_missing(name: str, channel: str, prompt: str = "") -> Refused:
    """The refusal where a right of ours is missing; `name` is Discord's ("attach_files" too)."""
    right = name.replace("_", " ").strip().lower()
    where = f"#{echo(channel, 100)}" if channel else "this channel"
    cannot = _CANNOT.get(right, "I can't draw in {where}").format(where=where)
    return Refused(
        "permission",
        f"{cannot}. A moderator can allow *{echo(right.title(), 60)}* for me there.",
        prompt=prompt,
    )
