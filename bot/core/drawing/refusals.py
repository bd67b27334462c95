"""The sentences with which a server's own choices decline."""

from __future__ import annotations

from typing import Final

from bot.core.errors import Refused
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text

CHANNELS_SHOWN: Final = 5
OFF_RULE: Final = "off"
CHANNEL_RULE: Final = "channel"
"""The rule of a wish in the wrong place: a trigger phrase there is met with silence."""
SWITCHED_OFF_SENTENCE: Final = "Drawing is turned off on this server for now."
ASK_MODERATOR: Final = "Ask a moderator when it will be back."
SWITCHED_OFF_REASON: Final = "drawing was turned off on this server"
"""Why a job that waited there was returned."""


def switched_off_refusal(prompt: str) -> Refused:
    """Refuse because drawing is off in this guild."""
    return Refused(
        OFF_RULE, f"{SWITCHED_OFF_SENTENCE} Nothing was charged. {ASK_MODERATOR}", prompt=prompt
    )


def wrong_channel_refusal(channels: tuple[int, ...], prompt: str) -> Refused:
    """Drawing has its channels here, and this is none of them."""
    return Refused(CHANNEL_RULE, f"Head to {format_channels(channels)} to draw.", prompt=prompt)


def format_channels(channels: tuple[int, ...]) -> str:
    """Format some channels as links and the number of further ones."""
    shown = tuple(f"<#{channel}>" for channel in channels[:CHANNELS_SHOWN])
    left = len(channels) - CHANNELS_SHOWN
    if left <= 0:
        return fmt.join_list(shown)
    return f"{', '.join(shown)} and {fmt.format_count(left, 'more channel')}"


def no_models_refusal() -> Refused:
    """None of the models that the server lets them use is there now."""
    return Refused(
        "model.none",
        "None of the models you can use here are available right now. Nothing was "
        "charged. Ask a moderator to check `/settings`.",
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


def missing_permission_refusal(name: str, channel: str, prompt: str = "") -> Refused:
    """Refuse because the bot lacks a permission, named as in Discord's API."""
    right = name.replace("_", " ").strip().lower()
    where = f"#{escape_text(channel, 100)}" if channel else "this channel"
    cannot = _PERMISSION_SENTENCES.get(right, "I can't draw in {where}").format(where=where)
    return Refused(
        "permission",
        f"{cannot}. A moderator can give me *{escape_text(right.title(), 60)}* there.",
        prompt=prompt,
    )
