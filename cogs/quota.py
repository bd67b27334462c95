"""/quota."""

from __future__ import annotations

from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.info import InfoCommands


class QuotaCog(BotCog):
    """/quota for one's own balance."""

    def __init__(self, info: InfoCommands, responder: InteractionResponder) -> None:
        self._info, self._responder = info, responder

    @app_commands.command(description="Pictures left and when they reset")
    async def quota(self, interaction: BotInteraction) -> None:
        """Show it privately."""
        asker = build_context(interaction)
        await self._responder.answer_privately(interaction, self._info.quota_card(asker))
