"""/help."""

from __future__ import annotations

from discord import app_commands

from bot.adapters.discord.channels import OwnChannels
from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, context_of_interaction
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.info import InfoCommands


class HelpCog(BotCog):
    """One private panel."""

    def __init__(self, reading: InfoCommands, answers: InteractionResponder) -> None:
        self._info_commands, self._responder = reading, answers

    @app_commands.command(description="How to draw, and how many pictures you have left")
    async def help(self, interaction: BotInteraction) -> None:
        """Show it privately."""
        asker = context_of_interaction(interaction)
        await self._responder.answer_privately(
            interaction, self._info_commands.help_card(asker, OwnChannels(interaction))
        )
