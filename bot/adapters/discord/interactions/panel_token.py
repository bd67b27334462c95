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

from bot.adapters.discord.interactions.context import Gear, role_ids

MANAGER: Final = "m"
MINUTES: Final = 15
_GUEST: Final = re.compile(r"(?P<until>[0-9a-f]{1,10})\.(?P<signature>[0-9a-f]{16})")


class Standing(Enum):
    """What a pass is worth now."""

    GOOD = "good"
    OVER = "over"  # its time is over: Discord decides anew
    LOST = "lost"  # what let them in is gone, or it is not theirs


def manages(interaction: Gear) -> bool:
    """Whether this person has Manage Server here, as Discord says with the interaction."""
    rights = interaction.permissions
    return interaction.guild_id is not None and (rights.manage_guild or rights.administrator)


def issue(interaction: Gear) -> str:
    """The pass of a panel that Discord has just let this person open."""
    if manages(interaction):
        return MANAGER
    until = _minute(interaction) + MINUTES
    return f"{until:x}.{_signature(interaction, until)}"


def standing(interaction: Gear, stamp: str) -> Standing:
    """What a pass is worth in the hands of whoever presses."""
    if manages(interaction):
        return Standing.GOOD
    found = _GUEST.fullmatch(stamp)
    if found is None or interaction.guild_id is None:
        return Standing.LOST
    until = int(found["until"], 16)
    if not hmac.compare_digest(_signature(interaction, until), found["signature"]):
        return Standing.LOST
    return Standing.GOOD if _minute(interaction) < until else Standing.OVER


def _minute(interaction: Gear) -> int:
    return int(interaction.created_at.timestamp()) // 60


def _signature(interaction: Gear, until: int) -> str:
    roles = ",".join(map(str, sorted(role_ids(interaction.user))))
    said = f"settings {interaction.guild_id} {interaction.user.id} {until} {roles}"
    key = hashlib.sha256(f"panel pass {interaction.client.http.token}".encode()).digest()
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:16]
