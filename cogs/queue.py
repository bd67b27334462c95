"""/queue and /cancel."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.departures import Departures
from bot.flow.info import InfoCommands
from bot.flow.jobs.cancellation import Cancellation


class QueueCog(BotCog):
    """/queue and /cancel for own jobs, and the end of jobs whose guild or member is gone."""

    def __init__(
        self,
        info: InfoCommands,
        cancellation: Cancellation,
        departures: Departures,
        responder: InteractionResponder,
    ) -> None:
        self._info, self._responder = info, responder
        self._cancellation, self._departures = cancellation, departures

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

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note that a guild removed the bot. An outage of Discord is none."""
        await self._departures.record_departure(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Note that a guild invited the bot again."""
        await self._departures.record_return(guild.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Note that a guild is there, which may have invited the bot in an outage."""
        await self._departures.record_return(guild.id)

    @commands.Cog.listener()
    async def on_member_ban(self, guild: discord.Guild, user: discord.abc.User) -> None:
        """Withdraw the jobs of a banned member."""
        await self._cancellation.withdraw_member_jobs(guild.id, user.id)
