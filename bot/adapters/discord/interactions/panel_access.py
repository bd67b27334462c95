"""Tokens in the buttons of /settings that prove who was allowed to open the panel.

Discord decides who may use `/settings`: members with *Manage Server*, and those whom a guild's
Integrations page allows. It sends the first fact with every press, but not the second. So a token
is `m`, which needs Manage Server at each press, or `<minute>.<signature>` for a member allowed by
Integrations, which is valid for a quarter of an hour, for the same member with the same roles.
After that they must use /settings again. The signature's key is known to this program only.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import Enum
from typing import Final

from bot.adapters.discord.discord_internals import get_bot_token
from bot.adapters.discord.interactions.context import BotInteraction, list_role_ids

MANAGER_MARK: Final = "m"
TOKEN_MINUTES: Final = 15
_GUEST_TOKEN: Final = re.compile(r"(?P<until>[0-9a-f]{1,10})\.(?P<signature>[0-9a-f]{16})")


class TokenState(Enum):
    """Validity of a panel token."""

    GOOD = "good"
    OVER = "over"  # its time is over: Discord decides anew
    LOST = "lost"  # what let them in is gone, or it is not theirs


def can_manage_guild(interaction: BotInteraction) -> bool:
    """Return True if Discord says that this person has Manage Server here."""
    rights = interaction.permissions
    return interaction.guild_id is not None and (rights.manage_guild or rights.administrator)


def issue_token(interaction: BotInteraction) -> str:
    """Create the token of a panel that Discord let this person open."""
    if can_manage_guild(interaction):
        return MANAGER_MARK
    until = _current_minute(interaction) + TOKEN_MINUTES
    return f"{until:x}.{_sign_token(interaction, until)}"


def check_token(interaction: BotInteraction, stamp: str) -> TokenState:
    """Return whether a panel token is valid for the person who pressed."""
    if can_manage_guild(interaction):
        return TokenState.GOOD
    found = _GUEST_TOKEN.fullmatch(stamp)
    if found is None or interaction.guild_id is None:
        return TokenState.LOST
    until = int(found["until"], 16)
    if not hmac.compare_digest(_sign_token(interaction, until), found["signature"]):
        return TokenState.LOST
    return TokenState.GOOD if _current_minute(interaction) < until else TokenState.OVER


def _current_minute(interaction: BotInteraction) -> int:
    return int(interaction.created_at.timestamp()) // 60


def _sign_token(interaction: BotInteraction, until: int) -> str:
    roles = ",".join(map(str, sorted(list_role_ids(interaction.user))))
    said = f"settings {interaction.guild_id} {interaction.user.id} {until} {roles}"
    key = hashlib.sha256(f"panel pass {get_bot_token(interaction.client)}".encode()).digest()
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:16]
