"""The one cog that hears what people write."""

from __future__ import annotations

from abc import abstractmethod

import discord
from discord import app_commands
from discord.ext import commands


class MessageListener(commands.Cog):
    """Hears every message by the client's own event, not as a listener of its own.

    A listener would be a second task for each message that anybody writes anywhere.
    """

    @abstractmethod
    async def handle_message(self, message: discord.Message) -> None:
        """Somebody wrote something, perhaps a bot, perhaps we."""


class MenuCog(commands.Cog):
    """`menus` are registered beside the cog's own commands."""

    menus: tuple[app_commands.ContextMenu, ...] = ()
