"""Invite link with the permissions that the bot needs, and the link to its intents."""

from __future__ import annotations

from typing import Final

import discord

from bot.adapters.discord.interactions.context import NEEDED_PERMISSIONS, THREAD_PERMISSIONS

PORTAL_URL: Final = "https://discord.com/developers/applications"
CONTENT_OFF_TEXT: Final = "Message Content is off: phrases don't work, /imagine and mentions do."


def build_content_link(application_id: int | None) -> str:
    """Return the page where a host turns on the message content intent."""
    return f"Turn it on here: {PORTAL_URL}/{application_id}/bot"


def build_invite_link(application_id: int) -> str:
    """Return the link that adds the bot with the permissions it uses, and no more."""
    names = [name for name, _ in (*NEEDED_PERMISSIONS, THREAD_PERMISSIONS)]
    return discord.utils.oauth_url(
        application_id,
        permissions=discord.Permissions(add_reactions=True, **dict.fromkeys(names, True)),
        scopes=("bot", "applications.commands"),
    )
