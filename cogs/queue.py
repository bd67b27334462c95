"""/queue and /cancel."""

from __future__ import annotations

from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, context_of_interaction
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.info import InfoCommands
from bot.flow.jobs.cancellation import Cancellation


class QueueCog(BotCog):
    """The line, as far as one stands in it."""

    def __init__(
        self, reading: InfoCommands, stopping: Cancellation, answers: InteractionResponder
    ) -> None:
        self._info_commands, self._cancellation, self._responder = reading, stopping, answers

    @app_commands.command(description="Your place in the queue")
    async def queue(self, interaction: BotInteraction) -> None:
        """Show it privately."""
        asker = context_of_interaction(interaction)
        await self._responder.answer_privately(interaction, self._info_commands.queue_card(asker))

    @app_commands.command(description="Cancel all your unfinished pictures")
    async def cancel(self, interaction: BotInteraction) -> None:
        """Say privately what was stopped and what came back."""
        asker = context_of_interaction(interaction)
        await self._responder.answer_privately(
            interaction, self._cancellation.cancel_own_jobs(asker)
        )
