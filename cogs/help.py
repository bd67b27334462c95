"""/help: how to draw, what is left, where."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.channels import OwnChannels
from bot.adapters.discord.interactions.context import Gear, asker_of_interaction
from bot.adapters.discord.interactions.responder import Answers
from bot.flow.info import InfoCommands


class HelpCog(commands.Cog):
    """One private panel."""

    def __init__(self, reading: InfoCommands, answers: Answers) -> None:
        self._info_commands, self._responder = reading, answers

    @app_commands.command(description="How to draw here, and what you have left")
    async def help(self, interaction: Gear) -> None:
        """Show it privately."""
        asker = asker_of_interaction(interaction)
        await self._responder.private(
            interaction, self._info_commands.help_card(asker, OwnChannels(interaction))
        )
