"""Refusals of drawing requests, by a guild's settings, by its models and by missing permissions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypeVar

from bot.core.drawing.input_limits import describe_many_pixels
from bot.core.drawing.name_match import NamedItem, find_matches, format_title, suggest_similar
from bot.core.errors import Refused
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text

N = TypeVar("N", bound=NamedItem)
CHANNELS_SHOWN: Final = 5
NAMES_SHOWN: Final = 5
ROLES_SHOWN: Final = 10
_CANDIDATES_MAX: Final = 5
NAME_MAX: Final = 200  # of a path, whose end may be all that differs
OFF_RULE: Final = "off"
CHANNEL_RULE: Final = "channel"
"""The rule of a wish in the wrong place: a trigger phrase there is met with silence."""
PRIVATE_RULE: Final = "private"
SWITCHED_OFF_SENTENCE: Final = "Drawing is turned off on this server for now."
ASK_MODERATOR: Final = "Ask a moderator when it will be back."
SWITCHED_OFF_REASON: Final = "drawing was turned off on this server"
"""Why a job that waited there was returned."""


def switched_off_refusal(prompt: str) -> Refused:
    """Refuse because drawing is off in this guild."""
    sentence = f"{SWITCHED_OFF_SENTENCE} Nothing was charged. {ASK_MODERATOR}"
    return Refused(OFF_RULE, sentence, prompt=prompt)


def wrong_channel_refusal(channels: tuple[int, ...], prompt: str) -> Refused:
    """Drawing has its channels here, and this is none of them."""
    return Refused(CHANNEL_RULE, f"Head to {format_channels(channels)} to draw.", prompt=prompt)


def private_refusal(prompt: str) -> Refused:
    """Refuse a private picture where the guild allows none. It is not drawn in public instead."""
    sentence = "This server doesn't allow private pictures. Nothing was charged."
    way_out = "Ask again with `/imagine`, without `private:True`."
    return Refused(PRIVATE_RULE, f"{sentence} {way_out}", prompt=prompt)


def format_channels(channels: tuple[int, ...]) -> str:
    """Format some channels as links and the number of further ones."""
    return fmt.format_channels(channels, CHANNELS_SHOWN, "channel")


def edit_refusal(rule: str, sentence: str) -> Refused:
    """Refuse a request that the member can correct with *Edit*."""
    return Refused(rule, sentence, offers=(("edit", "Edit"),))


def no_models_refusal() -> Refused:
    """None of the models that the server lets them use is there now."""
    return Refused(
        "model.none",
        "None of the models you can use here are available right now. Nothing was "
        "charged. Ask a moderator to check `/settings`.",
    )


def reserved_refusal(kind: str, one: NamedItem, roles: tuple[int, ...]) -> Refused:
    """Refuse a "model" or "LoRA" that only members of these roles may use."""
    named = fmt.join_list((f"<@&{role}>" for role in roles[:ROLES_SHOWN]), "or")
    sentence = f"Only {named} can use the {kind} {_escape_title(one)} here. Choose another one."
    return _item_refusal(kind, "role", sentence)


def closed_refusal(kind: str, one: NamedItem, others: Collection[NamedItem]) -> Refused:
    """Refuse a "model" or "LoRA" that the guild doesn't allow, and name the others."""
    sentence = f"This server doesn't allow the {kind} {_escape_title(one)}. Nothing was charged."
    titles = [_escape_title(other) for other in others]
    if len(titles) > NAMES_SHOWN:
        sentence += f" Choose from {fmt.join_first(titles, NAMES_SHOWN, str)}."
    elif titles:
        sentence += f" Choose {fmt.join_list(titles, 'or')}."
    return _item_refusal(kind, "closed", sentence)


def _item_refusal(kind: str, why: str, sentence: str) -> Refused:
    rule = f"{kind.casefold()}.{why}"
    return edit_refusal(rule, sentence) if kind == "LoRA" else Refused(rule, sentence)


def describe_mismatch(kind: str, wished: str, ones: Collection[N], otherwise: str) -> str:
    """Say why a typed name was not found, with full names if the name is ambiguous.

    `otherwise` ends the text where nothing has a similar title.
    """
    typed, found = escape_text(wished, 80), find_matches(wished, ones)
    if len(found) > 1:
        names = fmt.join_list(
            (escape_text(one.name, NAME_MAX) for one in found[:_CANDIDATES_MAX]), "or"
        )
        return f"There is more than one {kind} named {typed}. Which one? Choose {names}."
    near = suggest_similar(wished, map(format_title, ones), otherwise)
    return f"There's no {kind} called “{typed}”. {near}"


def _escape_title(one: NamedItem) -> str:
    return escape_text(format_title(one), 80)


NO_STYLES: Final = (
    "There are no styles here yet. A style is a preset in the bot's own SwarmUI account."
)
ALREADY_UPSCALED: Final = "That picture is already upscaled."
LARGEST_ALREADY: Final = "That picture is already as large as I can draw."
RESULT_GONE: Final = (
    "I no longer have that picture, so I can't start from it. *Reroll* draws a new one."
)
INPUT_AWAY: Final = "Discord didn't give me that picture. Send it again. Nothing was charged."
INPUT_BUSY: Final = (
    "I'm still reading your other pictures. Nothing was charged. Try again in a moment."
)
LONG_TEXT_PAUSED: Final = (
    "I just refused a long prompt of yours. Nothing was charged. Wait two seconds, then try again."
)
INPUT_PAUSED: Final = (
    "I couldn't use your last picture. Nothing was charged. Wait a few seconds, then send another."
)
INIT_IMAGE_GONE: Final = (
    "I no longer have the picture to start from, because I only keep it for a day. "
    "Send it again with `/imagine`."
)
# --- where I may not draw ------------------------------------------------------------------------

_PERMISSION_SENTENCES: Final = {
    "view channel": "I can't see {where}",
    "send messages": "I can't write in {where}",
    "send messages in threads": "I can't write in {where}",
    "attach files": "I can't attach files in {where}",
    "embed links": "I can't embed pictures in {where}",
    "read message history": "I can't read the message history in {where}",
}


def large_input_refusal(size: int, most: int) -> Refused:
    """Refuse a picture to start from by its size. Both numbers are bytes."""
    limit = f"The limit for a picture to start from is {most // 2**20} MiB. Nothing was charged."
    return Refused("input.large", f"That file is {size / 2**20:.0f} MiB. {limit}")


def many_pixels_refusal(width: int, height: int, most: int) -> Refused:
    """Refuse a picture to start from by its size in pixels."""
    sentence = describe_many_pixels(width, height, most)
    return Refused("input.pixels", f"{sentence} Nothing was charged.")


def missing_permission_refusal(name: str, channel: str, prompt: str = "") -> Refused:
    """Refuse because the bot lacks a permission, named as in Discord's API."""
    right = name.replace("_", " ").strip().lower()
    where = f"#{escape_text(channel, 100)}" if channel else "this channel"
    cannot = _PERMISSION_SENTENCES.get(right, "I can't draw in {where}").format(where=where)
    way_out = f"A moderator can give me *{escape_text(right.title(), 60)}* there."
    return Refused("permission", f"{cannot}. {way_out}", prompt=prompt)
