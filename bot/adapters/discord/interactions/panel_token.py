"""Under which right a settings panel was opened, and whether it still holds at each press.

Discord decides who may use `/settings`: those with *Manage Server*, and whoever a server's own
Integrations page lets in. It tells us the first with every press, but never the second. So a panel
carries a pass in its buttons:

    m                     opened with Manage Server: whoever presses must have it still
    <minute>.<signature>  opened by Integrations' leave: good for a quarter of an hour, for the same
                          person with the same roles; after that Discord is asked anew by /settings

The signature is made with a key that only this program knows, so nobody writes such a pass.
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
