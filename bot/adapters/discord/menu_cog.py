"""Cogs that stand in the menu of a message: discord.py adds their commands, but not these."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands


class MenuCog(commands.Cog):
    """`menus` are registered beside the cog's own commands."""

    menus: tuple[app_commands.ContextMenu, ...] = ()
