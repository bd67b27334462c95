"""/queue and /cancel: where one's pictures stand, and calling them off."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.answers import Answers
from bot.adapters.discord.inbound import Gear, asker_of_interaction
from bot.flow.desk import Desk


class Queue(commands.Cog):
    """The line, as far as one stands in it."""

    def __init__(self, desk: Desk, answers: Answers) -> None:
        self._desk, self._answers = desk, answers

    @app_commands.command(description="See where your pictures stand in line")
    async def queue(self, interaction: Gear) -> None:
        """Show it privately."""
        asker = asker_of_interaction(interaction)
        await self._answers.private(interaction, self._desk.queue(asker))

    @app_commands.command(description="Cancel all your pictures that are not finished yet")
    async def cancel(self, interaction: Gear) -> None:
        """Say privately what was stopped and what came back."""
        asker = asker_of_interaction(interaction)
        await self._answers.private(interaction, self._desk.cancel_mine(asker))
