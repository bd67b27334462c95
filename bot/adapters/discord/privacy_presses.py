"""The buttons of /privacy erase: all that they know is in their `custom_id`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import discord

from bot.core.privacy_cards import EVERYWHERE, HERE

TEMPLATE: Final = (
    rf"(?P<action>erase|purge|keep):privacy:(?P<reach>{HERE}|{EVERYWHERE}):(?P<user>[0-9]{{1,20}})"
)

AnyButton: TypeAlias = discord.ui.Button[discord.ui.View]


@dataclass(frozen=True, slots=True)
class PrivacyPress:
    """A button was pressed under the question of `user`, who need not be the one who pressed."""

    action: str
    everywhere: bool
    user: int


class PrivacyButton(discord.ui.DynamicItem[AnyButton], template=TEMPLATE):
    """Erase, with or without messages, or keep; it only recognises what comes back."""

    def __init__(self, button: AnyButton, press: PrivacyPress) -> None:
        super().__init__(button)
        self.press = press

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> PrivacyButton:
        """Read the press back out of the `custom_id`."""
        assert isinstance(item, discord.ui.Button)
        press = PrivacyPress(match["action"], match["reach"] == EVERYWHERE, int(match["user"]))
        return cls(item, press)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass it on as an event: what is raised in here would only be logged."""
        interaction.client.dispatch("privacy_press", interaction, self.press)
