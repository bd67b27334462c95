"""/quota."""

from __future__ import annotations

from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, context_of_interaction
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.info import InfoCommands


class QuotaCog(BotCog):
    """One's own balance."""

    def __init__(self, reading: InfoCommands, answers: InteractionResponder) -> None:
        self._info_commands, self._responder = reading, answers

    @app_commands.command(description="Pictures left and when they reset")
    async def quota(self, interaction: BotInteraction) -> None:
        """Show it privately."""
        asker = context_of_interaction(interaction)
        await self._responder.answer_privately(interaction, self._info_commands.quota_card(asker))
