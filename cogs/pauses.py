"""/pause and /resume, with which a server draws nothing new for a while."""

from __future__ import annotations

from typing import Final

from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.pauses import PauseCommands

PAUSE_SPANS: Final = (
    app_commands.Choice(name="30 minutes", value=30),
    app_commands.Choice(name="1 hour", value=60),
    app_commands.Choice(name="2 hours", value=120),
    app_commands.Choice(name="4 hours", value=240),
    app_commands.Choice(name="8 hours", value=480),
    app_commands.Choice(name="1 day", value=1440),
    app_commands.Choice(name="1 week", value=10080),
)


class PauseCog(BotCog):
    """Pause commands. Discord's Integrations settings decide who may use them."""

    def __init__(self, pauses: PauseCommands, responder: InteractionResponder) -> None:
        self._pauses, self._responder = pauses, responder

    @app_commands.command(description="Pause drawing in this server; everybody keeps their place")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(span="How long (default: 1 hour)")
    @app_commands.choices(span=list(PAUSE_SPANS))
    async def pause(self, interaction: BotInteraction, span: int = 60) -> None:
        """Pause at once, also what waits in the queue."""
        asker = build_context(interaction)
        await self._responder.answer_privately(interaction, self._pauses.pause_guild(asker, span))

    @app_commands.command(description="Continue drawing in this server before the pause ends")
    @app_commands.default_permissions(manage_guild=True)
    async def resume(self, interaction: BotInteraction) -> None:
        """End the server's own pause. The host's pause stays."""
        asker = build_context(interaction)
        await self._responder.answer_privately(interaction, self._pauses.resume_guild(asker))
