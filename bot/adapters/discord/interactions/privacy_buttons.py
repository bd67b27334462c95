"""The buttons of /privacy erase: all that they know is in their `custom_id`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.adapters.discord.interactions.durable_buttons import LastingButton
from bot.core.privacy.cards import ALL_GUILDS, THIS_GUILD

TEMPLATE: Final = (
    r"(?P<action>erase|purge|keep):privacy:"
    rf"(?P<reach>{THIS_GUILD}|{ALL_GUILDS}):(?P<user>[0-9]{{1,20}})"
)


@dataclass(frozen=True, slots=True)
class PrivacyPress:
    """A button was pressed under the question of `user`, who need not be the one who pressed."""

    action: str
    everywhere: bool
    user: int


class PrivacyButton(LastingButton[PrivacyPress], template=TEMPLATE):
    """Erase, with or without messages, or keep."""

    event = "privacy_press"

    @staticmethod
    def read(match: re.Match[str]) -> PrivacyPress:
        """The action, how far it reaches, and whose question it was."""
        return PrivacyPress(match["action"], match["reach"] == ALL_GUILDS, int(match["user"]))
