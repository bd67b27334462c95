"""Buttons that work for as long as Discord shows them: all that they know is in their `custom_id`.

They are never put into a view; they only recognise what comes back, and pass it on as an event,
since what is raised in a button of the library would only be logged.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar

import discord

T = TypeVar("T")
AnyButton: TypeAlias = discord.ui.Button[discord.ui.View]


class LastingButton(discord.ui.DynamicItem[AnyButton], Generic[T], template=r"(?!)"):
    """The base of them all; its own template matches nothing.

    `event` is what a listener of a cog is called after "on_"; it gets the interaction and what
    `read` made of the `custom_id`.
    """

    event: ClassVar[str]

    def __init__(self, button: AnyButton, press: T) -> None:
        super().__init__(button)
        self.press = press

    @staticmethod
    @abstractmethod
    def read(match: re.Match[str]) -> T:
        """What was pressed, from a match of the button's template."""

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Read the press back out of the `custom_id`."""
        assert isinstance(item, discord.ui.Button)
        return cls(item, cls.read(match))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass it on."""
        interaction.client.dispatch(self.event, interaction, self.press)
