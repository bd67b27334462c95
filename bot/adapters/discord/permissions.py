"""Permissions that the bot needs, and the invite link that asks for exactly them."""

from __future__ import annotations

from typing import Final

import discord

NEEDED_PERMISSIONS: Final = (
    ("view_channel", "View Channel"),
    ("send_messages", "Send Messages"),
    ("attach_files", "Attach Files"),
    ("embed_links", "Embed Links"),
    ("read_message_history", "Read Message History"),
)
"""(name in discord.py, name that Discord shows), in the order in which a lack of them is told."""
THREAD_PERMISSIONS: Final = ("send_messages_in_threads", "Send Messages in Threads")
PORTAL_URL: Final = "https://discord.com/developers/applications"
CONTENT_OFF_TEXT: Final = "Message Content is off: phrases don't work, /imagine and mentions do."


def build_content_link(application_id: int | None) -> str:
    """Return the page where a host turns on the message content intent."""
    return f"Turn it on here: {PORTAL_URL}/{application_id}/bot"


def find_missing_permission(permissions: discord.Permissions, *, thread: bool = False) -> str:
    """Name the first right that `permissions` lack for a picture to arrive, or "" if none.

    The name is the one that Discord shows to a moderator. In a thread *Send Messages* counts for
    nothing and *Send Messages in Threads* takes its place.
    """
    for name, shown in NEEDED_PERMISSIONS:
        if thread and name == "send_messages":
            name, shown = THREAD_PERMISSIONS
        if not getattr(permissions, name):
            return shown
    return ""


def build_invite_link(application_id: int) -> str:
    """Return the link that adds the bot with the permissions it uses, and no more."""
    names = [name for name, _ in (*NEEDED_PERMISSIONS, THREAD_PERMISSIONS)]
    return discord.utils.oauth_url(
        application_id,
        permissions=discord.Permissions(add_reactions=True, **dict.fromkeys(names, True)),
        scopes=("bot", "applications.commands"),
    )
