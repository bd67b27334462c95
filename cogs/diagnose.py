"""/diagnose."""

from __future__ import annotations

from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.diagnosis import Diagnosis


class DiagnoseCog(BotCog):
    """/diagnose for moderators. Discord decides who may."""

    def __init__(self, diagnosis: Diagnosis, responder: InteractionResponder) -> None:
        self._diagnosis, self._responder = diagnosis, responder

    @app_commands.command(description="Check the image server and me, with a fix for each problem")
    @app_commands.default_permissions(manage_guild=True)
    async def diagnose(self, interaction: BotInteraction) -> None:
        """Show it privately."""
        asker = build_context(interaction)
        await self._responder.answer_privately(interaction, self._diagnosis.diagnose(asker))
