"""Base classes of cogs."""

from __future__ import annotations

from abc import abstractmethod

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.interactions.router import ComponentRoute


class BotCog(commands.Cog):
    """Cog with `routes` of its components and `menus` of messages, both set at its creation."""

    routes: tuple[ComponentRoute, ...] = ()
    menus: tuple[app_commands.ContextMenu, ...] = ()


class MessageListener(BotCog):
    """Cog that the client calls for every message.

    An ordinary listener would be a second task for each message that anybody writes anywhere.
    """

    @abstractmethod
    async def handle_message(self, message: discord.Message) -> None:
        """Handle a message of anybody, bots and this bot included."""

    @abstractmethod
    async def handle_edit(self, message_id: int) -> None:
        """Handle an edit of a member's message."""
