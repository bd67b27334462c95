"""/queue and /cancel."""

from __future__ import annotations

from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.info import InfoCommands
from bot.flow.jobs.cancellation import Cancellation


class QueueCog(BotCog):
    """/queue and /cancel for own jobs."""

    def __init__(
        self, info: InfoCommands, cancellation: Cancellation, responder: InteractionResponder
    ) -> None:
        self._info, self._cancellation, self._responder = info, cancellation, responder

    @app_commands.command(description="Your place in the queue")
    async def queue(self, interaction: BotInteraction) -> None:
        """Show it privately."""
        asker = build_context(interaction)
        await self._responder.answer_privately(interaction, self._info.queue_card(asker))

    @app_commands.command(description="Cancel all your unfinished pictures")
    async def cancel(self, interaction: BotInteraction) -> None:
        """Cancel own jobs and report privately what came back."""
        asker = build_context(interaction)
        await self._responder.answer_privately(
            interaction, self._cancellation.cancel_own_jobs(asker)
        )
